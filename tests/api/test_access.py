"""Who may call what: every route, as anyone, against the declared table."""

import copy
from typing import Any
from uuid import uuid4

import pytest
from litestar import get
from litestar.response import Response

from api import system
from api.access import ANYONE, KNOWN, ROUTES
from api.app import create_app
from tests.api import shops
from tests.api.routes import ALL, COMMANDS, MAY, check_problem, make_world
from tests.api.shops import Client, bearer, client_in_memory, shop_in_memory

pytestmark = pytest.mark.anyio


@pytest.mark.proves("P16", "S2")
@pytest.mark.parametrize("name", ALL)
async def test_only_those_who_may_come_past_the_gate(client: Client, name: str) -> None:
    world = await make_world(client)
    for caller in (shops.ANONYMOUS, shops.OTHER, shops.CUSTOMER, shops.STAFF, shops.ADMIN):
        heads = await client.heads()
        response = await world.send(name, headers={"Authorization": ""} | bearer(caller))

        if caller in MAY[ROUTES[name].who]:
            assert response.status_code not in (401, 403), response.text
        else:
            check_problem(response, 403 if caller else 401)
            assert heads == await client.heads()


PARAMETERS = ("order_id", "return_id")
OBJECTS = [
    (name, each)
    for name in ALL
    for each in PARAMETERS
    if f"{{{each}}}" in name and not ROUTES[name].reads and ROUTES[name].who is KNOWN
]


@pytest.mark.proves("S1", "B28")
@pytest.mark.parametrize(("name", "parameter"), OBJECTS)
async def test_what_belongs_to_somebody_else_answers_like_what_does_not_exist(
    client: Client, name: str, parameter: str
) -> None:
    world = await make_world(client)
    mallory = bearer(shops.OTHER) | {"Storeline-Correlation": "one"}
    heads = await client.heads()

    theirs = await world.send(name, headers=mallory)
    nobodys = await world.send(name, headers=mallory, ids={parameter: (unknown := str(uuid4()))})

    assert 404 == theirs.status_code
    assert theirs.text.replace(world.ids[parameter], "") == nobodys.text.replace(unknown, "")
    assert heads == await client.heads()


async def test_a_customer_cannot_write_what_is_for_the_shop_alone(client: Client) -> None:
    world = await make_world(client)

    check_problem(await world.send("POST /v1/orders/{order_id}/notes", {"text": "x", "kind": "internal"}), 403)


@pytest.mark.proves("S3")
def test_a_route_that_the_table_does_not_name_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/forgotten")
    async def forgotten() -> Response[dict[str, Any]]:
        return Response({})

    monkeypatch.setattr(system, "HANDLERS", [*system.HANDLERS, forgotten])

    with pytest.raises(LookupError, match="GET /forgotten"):
        create_app(shop_in_memory())


@pytest.mark.proves("S3")
def test_a_line_of_the_table_without_a_route_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROUTES, "GET /v1/gone", ROUTES["GET /health/live"])

    with pytest.raises(LookupError, match="GET /v1/gone"):
        create_app(shop_in_memory())


async def test_a_route_without_a_gate_lets_nobody_in() -> None:
    app = create_app(shop_in_memory())
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            handler.opt.pop("gate", None)

    async with Client(app) as client:
        check_problem(await client.get("/health/live"), 403)


def test_no_rule_asks_for_what_its_route_cannot_have() -> None:
    for name, rule in ROUTES.items():
        assert rule.command or not (rule.key_required or rule.match_required), name
        assert not (rule.command and rule.reads), name
        assert rule.command or not (rule.prices or rule.taken_over), name
        assert name.startswith("GET") or not rule.cached, name
    assert COMMANDS == [name for name in ALL if not name.startswith("GET") and name != "POST /v1/orders/draft"]


@pytest.mark.proves("S46")
async def test_without_documentation_there_is_none() -> None:
    async with client_in_memory(docs=False) as client:
        for path in ("/schema", "/schema/openapi.json", "/schema/assets/page.js", "/docs", "/openapi.json"):
            check_problem(await client.get(path), 404)


@pytest.mark.proves("S45")
async def test_no_other_page_may_read_from_here_unless_it_is_named() -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    async with client_in_memory() as client:
        response = await client.options("/v1/orders", headers=preflight)
        assert "Access-Control-Allow-Origin" not in response.headers
    async with client_in_memory(origins=("https://shop.example",)) as client:
        response = await client.get("/health/live", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in response.headers
        response = await client.get("/health/live", headers={"Origin": "https://shop.example"})
        assert "https://shop.example" == response.headers["Access-Control-Allow-Origin"]
        assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.proves("S45", "B62")
@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/schema", "/schema/openapi.json", "/v1/orders"])
async def test_every_answer_is_safe_to_show(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers

    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "DENY" == headers["X-Frame-Options"]
    assert "Cache-Control" in headers


async def test_what_is_private_is_kept_nowhere(client: Client) -> None:
    world = await make_world(client)
    for name in ALL:
        if ROUTES[name].who is not ANYONE:
            response = await world.send(name)
            assert "no-store" == response.headers["Cache-Control"], name


def test_the_tables_are_not_changed_by_whoever_reads_them() -> None:
    before = copy.copy(ROUTES)
    create_app(shop_in_memory())
    assert before == ROUTES
