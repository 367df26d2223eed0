"""The embedder behind an HTTP endpoint, with the endpoint well, slow, broken, wrong and gone."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from adapters.embedding.http import BATCH, HttpEmbedder
from adapters.embedding.static import StaticEmbedder
from application.embedding import BadVector, EmbedderUnavailable
from tests.contracts.embedder import EmbedderContract

pytestmark = pytest.mark.anyio

DIMENSIONS = StaticEmbedder.dimensions

Answer = tuple[int, bytes]


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class Endpoint:
    """A server on the loopback that answers as OpenAI does, out of the static model, until it is told to misbehave."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answers: list[Callable[[dict[str, Any]], Answer]] = []
        """What the next requests get; the well-behaved answer afterwards."""
        self.over = threading.Event()
        self._model = StaticEmbedder()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def good(self, request: dict[str, Any]) -> Answer:
        vectors = asyncio.run(self._model.embed(request["input"]))
        zero = [0.0] * DIMENSIONS
        data = [
            {"object": "embedding", "index": n, "embedding": zero if vector is None else vector.tolist()}
            for n, vector in enumerate(vectors)
        ]
        return 200, json.dumps({"object": "list", "model": request["model"], "data": data[::-1]}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server calls
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(request)
                endpoint.keys.append(self.headers["Authorization"])
                answer = endpoint.answers.pop(0) if endpoint.answers else endpoint.good
                status, body = answer(request) if self.path == "/v1/embeddings" else (404, b"")
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
async def embedder(endpoint: Endpoint) -> AsyncIterator[HttpEmbedder]:
    async with HttpEmbedder(endpoint.url, "mini", DIMENSIONS, key="s3cret", timeout=20) as embedder:
        yield embedder


class TestHttpEmbedder(EmbedderContract):
    pass


async def test_it_asks_in_batches_and_never_about_blank_texts(endpoint: Endpoint, embedder: HttpEmbedder) -> None:
    await embedder.embed([" ", *(f"shirt {n}" for n in range(BATCH + 1))])

    assert [len(request["input"]) for request in endpoint.requests] == [BATCH, 1]
    assert {request["model"] for request in endpoint.requests} == {"mini"}
    assert {request["dimensions"] for request in endpoint.requests} == {DIMENSIONS}
    assert set(endpoint.keys) == {"Bearer s3cret"}


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failure_that_may_pass_is_tried_again(endpoint: Endpoint, embedder: HttpEmbedder, status: int) -> None:
    endpoint.answers = [lambda _: (status, b"not now")] * 2

    assert len(await embedder.embed(["a linen shirt"])) == 1
    assert len(endpoint.requests) == 3


async def test_a_failure_that_lasts_makes_it_unavailable(endpoint: Endpoint, embedder: HttpEmbedder) -> None:
    endpoint.answers = [lambda _: (500, b"boom")] * 3

    with pytest.raises(EmbedderUnavailable, match="500"):
        await embedder.embed(["a linen shirt"])
    assert len(endpoint.requests) == 3


async def test_an_endpoint_that_failed_is_left_alone_for_a_while(endpoint: Endpoint) -> None:
    endpoint.answers = [lambda _: (500, b"boom")] * 3
    async with HttpEmbedder(endpoint.url, "mini", DIMENSIONS, timeout=20, pause=60) as embedder:
        for _ in range(2):
            with pytest.raises(EmbedderUnavailable):
                await embedder.embed(["a linen shirt"])

    assert len(endpoint.requests) == 3


async def test_after_that_while_it_is_asked_again(endpoint: Endpoint) -> None:
    endpoint.answers = [lambda _: (500, b"boom")] * 3
    async with HttpEmbedder(endpoint.url, "mini", DIMENSIONS, timeout=20, pause=0) as embedder:
        with pytest.raises(EmbedderUnavailable):
            await embedder.embed(["a linen shirt"])

        assert len(await embedder.embed(["a linen shirt"])) == 1


async def test_a_refusal_is_not_tried_again_and_does_not_show_the_key(
    endpoint: Endpoint, embedder: HttpEmbedder
) -> None:
    endpoint.answers = [lambda _: (401, b"who are you, s3cret?")]

    with pytest.raises(EmbedderUnavailable, match="401") as caught:
        await embedder.embed(["a linen shirt"])
    assert "s3cret" not in str(caught.value)
    assert len(endpoint.requests) == 1


async def test_an_endpoint_that_does_not_answer_in_time_is_unavailable(endpoint: Endpoint) -> None:
    def slow(_: dict[str, Any]) -> Answer:
        endpoint.over.wait(30)
        return 200, b"{}"

    endpoint.answers = [slow]
    async with HttpEmbedder(endpoint.url, "mini", DIMENSIONS, timeout=0.1) as embedder:
        with pytest.raises(EmbedderUnavailable, match=r"no answer within|Timeout"):
            await embedder.embed(["a linen shirt"])


async def test_an_endpoint_that_is_not_there_is_unavailable(endpoint: Endpoint) -> None:
    endpoint.close()
    async with HttpEmbedder(endpoint.url, "mini", DIMENSIONS, timeout=5) as embedder:
        with pytest.raises(EmbedderUnavailable, match="Connect"):
            await embedder.embed(["a linen shirt"])


def answering(*embeddings: Any) -> bytes:
    return json.dumps({"data": [{"index": n, "embedding": e} for n, e in enumerate(embeddings)]}).encode()


@pytest.mark.proves("B33")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b"\xff\xfe",
        b"[]",
        b'{"data": [{"index": 0}]}',
        b'{"data": [{"index": 0, "embedding": "AAAAAA=="}]}',
        b'{"data": [{"index": 0, "embedding": [NaN]}]}',
        answering(),
        answering([1.0] * 255),
        answering([1.0] * 16_001),
        answering([1.0] * DIMENSIONS, [1.0] * DIMENSIONS),
        answering(["1"] * DIMENSIONS),
        answering([1e400] * DIMENSIONS),
        answering([None] * DIMENSIONS),
        b'{"data": [{"index": 1, "embedding": [' + b",".join([b"1"] * DIMENSIONS) + b"]}]}",
    ],
)
async def test_an_answer_that_is_no_vectors_of_the_model_is_refused(
    endpoint: Endpoint, embedder: HttpEmbedder, body: bytes
) -> None:
    endpoint.answers = [lambda _: (200, body)]

    with pytest.raises(BadVector):
        await embedder.embed(["a linen shirt"])
