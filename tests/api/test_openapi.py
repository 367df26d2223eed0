"""The OpenAPI document says what is true: of each route, and of whatever a generator of requests comes upon."""

import gzip
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import msgspec
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.eventstore.memory import MemoryEventStore
from adapters.followers.bookmark import make_follower_pool
from api.access import ROUTES
from api.app import create_app
from api.openapi import document
from tests.api import shops
from tests.api.routes import ALL, MAY, World, check_problem, make_world
from tests.api.shops import CONTEXTS, Client, bearer, make_shop, shop_in_memory
from tests.services.postgres import fresh_database

DOCUMENT = document(create_app(shop_in_memory()))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def test_every_route_is_described_and_nothing_else() -> None:
    assert set(ALL) == OPERATIONS.keys()


def test_every_operation_has_a_name_and_a_sentence_of_its_own() -> None:
    for what in ("operationId", "summary"):
        names = [operation[what] for operation in OPERATIONS.values()]
        assert all(names)
        assert len(names) == len(set(names)), sorted(each for each in names if names.count(each) > 1)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    if isinstance(value, list):
        for each in value:
            yield from _references(each)


def test_every_reference_leads_somewhere_and_nothing_is_left_over() -> None:
    references = set(_references(DOCUMENT))
    for reference in references:
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert schemas <= references


def test_every_body_has_an_example_that_fits() -> None:
    for name, operation in OPERATIONS.items():
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            schema = content["schema"] | {"components": DOCUMENT["components"]}
            assert jsonschema_rs.is_valid(schema, content["example"]), name


def test_every_parameter_of_a_path_is_described() -> None:
    for name, operation in OPERATIONS.items():
        described = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert set(re.findall(r"{(\w+)}", name)) == described


def _schema(schema: Any) -> Any:
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_every_list_has_the_same_shape() -> None:
    lists = 0
    for name, operation in OPERATIONS.items():
        for content in operation["responses"].get("200", {}).get("content", {}).values():
            schema = _schema(content["schema"])
            assert schema.get("type") != "array", name
            if "items" in schema.get("properties", {}):
                lists += 1
                assert {"items", "next"} <= schema["properties"].keys(), name
    assert lists > 10


def test_an_amount_never_stands_without_its_currency() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        decimals = {key for key, each in schema.get("properties", {}).items() if each.get("format") == "decimal"}
        decimals -= {"percent"}
        assert decimals <= {"amount"}, name
        assert not decimals or "currency" in schema["properties"], name


def test_nothing_is_named_after_a_module() -> None:
    assert all(re.fullmatch(r"\w+", name) for name in DOCUMENT["components"]["schemas"])


def test_every_moment_is_said_to_be_one() -> None:
    moments = [
        each
        for schema in DOCUMENT["components"]["schemas"].values()
        for name, field in schema.get("properties", {}).items()
        if name.endswith("_at") or name == "at"
        for each in (field, *field.get("anyOf", ()))
        if each.get("type") == "string"
    ]

    assert len(moments) > 10
    assert {"date-time"} == {each.get("format") for each in moments}


def test_the_tags_that_are_handed_out_fit_the_header_that_takes_them() -> None:
    for operation in OPERATIONS.values():
        for each in operation["parameters"]:
            if each["name"] == "If-Match":
                for tag in ('"7"', '"7-bef1993f72bbbde4"', "*"):
                    assert re.search(each["schema"]["pattern"], tag)


def test_whoever_may_call_is_said() -> None:
    for name, operation in OPERATIONS.items():
        assert bool(operation["security"]) == (ROUTES[name].who.roles is not None), name
        assert ("403" in operation["responses"]) == (ROUTES[name].who.roles is not None), name


ASSETS = Path(__file__).parents[2] / "api" / "assets"


@pytest.mark.anyio
async def test_the_page_works_without_any_network(client: Client) -> None:
    page = await client.get("/schema", headers={"Accept": "text/html"})
    assert 200 == page.status_code
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sources
    for source in sources:
        assert source.startswith("/schema/assets/")
        for encoding in ("gzip", "identity"):
            asset = await client.get(source, headers={"Accept-Encoding": encoding})
            assert 200 == asset.status_code
            assert (encoding == "gzip") == ("Content-Encoding" in asset.headers)
            assert len(asset.content) > 100
    assert "http" not in page.text
    assert "http" not in (ASSETS / "page.js").read_text()
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    check_problem(await client.get("/schema/assets/LICENSE"), 404)
    check_problem(await client.get("/schema/assets/..%2f..%2fapp.py"), 404)
    assert json.loads(msgspec.json.encode(DOCUMENT)) == (await client.get("/schema/openapi.json")).json()


