"""What only a socket can say: doubled headers, bodies in chunks, requests that contradict themselves."""

import json
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from adapters.postgres.embedded.ports import free_port
from tests.api.shops import bearer
from tests.services.process import Process


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    home = tmp_path_factory.mktemp("server")

    def ready() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port)]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    server = Process("api", [*command, "tests.api.served:create"], ready, home, environment)
    server.start()
    yield port
    server.kill()


def say(port: int, *parts: bytes) -> bytes:
    """All that the server answers to these bytes before it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had heard enough
        answer = b""
        try:
            while more := connection.recv(65536):
                answer += more
        except (ConnectionResetError, TimeoutError):
            pass
        return answer


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


STAFF = f"Authorization: {bearer('sam')['Authorization']}"
JSON = "Content-Type: application/json"


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def test_a_body_in_chunks_is_read_like_any_other(port: int) -> None:
    body = chunked(b'{"na', b'me":"Nordwand"}')
    answer = say(port, request("POST", "/v1/catalog/brands", STAFF, JSON, "Transfer-Encoding: chunked", body=body))

    assert 201 == status(answer)


@pytest.mark.proves("B8")
def test_a_body_in_chunks_is_read_no_further_than_a_body_may_be(port: int) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = say(port, request("POST", "/v1/catalog/brands", STAFF, JSON, "Transfer-Encoding: chunked"), *[chunk] * 64)

    assert 413 == status(answer)
    assert b"body-too-large" in answer


@pytest.mark.proves("B48")
@pytest.mark.parametrize(
    "twice",
    [
        (STAFF, STAFF),
        ("Idempotency-Key: a", "Idempotency-Key: b"),
        ('If-Match: "1"', 'If-Match: "2"'),
        (JSON, JSON),
        ("Storeline-Basket: a", "Storeline-Basket: a"),
        ("Host: other",),
    ],
    ids=lambda twice: twice[0].partition(":")[0],
)
def test_a_header_that_comes_twice_is_refused(port: int, twice: tuple[str, ...]) -> None:
    assert 400 == status(say(port, request("GET", "/health/live", *twice)))


@pytest.mark.proves("B48")
@pytest.mark.parametrize(
    "lengths",
    [
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length: -1",),
        ("Content-Length: two",),
        ("Content-Length: 2, 3",),
        ("Content-Length: 99999999999999999999999",),
    ],
)
def test_a_length_that_cannot_be_is_refused(port: int, lengths: tuple[str, ...]) -> None:
    answer = say(port, request("POST", "/v1/catalog/brands", STAFF, JSON, *lengths, body=b"{}"))

    assert 400 == status(answer)


def test_a_length_larger_than_a_body_may_be_is_refused_before_the_body_comes(port: int) -> None:
    assert 413 == status(say(port, request("POST", "/v1/catalog/brands", STAFF, JSON, "Content-Length: 262145")))


@pytest.mark.proves("B49")
@pytest.mark.parametrize("length", ["Content-Length: 2", "Content-Length: 2000", ""])
def test_nothing_behind_a_body_in_chunks_is_taken_for_a_request(port: int, length: str) -> None:
    head = ["POST /v1/catalog/brands HTTP/1.1", "Host: shop", STAFF, JSON, "Transfer-Encoding: chunked"]
    first = "\r\n".join([*head, *([length] if length else []), "", ""]).encode() + chunked(b"{}")
    answer = say(port, first + request("GET", "/health/live"))

    assert 422 == status(answer)
    assert 1 == answer.count(b"HTTP/1.1 ")


@pytest.mark.proves("B55")
@pytest.mark.parametrize("interval", [0.1, 100])
def test_a_body_that_does_not_arrive_is_not_waited_for(port: int, interval: float) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = ["POST /v1/catalog/brands HTTP/1.1", "Host: shop", STAFF, JSON, "Content-Length: 1000", "", ""]
        connection.sendall("\r\n".join(head).encode())
        answer, deadline = b"", time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b" ")
            if select.select([connection], [], [], min(interval, 20))[0]:
                break
        while more := connection.recv(65536):
            answer += more

    assert 408 == status(answer)
    assert b"body-timeout" in answer


@pytest.mark.proves("B26", "B29", "B30")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/catalog/items/../../health/live",
        "/v1/catalog/items/..%2f..%2fetc%2fpasswd/history",
        "/v1/catalog/items/%252e%252e/history",
        "/v1/catalog/items/0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10%00/history",
        "/v1/orders/;id=1",
        "/%ff%fe",
    ],
)
def test_an_address_that_tries_to_lead_elsewhere_leads_nowhere(port: int, path: str) -> None:
    assert status(say(port, request("GET", path, STAFF))) in (400, 404)


@pytest.mark.proves("B52")
def test_a_method_that_nobody_knows_is_refused(port: int) -> None:
    for method in ("TRACE", "BREW", "get"):
        assert 405 == status(say(port, request(method, "/health/live")))


def test_every_answer_over_the_wire_has_its_length_and_its_name(port: int) -> None:
    head, _, body = say(port, request("GET", "/nowhere", "Storeline-Correlation: one")).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])

    assert str(len(body)) == headers["content-length"]
    assert "one" == headers["storeline-correlation"] == json.loads(body)["correlation_id"]
