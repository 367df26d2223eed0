"""What every query promises, whatever it asks."""

from uuid import uuid4

import pytest

from api.access import KNOWN, ROUTES
from tests.api.routes import ALL, PAGES, QUERIES, check_problem, make_world
from tests.api.shops import ALICE, MALLORY, SAM, Client

pytestmark = pytest.mark.anyio


async def test_every_query_answers_with_how_much_it_knows(live: Client) -> None:
    world = await make_world(live)
    heads = await live.heads()
    for name in QUERIES:
        response = await world.send(name)
        assert 200 == response.status_code, f"{name}: {response.text}"
        if name in PAGES and "picture" not in name:
            known = dict(part.split("=") for part in response.headers["Storeline-Position"].split(", "))
            assert {each.context for each in ROUTES[name].reads} == known.keys()
            assert all(int(position) <= heads[context] for context, position in known.items())


@pytest.mark.proves("S1", "B28", "P16")
async def test_what_belongs_to_somebody_else_reads_like_what_does_not_exist(live: Client) -> None:
    world = await make_world(live)
    mallory = MALLORY | {"Storeline-Correlation": "one"}
    for name in (name for name in PAGES if ROUTES[name].who is KNOWN and "{" in name):
        parameter = name.partition("{")[2].partition("}")[0]
        theirs = await world.send(name, headers=mallory)
        nobodys = await world.send(name, headers=mallory, ids={parameter: (unknown := str(uuid4()))})
        assert 404 == theirs.status_code
        assert theirs.text.replace(world.ids[parameter], "") == nobodys.text.replace(unknown, "")
        assert 200 == (await world.send(name, headers=SAM)).status_code

    assert [] == (await live.get("/v1/orders", headers=mallory)).json()["items"]
    assert 2 == len((await live.get("/v1/orders", headers=ALICE)).json()["items"])
    check_problem(await live.get("/v1/orders?buyer=alice", headers=mallory), 403)
    assert 2 == len((await live.get("/v1/orders?buyer=alice", headers=SAM)).json()["items"])


@pytest.mark.proves("B27")
async def test_the_id_of_something_else_is_nothing(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in PAGES if "_id}" in name and "basket" not in name):
        parameter = name.partition("{")[2].partition("}")[0]
        other = world.ids["brand_id" if parameter != "brand_id" else "item_id"]
        check_problem(await world.send(name, ids={parameter: other}), 404)


RECEIPTS = "POST /v1/inventory/receipts"
"""About many shelves at once, none of which it makes."""


async def test_what_was_made_is_where_its_answer_says(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in ALL if ROUTES[name].begins and name != RECEIPTS):
        body = world.body(name)
        if "catalog" in name:
            body |= ({"name": f"Another {uuid4()}"} if "name" in body else {}) | (
                {"sku": f"A-{uuid4().hex[:20]}"} if "sku" in body else {}
            )
        made = await world.send(name, body)
        assert 201 == made.status_code, made.text
        await live.catch_up()
        found = await live.get(made.headers["Location"], headers=world.headers(name))
        assert 200 == found.status_code, name
        assert found.headers["ETag"].partition("-")[0].strip('"') == made.headers["ETag"].strip('"')


async def test_what_can_be_read_can_be_asked_about(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in QUERIES if name.startswith("GET") and name != "GET /metrics"):
        path, headers = world.path(name), world.headers(name)
        path = f"{path}?{world.query(name)}"
        read, asked = await live.get(path, headers=headers), await live.head(path, headers=headers)
        assert read.status_code == asked.status_code
        assert b"" == asked.content
        for header in ("Content-Length", "ETag", "Storeline-Position", "Content-Type"):
            assert read.headers.get(header) == asked.headers.get(header), name
