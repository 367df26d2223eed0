"""Every failure is a problem that says what its caller needs, and not a word of what is inside."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from inspect import signature
from typing import Any, ClassVar
from uuid import uuid4

import psycopg
import pytest
import structlog
from litestar.exceptions import ClientException, InternalServerException
from psycopg_pool import PoolTimeout, TooManyRequests
from structlog.testing import capture_logs

from api.app import create_app
from api.problems import STATUSES
from application.store import KeyInFlight, KeyReused, StoreUnavailable, VersionConflict
from domain.kernel import Conflict, Forbidden, Invalid, NotFound, Refusal, StaleVersion
from projections.reading import NotServed
from tests.api import shops
from tests.api.routes import check_problem, make_world
from tests.api.shops import Client, bearer, client_in_memory, shop_in_memory

pytestmark = pytest.mark.anyio

SECRET = "SELECT card FROM vault WHERE owner = 'canary-7781'"


def failing(error: BaseException) -> Client:
    """A shop in which adding a brand fails like this."""

    async def fail(*_: Any) -> Any:
        raise error

    shop = shop_in_memory()
    catalog = replace(shop.commands.catalog, add_brand=fail)
    return Client(create_app(replace(shop, commands=replace(shop.commands, catalog=catalog))))


async def provoke(error: BaseException, *statuses: int) -> dict[str, Any]:
    async with failing(error) as client:
        response = await client.post("/v1/catalog/brands", json={"name": "x"}, headers=bearer(shops.STAFF))
        assert "canary" not in response.text
        assert "canary" not in str(response.headers)
        if 503 in statuses or isinstance(error, KeyInFlight):
            assert "1" == response.headers["Retry-After"]
        return check_problem(response, *statuses)


@pytest.mark.proves("S47", "P22")
@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable(SECRET),
        NotServed(()),
        PoolTimeout(SECRET),
        TooManyRequests(SECRET),
        psycopg.OperationalError(SECRET),
        psycopg.InterfaceError(SECRET),
        psycopg.errors.QueryCanceled(SECRET),
        psycopg.errors.LockNotAvailable(SECRET),
        psycopg.errors.DiskFull(SECRET),
        psycopg.errors.TooManyConnections(SECRET),
        psycopg.errors.AdminShutdown(SECRET),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_is_away_is_a_reason_to_come_back(error: Exception) -> None:
    assert "unavailable" == (await provoke(error, 503))["code"]


@pytest.mark.proves("S47")
@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(SECRET),
        KeyError(SECRET),
        AssertionError(SECRET),
        RecursionError(SECRET),
        MemoryError(SECRET),
        NotImplementedError(SECRET),
        TimeoutError(SECRET),
        InternalServerException(SECRET),
        psycopg.ProgrammingError(SECRET),
        psycopg.errors.UniqueViolation(SECRET),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_mistake_of_ours_is_logged_once_and_says_nothing(error: Exception) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        problem = await provoke(error, 500)

    (entry,) = [each for each in logged if each["log_level"] == "error"]
    assert error is entry["exc_info"]
    assert problem["correlation_id"] == entry["correlation_id"]
    assert "unexpected" == problem["code"]


class OutOfLuck(Conflict):
    code: ClassVar[str] = "out-of-luck"


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal("No."), 409),
        (Invalid("No.", path="name"), 422),
        (NotFound("No.", id=str(uuid4())), 404),
        (Conflict("No."), 409),
        (Forbidden("No."), 403),
        (OutOfLuck("No.", status="lost", code=7, headers={}, fields=[1]), 409),
        (StaleVersion(1, 2), 412),
        (VersionConflict(uuid4()), 409),
        (KeyReused(), 422),
        (KeyInFlight(), 409),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_refusal_keeps_its_code_and_its_fields(refusal: Refusal, status: int) -> None:
    problem = await provoke(refusal, status)

    assert (refusal.code, refusal.detail, refusal.fields) == (problem["code"], problem["detail"], problem["fields"])
    assert f"urn:storeline:problem:{refusal.code}" == problem["type"]


def _refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _refusals(each)


def test_every_code_means_one_thing_and_has_a_status() -> None:
    kinds = [kind for kind in _refusals() if not kind.__module__.startswith("tests")]
    codes = [code for code, *_ in {(kind.code, kind.__name__, str(signature(kind))) for kind in kinds}]

    assert [] == sorted({code for code in codes if codes.count(code) > 1})
    assert all(any(parent in STATUSES for parent in kind.__mro__) for kind in kinds)


async def test_what_the_framework_refuses_is_a_problem_too() -> None:
    assert "bad-request" == (await provoke(ClientException("no"), 400))["code"]


async def test_a_cancelled_request_is_not_a_mistake() -> None:
    async with failing(asyncio.CancelledError()) as client:
        with pytest.raises(asyncio.CancelledError):
            await client.post("/v1/catalog/brands", json={"name": "x"}, headers=bearer(shops.STAFF))


async def test_an_answer_names_the_request_as_its_caller_did(client: Client) -> None:
    response = await client.get("/nowhere", headers={"Storeline-Correlation": "checkout-17:a.b_c"})

    assert "checkout-17:a.b_c" == check_problem(response, 404)["correlation_id"]


@pytest.mark.proves("B51", "B63")
@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a b", 'a"b', "a,b", "\xe9"])
async def test_a_name_that_could_harm_is_replaced(client: Client, name: str) -> None:
    response = await client.get("/nowhere", headers={b"Storeline-Correlation": name.encode("latin-1")})

    assert name.encode("latin-1") != response.headers["Storeline-Correlation"].encode("latin-1")
    assert 36 == len(response.headers["Storeline-Correlation"])


@pytest.mark.proves("B63", "S44")
async def test_the_log_tells_what_was_asked_and_nothing_of_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    address = {"recipient": "canary\nline", "street": "canary", "city": "canary", "postal_code": "1", "country": "GB"}
    caplog.set_level(logging.DEBUG)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        async with client_in_memory() as client:
            world = await make_world(client)
            body = world.body("POST /v1/orders") | {"address": address}
            for sent in (body, body | {"address": {**address, "recipient": "canary"}}, {"canary": "canary"}):
                await world.send("POST /v1/orders", sent, headers={"Idempotency-Key": "canary-key"})
            await client.get("/canary?canary=canary", headers={"User-Agent": "canary", "Cookie": "canary"})
            await client.get("/v1/orders?buyer=canary&cursor=canary", headers=bearer(shops.CUSTOMER))

    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    text = "".join(map(str, [*logged, *ours]))
    assert "canary" not in text
    assert "eyJ" not in text, "a token"
    requests = [each for each in logged if each["event"] == "request"]
    assert {"method", "route", "status", "milliseconds", "correlation_id", "event", "log_level"} == requests[0].keys()


async def test_a_client_that_goes_away_is_no_mistake_of_ours(client: Client) -> None:
    parts = iter([{"type": "http.request", "body": b'{"na', "more_body": True}, {"type": "http.disconnect"}])
    said: list[Any] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        said.append(message)

    headers = bearer(shops.STAFF) | {"content-type": "application/json", "content-length": "100"}
    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/v1/catalog/brands",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "scheme": "http",
        "server": ("shop", 80),
        "client": ("127.0.0.1", 1),
    }
    with capture_logs() as logged:
        await client.app(scope, receive, send)

    assert 400 == said[0]["status"]
    assert [] == [each for each in logged if each["log_level"] == "error"]
