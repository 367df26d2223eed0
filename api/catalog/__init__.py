"""The catalogue over HTTP: items, what they are sorted by, and what buyers say about them."""

from litestar import Router

from api.catalog import commands, pictures, queries, reviews

ROUTER = Router(
    "/v1/catalog",
    route_handlers=[*commands.HANDLERS, *queries.HANDLERS, *reviews.HANDLERS, pictures.get_item_picture],
)
