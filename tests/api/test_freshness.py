"""How fresh an answer is, and what a client that has it already is told."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from api.access import ANYONE, ROUTES
from tests.api.routes import ALL, PAGES, check_problem, make_world
from tests.api.shops import SAM, Client

pytestmark = pytest.mark.anyio


@pytest.mark.proves("CAT-33")
async def test_a_client_that_has_the_answer_is_told_so(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in ALL if ROUTES[name].cached):
        first = await world.send(name)
        tag = first.headers["ETag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = await world.send(name, headers={"If-None-Match": known})
            assert (304, b"") == (again.status_code, again.content), name
            assert tag == again.headers["ETag"]
        assert 200 == (await world.send(name, headers={"If-None-Match": '"other"'})).status_code
        public = ROUTES[name].who is ANYONE
        assert public == ("public" in first.headers["Cache-Control"]), name


@pytest.mark.proves("CAT-31")
async def test_an_answer_for_everybody_is_kept_until_it_is_forgotten(live: Client) -> None:
    world = await make_world(live)
    path = world.path("GET /v1/catalog/items/{item_id}")
    before = await live.get(path)
    await world.send("PUT /v1/catalog/items/{item_id}/price")
    await live.catch_up()

    assert before.content == (await live.get(path)).content, "from the cache"
    await live.shop.cache.forget({f"item:{world.ids['item_id']}"})
    after = await live.get(path)
    assert "179.00" == after.json()["price"]["amount"]
    assert before.headers["ETag"] != after.headers["ETag"]


async def test_a_tag_of_a_page_serves_as_the_version_of_its_item(live: Client) -> None:
    world = await make_world(live)
    page = await world.send("GET /v1/catalog/items/{item_id}", headers=SAM)
    price = "PUT /v1/catalog/items/{item_id}/price"

    assert 200 == (await world.send(price, headers={"If-Match": page.headers["ETag"]})).status_code
    check_problem(await world.send(price, headers={"If-Match": page.headers["ETag"]}), 412)


async def test_the_tag_of_a_page_changes_with_the_name_of_its_brand(live: Client) -> None:
    world = await make_world(live)
    brand = world.ids["brand_id"]
    await live.patch(f"/v1/catalog/items/{world.ids['item_id']}", json={"brand_id": brand}, headers=SAM)
    await live.catch_up()
    before = await world.send("GET /v1/catalog/items/{item_id}")
    await world.send("PATCH /v1/catalog/brands/{brand_id}")
    await live.catch_up()
    await live.shop.cache.clear()

    after = await world.send("GET /v1/catalog/items/{item_id}", headers={"If-None-Match": before.headers["ETag"]})
    assert "Nordwand Alpin" == after.json()["brand"]["name"]


@pytest.mark.proves("P13")
async def test_a_client_reads_its_own_writes(live: Client) -> None:
    world = await make_world(live)
    item = f"/v1/catalog/items/{world.ids['item_id']}"
    await live.get(item)
    for round in range(20):
        body = {"price": {"amount": f"{round + 1}.00", "currency": "USD"}}
        written = await world.send("PUT /v1/catalog/items/{item_id}/price", body)
        reading = asyncio.create_task(
            live.get(item, headers={"Storeline-After": written.headers["Storeline-Position"]})
        )
        await asyncio.sleep(0.01)
        assert not reading.done()
        await live.catch_up()
        assert f"{round + 1}.00" == (await reading).json()["price"]["amount"]


@pytest.mark.proves("P13")
async def test_an_answer_that_cannot_be_fresh_enough_is_none(live: Client) -> None:
    world = await make_world(live)
    live.app.state.shop = replace(live.shop, read_after_wait=0.01)
    for name in (name for name in PAGES if "picture" not in name):
        contexts = {each.context for each in ROUTES[name].reads}
        for context in contexts:
            response = await world.send(name, headers={"Storeline-After": f"{context}=1000"})
            problem = check_problem(response, 503)
            assert "1" == response.headers["Retry-After"]
            assert problem["fields"]["wanted"] == 1000
            assert problem["fields"]["lag"] == 1000 - problem["fields"]["position"] > 0
        for context in {"catalog", "basket", "ordering", "payment"} - contexts:
            assert 200 == (await world.send(name, headers={"Storeline-After": f"{context}=1000"})).status_code


@pytest.mark.proves("P13")
async def test_what_is_not_there_says_how_much_is_known_where_it_is_not(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in PAGES if "{" in name and "basket" not in name):
        ids = {each: str(uuid4()) for each in world.ids}
        missing = await world.send(name, ids=ids)
        check_problem(missing, 404)
        assert missing.headers["Storeline-Position"], name
