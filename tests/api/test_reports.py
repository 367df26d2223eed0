"""Reports count what was sold, for days that exist."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api import shops
from tests.api.routes import check_problem, make_world
from tests.api.shops import Client, bearer

pytestmark = pytest.mark.anyio


async def test_reports_count_what_was_sold(live: Client) -> None:
    await make_world(live)
    top = await live.get("/v1/reports/best-sellers", headers=bearer(shops.STAFF))

    assert [5, 2] == [each["units"] for each in top.json()["items"]]


async def test_the_sales_of_many_products_are_read_page_by_page(live: Client) -> None:
    for _ in range(5):
        await live.ordered(quantity=2)
    await live.catch_up()
    day = datetime.now(UTC).date()
    days = {"first": str(day - timedelta(1)), "last": str(day)}
    sales = await live.paged("/v1/reports/product-sales", 2, bearer(shops.STAFF), **days)

    assert 5 == len({each["product_id"] for each in sales}) == len(sales)
    total = (await live.get("/v1/orders", headers=bearer(shops.CUSTOMER))).json()["items"][0]["total"]
    assert {"amount", "currency"} == total.keys() == sales[0]["amount"].keys()
    assert {"43.18"} == {each["amount"]["amount"] for each in sales}


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
    check_problem(await client.get(f"/v1/reports/product-sales?{query}", headers=bearer(shops.STAFF)), 422)
