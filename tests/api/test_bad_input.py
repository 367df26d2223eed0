"""Bad input, made for every route: each is refused with a problem, quickly, and nothing is recorded."""

import gzip
from collections.abc import AsyncIterator
from typing import Any, get_args, get_origin

import msgspec
import pytest

from api.access import ROUTES
from tests.api.bodies import MALFORMED, changed, places
from tests.api.routes import ALL, COMMANDS, GATES, WITH_BODY, WITH_IDS, World, check_problem, make_world
from tests.api.shops import Client, bearer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(client: Client) -> AsyncIterator[World]:
    """Whatever a test does to it, no log moves."""
    world = await make_world(client)
    heads = await client.heads()
    yield world
    assert heads == await client.heads(), "a refused request recorded something"


@pytest.mark.proves("B1", "B2", "B4", "B5", "B6", "B7", "B10", "B11")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_body_that_is_no_json_is_refused(world: World, name: str) -> None:
    for content in (b"", *MALFORMED.values()):
        if len(content) <= 256 * 1024:
            check_problem(await world.send(name, content=content), 400)


@pytest.mark.proves("B3", "B9")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_body_that_says_it_is_no_json_is_refused(world: World, name: str) -> None:
    for kind in ("text/xml", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ";"):
        check_problem(await world.send(name, headers={"Content-Type": kind}), 415)
    check_problem(await world.send(name, headers={"Content-Type": "application/json; charset=utf-16"}), 400)
    bomb = gzip.compress(b" " * 10_000_000)
    for encoding in ("gzip", "deflate", "br", "identity, gzip"):
        check_problem(await world.send(name, content=bomb, headers={"Content-Encoding": encoding}), 415)


@pytest.mark.proves("B8")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_body_that_is_too_large_is_refused(world: World, name: str) -> None:
    check_problem(await world.send(name, content=b" " * (256 * 1024 + 1)), 413)

    sent = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 65536
            yield b" " * 65536

    check_problem(await world.send(name, content=without_end()), 413)


NO_TEXT = [1, 19.99, True, [], {}, "x" * 100_000, "a\0b"]
NO_NUMBER = ["1", 1.5, True, None, [], {}, -1, 2**31, 2**63, 10**30]
NO_BOOL = [0, 1, "true", None, [], {}]


@pytest.mark.proves("B12", "B13", "B14", "B15", "B18", "B20", "B21")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_value_of_another_kind_is_refused(world: World, name: str) -> None:
    body = world.body(name)
    for path, value in places(body):
        match value:
            case bool():
                wrong: list[Any] = NO_BOOL
            case str():
                wrong = NO_TEXT
            case int():
                wrong = [each for each in NO_NUMBER if value >= 0 or each != -1]
            case None:
                wrong = [3.25]
            case _:
                wrong = ["text", 7] if path else []
        for each in wrong:
            check_problem(await world.send(name, changed(body, path, each)), 422)


@pytest.mark.proves("B22")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_half_a_character_is_refused(world: World, name: str) -> None:
    body = world.body(name)
    for path, value in places(body):
        if isinstance(value, str):
            text = msgspec.json.encode(changed(body, path, "~surrogate~"))
            check_problem(await world.send(name, content=text.replace(b"~surrogate~", b"a\\ud800b")), 422)


@pytest.mark.proves("B16", "S4")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_field_that_nobody_asked_for_is_refused(world: World, name: str) -> None:
    body = world.body(name)
    for path, value in places(body):
        if isinstance(value, dict) and path[-1:] != ("metadata",):
            for field in ("is_admin", "status", "buyer_id", "unit_price", "version"):
                problem = check_problem(await world.send(name, changed(body, (*path, field), True)), 422)
                assert field in problem["fields"]["path"]


@pytest.mark.proves("B17")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_field_that_is_missing_is_named(world: World, name: str) -> None:
    for field in msgspec.structs.fields(GATES[name].body):
        if field.required:
            body = world.body(name)
            del body[field.encode_name]
            problem = check_problem(await world.send(name, body), 422)
            assert problem["fields"]["path"] == field.encode_name


