"""What staff may ask about the stock: moments that can be told, filters that all count."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.api.routes import check_problem
from tests.api.shops import ALICE, CUSTOMER, SAM, Client
from tests.api.stock import received, reserved

pytestmark = pytest.mark.anyio


async def seen(client: Client, path: str) -> Any:
    await client.catch_up()
    response = await client.get(f"/v1/inventory{path}", headers=SAM)
    assert response.status_code == 200, response.text
    return response.json()["items"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:00:00-14:00"])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/inventory/movements", "moved_from"),
        ("/v1/inventory/movements", "moved_before"),
        ("/v1/inventory/reservations", "expires_before"),
        ("/v1/orders", "placed_from"),
        ("/v1/orders", "placed_before"),
    ],
)
async def test_a_moment_that_is_none_everywhere_is_refused(client: Client, path: str, field: str, moment: str) -> None:
    headers = ALICE if path == "/v1/orders" else SAM
    problem = check_problem(await client.get(f"{path}?{field}={moment}", headers=headers), 422)

    assert ("invalid-parameter", field) == (problem["code"], problem["fields"]["path"])


@pytest.mark.proves("INV-13")
async def test_turnover_is_asked_for_by_the_month(live: Client) -> None:
    tent, now = await live.listed(), datetime.now(UTC)
    await received(live, tent, 5)
    month, later = f"{now:%Y-%m}", f"{now.year + 1}-01"

    for span, expected in (
        ("", 5),
        (f"?first={month}", 5),
        (f"?first={month}&last={month}", 5),
        (f"?first={later}", 0),
    ):
        assert [expected] == [each["received"] for each in await seen(live, f"/turnover{span}")], span
    for span, field in (
        (f"?first={later}&last={month}", "last"),
        ("?first=2026-13", "first"),
        ("?last=2026-1", "last"),
        ("?first=2026-03%0A", "first"),
    ):
        problem = check_problem(await live.get(f"/v1/inventory/turnover{span}", headers=SAM), 422)
        assert ("invalid-parameter", field) == (problem["code"], problem["fields"]["path"])


async def test_of_what_is_about_to_expire_the_other_filters_count_too(live: Client) -> None:
    tent, order = await live.listed(), uuid4()
    await received(live, tent, 5)
    await reserved(live, order, tent, 2)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")

    for filters, expected in (
        ("", [str(order)]),
        (f"&buyer={CUSTOMER}", [str(order)]),
        ("&buyer=somebody-else", []),
        ("&status=reserved", [str(order)]),
        ("&status=allocated", []),
    ):
        found = await seen(live, f"/reservations?expires_before={soon}{filters}")
        assert expected == [each["order_id"] for each in found], filters
