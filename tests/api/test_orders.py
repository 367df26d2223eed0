"""What buyers and staff see of orders, and of the basket before them."""

import pytest

from tests.api import shops
from tests.api.routes import check_problem, make_world
from tests.api.shops import ALICE, MALLORY, SAM, Client

pytestmark = pytest.mark.anyio


async def test_an_order_is_found_by_its_number_however_a_person_types_it(live: Client) -> None:
    order_id = str(await live.ordered())
    await live.ordered()
    await live.catch_up()
    number = (await live.get(f"/v1/orders/{order_id}", headers=ALICE)).json()["number"]

    for typed in (number, number.lower(), number.replace("-", " "), number.replace("-", "")):
        found = await live.get("/v1/orders", params={"number": typed}, headers=ALICE)
        assert [order_id] == [each["order_id"] for each in found.json()["items"]]
    assert [] == (await live.get("/v1/orders", params={"number": number}, headers=MALLORY)).json()["items"]
    wrong = await live.get("/v1/orders", params={"number": number[:-1] + "?"}, headers=ALICE)
    assert "invalid-order-number" == check_problem(wrong, 422)["code"]


async def test_a_basket_shows_which_prices_changed(live: Client) -> None:
    world = await make_world(live)
    await world.send("PUT /v1/catalog/items/{item_id}/price")
    await live.catch_up()
    line = (await world.send("GET /v1/basket")).json()["lines"][0]

    assert ("19.99", "179.00", True) == (
        line["unit_price"]["amount"],
        line["current_price"]["amount"],
        line["price_changed"],
    )
    nobodys = await live.get("/v1/basket")
    assert ([], 0) == (nobodys.json()["lines"], nobodys.json()["version"])


async def test_a_draft_takes_as_much_of_the_address_as_taxes_and_shipping_depend_on(live: Client) -> None:
    lines = [{"product_id": str(await live.listed())}]
    for address in (None, {"country": "GB"}, {"country": "GB", "region": "Kent"}):
        drafted = await live.post("/v1/orders/draft", json={"lines": lines, "address": address}, headers=ALICE)
        assert 200 == drafted.status_code, drafted.text


async def test_a_buyer_is_not_told_who_of_the_staff_did_what(live: Client) -> None:
    order = f"/v1/orders/{await live.ordered()}"
    await live.post(f"{order}/notes", json={"text": "It is on its way"}, headers=SAM)
    await live.post(f"{order}/notes", json={"text": "Thank you"}, headers=ALICE)
    assert (await live.post(f"{order}/cancel", json={"comment": "sold out"}, headers=SAM)).is_success
    await live.catch_up()

    for path in (order, f"{order}/statuses", f"{order}/history"):
        hers, staffs = await live.get(path, headers=ALICE), await live.get(path, headers=SAM)
        assert 200 == hers.status_code == staffs.status_code
        assert shops.STAFF in staffs.text
        assert shops.STAFF not in hers.text
    shown = (await live.get(order, headers=ALICE)).json()
    assert [None, shops.CUSTOMER] == [each["author"] for each in shown["notes"]]
    assert "sold out" == shown["cancel_comment"]
    statuses = (await live.get(f"{order}/statuses", headers=ALICE)).json()["items"]
    assert [shops.CUSTOMER, None] == [each["actor"] for each in statuses]


@pytest.mark.proves("B37", "B38")
@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00%2B25:99",
        "2026-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1700000000",
        "now",
    ],
)
async def test_moments_that_cannot_be_are_refused(client: Client, moment: str) -> None:
    check_problem(await client.get(f"/v1/orders?placed_from={moment}", headers=SAM), 422)