UGLY = [
    "",
    " ",
    "\t\n",
    "a\u202eb",
    "a\u200bb",
    "\ufeffa",
    "Z" + "\u0335\u0321\u0353" * 1000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 400,
    "' OR 1=1 --",
    "%_\\",
    "((((a+)+)+)+)$",
    "..%2f..%2f",
    "<script>alert(1)</script>",
    'line\n{"level":"error"}',
]


@pytest.mark.proves("B19", "B23", "B24", "B31", "B32", "B62")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_text_that_is_ugly_is_data_or_refused(client: Client, name: str) -> None:
    world = await make_world(client)
    for path, value in places(world.body(name)):
        if isinstance(value, str):
            for each in UGLY:
                heads = await client.heads()
                response = await world.send(name, changed(world.body(name), path, each))
                if response.status_code >= 300:
                    check_problem(response, 404, 409, 422)
                    assert heads == await client.heads()


BAD_IDS = [
    "1",
    "{0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10}",
    "0190A3B4-7C55-7F55-B7A5-1F6F5C3F3A10",
    "0190a3b47c557f55b7a51f6f5c3f3a10",
    "urn:uuid:0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10",
    "0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a1",
    "0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10;v=1",
    "0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10%00",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f",
    "%252e%252e",
    "'%20OR%201=1--",
    "%ff%fe",
    "x" * 5000,
]


@pytest.mark.proves("B26", "B29", "B30", "B31")
@pytest.mark.parametrize("name", WITH_IDS)
async def test_an_address_with_an_id_that_is_none_leads_nowhere(world: World, name: str) -> None:
    parameters = [each.partition("}")[0] for each in name.split("{")[1:] if "_id}" in each]
    for bad in BAD_IDS:
        for parameter in parameters:
            response = await world.send(name, ids={parameter: bad})
            check_problem(response, 404, 405)


@pytest.mark.proves("B27")
@pytest.mark.parametrize("name", [each for each in WITH_IDS if "{product_id}" not in each and not ROUTES[each].reads])
async def test_the_id_of_something_else_is_not_found(world: World, name: str) -> None:
    parameter = name.partition("{")[2].partition("}")[0]
    other = world.ids["brand_id" if parameter != "brand_id" else "item_id"]
    check_problem(await world.send(name, ids={parameter: other}), 404)


@pytest.mark.proves("B36")
@pytest.mark.parametrize("name", ALL)
async def test_a_question_that_the_route_does_not_know_is_refused(world: World, name: str) -> None:
    for query in ("is_admin=true", "sort=cost_price", "buyer_id=alice", "x", "limit=5&limi=5"):
        if name.startswith("GET /health") or "sort" not in query:
            check_problem(await world.send(name, query=_and(world.query(name), query)), 422)
    for query in ("%ff=1", "\xe9=1"):
        check_problem(await world.send(name, query=_and(world.query(name), query)), 400, 422)
    check_problem(await world.send(name, query=_and(world.query(name), "x=" + "y" * 9000)), 422)


def _and(query: str, more: str) -> str:
    return f"{query}&{more}" if query else more


def _filters(name: str) -> list[str]:
    """What the route may be asked and need not be, without words: one may be `null`."""
    fields = msgspec.structs.fields(GATES[name].query)
    return [each.encode_name for each in fields if each.default is None and str not in _kinds(each.type)]


def _kinds(kind: Any) -> set[Any]:
    return {get_origin(kind) or kind}.union(*map(_kinds, get_args(kind)))


@pytest.mark.proves("B35")
@pytest.mark.parametrize("name", [name for name in ALL if "limit" in GATES[name].query.__struct_fields__])
async def test_a_page_that_cannot_be_is_refused(world: World, name: str) -> None:
    for limit in ("0", "-1", "1001", "1000000000", "9" * 30, "1.0", "1e1", "", " 1", "+1", "ten", "null", "٣"):
        check_problem(await world.send(name, query=_and(world.query(name), f"limit={limit}")), 422)
    check_problem(await world.send(name, query=_and(world.query(name), "limit=1&limit=2")), 422)
    if "cursor" in GATES[name].query.__struct_fields__:
        for cursor in ("x", "AAAA", "a" * 2000, "%00", "=", "é"):
            check_problem(await world.send(name, query=_and(world.query(name), f"cursor={cursor}")), 422)


