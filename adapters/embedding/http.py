"""An embedder behind OpenAI's `/embeddings`, which hosted services, Ollama, vLLM and others speak."""

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx
import msgspec
import stamina

from application.embedding import BadVector, EmbedderUnavailable, Vector, unit_vectors

BATCH = 128
"""Texts in one request; more go in several."""
PAUSE = 5.0
"""Seconds for which an endpoint that failed is not asked again, so that searches meanwhile need not wait for it."""


class _Embedding(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Embedding]


class _Failed(Exception):
    """An attempt failed in a way that the next one may not."""


_RETRY = stamina.AsyncRetryingCaller(attempts=3, timeout=None, wait_initial=0.1, wait_max=1.0, wait_jitter=0.1).on(
    _Failed
)


class HttpEmbedder:
    """Close it when done. `url` is the base, such as `https://host/v1`; `timeout` bounds a request with its retries."""

    def __init__(
        self,
        url: str,
        model: str,
        dimensions: int,
        *,
        key: str | None = None,
        timeout: float = 3.0,
        pause: float = PAUSE,
    ) -> None:
        self.model_id = f"{model}-{dimensions}"
        self.dimensions = dimensions
        self._model = model
        self._timeout = timeout
        self._pause = pause
        self._rests_until = 0.0
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=timeout,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def embed(self, texts: Sequence[str]) -> list[Vector | None]:
        vectors: list[Vector | None] = [None] * len(texts)
        written = [place for place, text in enumerate(texts) if text.strip()]
        for start in range(0, len(written), BATCH):
            places = written[start : start + BATCH]
            for place, vector in zip(places, await self._batch([texts[place] for place in places]), strict=True):
                vectors[place] = vector
        return vectors

    async def _batch(self, texts: list[str]) -> list[Vector | None]:
        if time.monotonic() < self._rests_until:
            raise EmbedderUnavailable(f"The embedder at {self._client.base_url.host} failed a moment ago.")
        try:
            async with asyncio.timeout(self._timeout):
                answer = await _RETRY(self._ask, texts)
        except (_Failed, TimeoutError) as error:
            self._rests_until = time.monotonic() + self._pause
            reason = str(error) or f"no answer within {self._timeout:g} s"
            raise EmbedderUnavailable(f"The embedder at {self._client.base_url.host}: {reason}.") from error
        rows = sorted(_decoded(answer).data, key=lambda each: each.index)
        if [row.index for row in rows] != list(range(len(texts))):
            raise BadVector(
                f"The embedder answered {len(rows)} vectors for {len(texts)} texts, or numbered them wrong."
            )
        return unit_vectors([row.embedding for row in rows], len(texts), self.dimensions)

    async def _ask(self, texts: list[str]) -> bytes:
        body = {"model": self._model, "input": texts, "dimensions": self.dimensions, "encoding_format": "float"}
        try:
            response = await self._client.post("embeddings", json=body)
        except httpx.HTTPError as error:
            raise _Failed(f"{type(error).__name__} {error}".strip()) from error
        if response.status_code in (408, 429) or response.status_code >= 500:
            raise _Failed(f"status {response.status_code}")
        if response.status_code != httpx.codes.OK:
            raise EmbedderUnavailable(
                f"The embedder at {self._client.base_url.host} refused: status {response.status_code}."
                " Check its URL, key and model, and whether it knows the parameter `dimensions`."
            )
        return response.content


def _decoded(answer: bytes) -> _Answer:
    try:
        return msgspec.json.decode(answer, type=_Answer)
    except msgspec.DecodeError as error:  # ValidationError is one
        raise BadVector(f"The embedder answered with something else than embeddings: {error}") from error
