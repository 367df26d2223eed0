"""What catalogue pages say of stock: a word, its place in inventory's log, and filters."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.store import Call
from domain.inventory import SHELF, Rules, ShelfEvent
from domain.inventory.shelf.decisions import receive, reserve, set_thresholds
from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import Client, bearer

pytestmark = pytest.mark.anyio


async def stock(client: Client, item: UUID, *decisions: Callable[[Any], list[ShelfEvent]]) -> int:
    """What inventory decides about an item's shelf; the position of it in its log."""
    shelf = (await client.shop.store.load_many(SHELF, [item]))[item]
    for decide in decisions:
        shelf.add(decide(shelf.state))
    call = Call(actor="sam", now=datetime.now(UTC), correlation_id="test")
    saved = await client.shop.store.save(shelf, call=call, result=None)
    return saved.positions["inventory"]


def taken(quantity: int) -> Callable[[Any], list[ShelfEvent]]:
    return lambda shelf: reserve(shelf, uuid4(), "alice", quantity, Rules())


@pytest.mark.proves("CAT-22")
async def test_a_page_says_whether_its_item_can_be_had_and_since_when(live: Client) -> None:
    item = await live.listed()
    path = f"/v1/catalog/items/{item}"
    await live.catch_up()
    page = await live.get(path)
    assert ("out-of-stock", 0) == (page.json()["availability"], page.json()["availability_position"])

    position = await stock(live, item, lambda shelf: set_thresholds(shelf, 2, None), lambda shelf: receive(shelf, 5))
    await live.catch_up()
    await live.shop.cache.clear()
    stocked = await live.get(path)
    assert ("in-stock", position) == (stocked.json()["availability"], stocked.json()["availability_position"])
    assert f"inventory={position}" in stocked.headers["Storeline-Position"]
    assert "5" not in {stocked.json().get("available"), stocked.json().get("on_hand")}

    await stock(live, item, taken(1))
    await live.catch_up()
    await live.shop.cache.clear()
    assert stocked.headers["ETag"] == (await live.get(path)).headers["ETag"], "four are as good as five"

    for quantity, word in ((2, "low-stock"), (2, "out-of-stock")):
        await stock(live, item, taken(quantity))
        await live.catch_up()
        await live.shop.cache.clear()
        by_slug = await live.get(f"/v1/catalog/items/by-slug/{stocked.json()['slug']}")
        staffs = await live.get(path, headers=bearer(shops.STAFF))
        assert word == (await live.get(path)).json()["availability"]
        assert word == by_slug.json()["availability"] == staffs.json()["availability"]


@pytest.mark.proves("CAT-21", "CAT-30")
async def test_lists_and_searches_show_what_can_be_had_and_leave_out_the_rest(live: Client) -> None:
    plenty, few, gone, never = [str(await live.listed()) for _ in range(4)]
    await stock(live, UUID(plenty), lambda shelf: receive(shelf, 5))
    await stock(live, UUID(few), lambda shelf: set_thresholds(shelf, 9, None), lambda shelf: receive(shelf, 5))
    await stock(live, UUID(gone), lambda shelf: receive(shelf, 2), taken(2))
    await live.catch_up()

    async def found(path: str, who: str | None = None) -> dict[str, str]:
        response = await live.get(path, headers=bearer(who))
        assert 200 == response.status_code, response.text
        return {each["item_id"]: each["availability"] for each in response.json()["items"]}

    for path in ("/v1/catalog/items?", "/v1/catalog/search?q=parka&"):
        everything = {plenty: "in-stock", few: "low-stock", gone: "out-of-stock", never: "out-of-stock"}
        assert everything == await found(path)
        assert {plenty, few} == set(await found(f"{path}in_stock=true"))
        assert {gone, never} == set(await found(f"{path}in_stock=false"))
        assert {few: "low-stock"} == await found(f"{path}low_stock=true", shops.STAFF)
        for who in (shops.ANONYMOUS, shops.CUSTOMER):
            problem = check_problem(await live.get(f"{path}low_stock=true", headers=bearer(who)), 403)
            assert "low_stock" == problem["fields"]["path"]
    facets = (await live.get("/v1/catalog/items?in_stock=true&facets=true")).json()["facets"]
    assert 2 == facets["items"]
    after = {"Storeline-After": f"inventory={await live.shop.store.head('inventory')}"}
    assert 200 == (await live.get("/v1/catalog/items", headers=after)).status_code
