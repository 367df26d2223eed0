"""Reports count what was sold, taken and paid back, for days that exist."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.payments import caught_up, paid, usd
from tests.api.routes import check_problem, make_world
from tests.api.shops import ALICE, SAM, Client, keyed

pytestmark = pytest.mark.anyio


async def test_reports_count_what_was_sold(live: Client) -> None:
    await make_world(live)
    top = await live.get("/v1/reports/best-sellers", headers=SAM)

    assert [5, 2] == [each["units"] for each in top.json()["items"]]


async def test_the_sales_of_many_products_are_read_page_by_page(live: Client) -> None:
    for _ in range(5):
        await live.ordered(quantity=2)
    await live.catch_up()
    day = datetime.now(UTC).date()
    days = {"first": str(day - timedelta(1)), "last": str(day)}
    sales = await live.paged("/v1/reports/product-sales", 2, SAM, **days)

    assert 5 == len({each["product_id"] for each in sales}) == len(sales)
    total = (await live.get("/v1/orders", headers=ALICE)).json()["items"][0]["total"]
    assert {"amount", "currency"} == total.keys() == sales[0]["amount"].keys()
    assert {"43.18"} == {each["amount"]["amount"] for each in sales}


async def test_the_reports_on_money_count_what_was_taken_and_paid_back(live: Client) -> None:
    for _ in range(3):
        payment = await paid(live, "40.00")
    await live.post(f"{payment}/refunds", json={"amount": usd("30.00")}, headers=keyed(SAM))
    await live.post(f"{payment}/disputes", json={"reason": "x", "amount": usd("10.00")}, headers=keyed(SAM))
    await caught_up(live)
    today = datetime.now(UTC).date()
    span = f"first={today - timedelta(1)}&last={today + timedelta(1)}"

    async def report(name: str) -> Any:
        answer = await live.get(f"/v1/reports/{name}?{span}", headers=SAM)
        assert 200 == answer.status_code, answer.text
        return answer.json()["items"]

    days = await report("revenue")
    assert (3, 0) == (sum(each["payments"] for each in days), sum(each["refunds"] for each in days))
    assert 120 == sum(float(each["captured"]["amount"]) for each in days)
    assert ["110.00"] == [each["net"]["amount"] for each in days], "a refund counts when it is made"
    assert ["0.00"] == [each["refunded"]["amount"] for each in days]
    (rate,) = await report("refund-rate")
    assert (usd("120.00"), 0.0, []) == (rate["captured"], rate["rate"], rate["categories"])
    assert 3 == sum(each["authorised"] for each in await report("payments"))
    assert [] == await report("payment-failures")
    for name in ("revenue", "refund-rate", "payments", "payment-failures"):
        check_problem(await live.get(f"/v1/reports/{name}?first={today}", headers=SAM), 422)
        check_problem(await live.get(f"/v1/reports/{name}?{span}", headers=ALICE), 403)


@pytest.mark.proves("B37", "B38")
@pytest.mark.parametrize(
    "query",
    [
        "first=2026-02-30&last=2026-03-01",
        "first=2026-13-01&last=2026-13-01",
        "first=0000-01-01&last=0000-01-02",
        "first=10000-01-01&last=10000-01-02",
        "first=2026-01-02&last=2026-01-01",
        "first=2024-01-01&last=2026-01-01",
        "first=2026-01-01",
        "first=today&last=today",
    ],
)
async def test_days_that_cannot_be_are_refused(client: Client, query: str) -> None:
    check_problem(await client.get(f"/v1/reports/product-sales?{query}", headers=SAM), 422)