@pytest.mark.proves("B36")
@pytest.mark.parametrize("name", [name for name in ALL if _filters(name)])
async def test_a_filter_by_nothing_is_refused_and_not_left_out(world: World, name: str) -> None:
    for parameter in _filters(name):
        for nothing in ("null", "NULL", ""):
            answer = await world.send(name, query=_and(world.query(name), f"{parameter}={nothing}"))
            assert parameter == check_problem(answer, 422)["fields"]["path"]


@pytest.mark.proves("B43")
@pytest.mark.parametrize("name", COMMANDS)
async def test_an_idempotency_key_that_is_none_is_refused(world: World, name: str) -> None:
    for key in (" ", "x" * 256, "a b", "a\tb", "kéy", "\x7f"):
        check_problem(await _with_key(world, name, key), 400)
    if ROUTES[name].key_required:
        check_problem(await world.send(name, headers={"Idempotency-Key": ""}), 400)


async def _with_key(world: World, name: str, key: str) -> Any:
    return await world.send(name, headers={"Idempotency-Key": key.encode("latin-1")})


@pytest.mark.proves("B41", "B42")
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_version_that_is_none_is_refused(world: World, name: str) -> None:
    for tag in ("7", '"seven', "W/7", '"1", "2"', "'1'"):
        check_problem(await world.send(name, headers={"If-Match": tag}), 400)
    for tag in ('W/"7"', '"seven"', '"07"', '"-1"'):
        check_problem(await world.send(name, headers={"If-Match": tag}), 412)
    if ROUTES[name].match_required:
        check_problem(await world.send(name, headers={"If-Match": ""}), 428)


@pytest.mark.proves("B52")
@pytest.mark.parametrize("name", ALL)
async def test_a_method_that_the_address_does_not_know_is_refused(world: World, name: str) -> None:
    path = world.path(name)
    known = {each.partition(" ")[0] for each in ALL if world.path(each) == path} | {"OPTIONS"}
    known |= {"HEAD"} if "GET" in known else set()
    for method in {"TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "POST", "GET", "BREW"} - known:
        response = await world.client.request(method, path, headers=world.headers(name))
        check_problem(response, 405, 404)
        if response.status_code == 405:
            assert known == set(response.headers["Allow"].split(", "))
    options = await world.client.options(path)
    assert (204, known) == (options.status_code, set(options.headers["Allow"].split(", ")))
    if name.startswith("GET"):
        headers = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
        assert (await world.send(name)).status_code == (await world.send(name, headers=headers)).status_code


@pytest.mark.proves("B53")
@pytest.mark.parametrize("name", [name for name in ALL if "pictures" not in name])
async def test_a_client_that_accepts_something_else_is_told_so(world: World, name: str) -> None:
    for accept in ("image/png", "text/html;q=0.9", "application/json;q=0, text/plain;q=0", "x", "/", "*"):
        check_problem(await world.send(name, headers={"Accept": accept}), 406)


@pytest.mark.proves("B48")
@pytest.mark.parametrize("header", ["Authorization", "Idempotency-Key", "If-Match", "Storeline-After", "Content-Type"])
async def test_a_header_that_comes_twice_is_refused(client: Client, header: str) -> None:
    alice = bearer("alice")["Authorization"]
    response = await client.get("/v1/orders", headers=[("Authorization", alice), (header, "a"), (header, "a")])

    problem = check_problem(response, 400)
    assert (problem["code"], problem["fields"]) == ("duplicate-header", {"header": header.lower()})


@pytest.mark.parametrize(
    "after", ["", "catalog", "catalog=x", "catalog=-1", "catalog=1,catalog=2", "CATALOG=1", "warehouse=1", "x" * 99]
)
async def test_a_position_that_is_none_is_refused(client: Client, after: str) -> None:
    headers = bearer("alice") | {"Storeline-After": after}

    check_problem(await client.get("/v1/orders", headers=headers), 400)