def test_what_came_from_elsewhere_is_what_came() -> None:
    said = dict(re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", (ASSETS / "PROVENANCE.md").read_text()))

    kept = {path.name.removesuffix(".gz"): gzip.decompress(path.read_bytes()) for path in ASSETS.glob("*.gz")}
    assert said == {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()}


# Requests made by a generator


NAMES = count()
CHECKS: list[Any] = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@asynccontextmanager
async def live_shop(url: str) -> AsyncIterator[Client]:
    async with (
        make_follower_pool(url) as reads,
        Client(create_app(make_shop(MemoryEventStore(CONTEXTS), reads, read_after_wait=0.05))) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def live(portal: BlockingPortal, shared_postgres_url: str, migrated_template: str) -> Iterator[Client]:
    with (
        fresh_database(shared_postgres_url, migrated_template) as url,
        portal.wrap_async_context_manager(live_shop(url)) as client,
    ):
        yield client


async def a_world(client: Client, name: str) -> World:
    """Everything anew, so that whatever was withdrawn before is there again."""
    if not ROUTES[name].awaits:
        client.shop = client.app.state.shop = shop_in_memory()
    await client.delete("/v1/basket", headers=bearer(shops.CUSTOMER) | {"If-Match": "*"})
    world = await make_world(client)
    await world.prepare(name)
    return world


SCHEMA: Any = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA_OPERATIONS = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}


@pytest.mark.soak
@pytest.mark.proves("S55", "P22", "S39")
@pytest.mark.parametrize("name", ALL)
def test_whatever_is_asked_is_answered_as_described(
    portal: BlockingPortal, live: Client, app: Litestar, at_scale: Callable[[int, int], int], name: str
) -> None:
    examples = at_scale(4, 500)
    client = live if ROUTES[name].awaits else Client(app)
    operation = SCHEMA_OPERATIONS[name]
    callers = [
        each for each in (shops.ANONYMOUS, shops.CUSTOMER, shops.STAFF, shops.ADMIN) if each in MAY[ROUTES[name].who]
    ]
    reached: set[str | None] = set()

    def send(case: Any, caller: str | None) -> httpx.Response:
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://shop")).prepare()
        headers: Any = [(key.encode(), _bytes(value)) for key, value in {**prepared.headers, **bearer(caller)}.items()]
        content: Any = prepared.body
        request = client.build_request(prepared.method or "", str(prepared.url), headers=headers, content=content)
        response = portal.call(client.send, request)
        assert response.status_code < 500 or _is_known(name, response), response.text
        case.validate_response(response, checks=CHECKS)
        return response

    def ask(caller: str | None, world: World) -> None:
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def ask_anything(data: st.DataObject) -> None:
            mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
            case = data.draw(operation.as_strategy(generation_mode=mode))
            if data.draw(st.booleans()):
                case.path_parameters = {each: world.ids.get(each, "1") for each in case.path_parameters or {}}
            send(case, caller)

        ask_anything()

    for caller in callers:
        world = portal.call(a_world, client, name)
        response = send(as_it_should_be(operation, world, name), caller)
        assert response.is_success or response.status_code == 302, response.text
        reached.add(caller)
        ask(caller, world)
    assert set(callers) == reached


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _is_known(name: str, response: httpx.Response) -> bool:
    """An answer that cannot be as fresh as a made-up position asks for."""
    return response.status_code == 503 and bool(ROUTES[name].awaits) and "wanted" in response.text


def as_it_should_be(operation: Any, world: World, name: str) -> Any:
    """The request by the document's own examples, about things that are there."""
    body = world.body(name)
    if isinstance(body, dict) and {"name", "sku"} & body.keys():
        body |= {each: f"{body[each]}-{next(NAMES)}" for each in ("name", "sku") if each in body}
    headers = {key: value for key, value in world.headers(name).items() if key != "Authorization"}
    return operation.Case(
        path_parameters={each: world.ids.get(each, "1") for each in re.findall(r"{(\w+)}", name)},
        headers=headers,
        query=dict(pair.split("=") for pair in world.query(name).split("&") if pair),
        **({"body": body, "media_type": "application/json"} if body is not None else {}),
    )


def test_the_document_is_small_enough_to_read() -> None:
    assert len(json.dumps(DOCUMENT)) < 400_000
