"""Embedders: the model that ships along (`static`), or an endpoint that speaks OpenAI's protocol (`http`)."""
