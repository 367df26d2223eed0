"""The stock over HTTP: what comes in, what is counted, what orders hold of it, and who promised more."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.routes import check_problem
from tests.api.shops import SAM, Client, keyed
from tests.api.stock import asked, received, reserved

pytestmark = pytest.mark.anyio


async def change(client: Client, path: str, body: Any, method: str = "POST", **headers: str) -> httpx.Response:
    return await client.request(method, f"/v1/inventory{path}", json=body, headers=keyed(SAM) | headers)


async def seen(client: Client, path: str) -> Any:
    """What staff see under `/v1/inventory`, with all that was done."""
    await client.catch_up()
    response = await client.get(f"/v1/inventory{path}", headers=SAM)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.proves("INV-01", "CAT-22", "CAT-36")
async def test_what_comes_in_is_seen_by_its_name_and_can_be_sold(live: Client) -> None:
    tent, stove = await live.listed(name="Storm Tent"), await live.listed(name="Pocket Stove")
    body = {"items": [{"product_id": str(tent), "quantity": 5}, {"product_id": str(stove), "quantity": 2}]}
    response = await change(live, "/receipts", body)

    assert [5, 2] == [each["received"] for each in response.json()["shelves"]]
    assert "inventory=" in response.headers["Storeline-Position"]
    level = await seen(live, f"/items/{tent}")
    assert ("Storm Tent", 5, 0, 5, "in-stock") == tuple(
        level[field] for field in ("name", "on_hand", "reserved", "available", "availability")
    )


@pytest.mark.proves("P2")
async def test_a_receipt_that_is_sent_again_is_counted_once(client: Client) -> None:
    tent = await client.listed()
    body = {"items": [{"product_id": str(tent), "quantity": 5}]}
    headers = keyed(SAM, "one")
    first = await client.post("/v1/inventory/receipts", json=body, headers=headers)
    again = await client.post("/v1/inventory/receipts", json=body, headers=headers)

    assert first.json() == again.json()
    assert "true" == again.headers["Idempotency-Replayed"]
    check_problem(await client.post("/v1/inventory/receipts", json=body, headers=SAM), 400)


@pytest.mark.proves("P2")
async def test_a_delivery_that_is_promised_again_is_expected_once(live: Client) -> None:
    tent = await live.listed()
    supplier = (await asked(live, "/suppliers", {"name": "Bergwerk", "lead_time_days": 7}, 201))["id"]
    body = {"supplier_id": supplier, "items": [{"product_id": str(tent), "quantity": 50}]}
    problem = check_problem(await live.post("/v1/inventory/deliveries", json=body, headers=SAM), 400)
    assert "idempotency-key-required" == problem["code"]

    for _ in range(2):
        assert 201 == (await live.post("/v1/inventory/deliveries", json=body, headers=keyed(SAM, "one"))).status_code
    assert 50 == (await seen(live, f"/items/{tent}"))["expected"]


@pytest.mark.proves("B40")
async def test_what_cannot_be_is_refused_by_name_and_nothing_is_recorded(client: Client) -> None:
    tent, withdrawn, unknown = await client.listed(), await client.listed(), uuid4()
    await received(client, tent, 5)
    gone = await client.delete(f"/v1/catalog/items/{withdrawn}", headers=SAM | {"If-Match": "*"})
    assert gone.status_code == 200
    heads = await client.heads()

    for path, body, status, code in (
        ("/receipts", {"items": [{"product_id": str(unknown), "quantity": 1}]}, 404, "product-not-found"),
        ("/receipts", {"items": [{"product_id": str(withdrawn), "quantity": 1}]}, 409, "product-withdrawn"),
        ("/receipts", {"items": []}, 422, "invalid-body"),
        (f"/items/{tent}/adjustments", {"change": -6, "reason": "lost"}, 409, "not-enough-stock"),
        (f"/items/{unknown}/adjustments", {"change": 1, "reason": "found"}, 404, "stock-not-found"),
        (f"/items/{unknown}/removals", {"quantity": 1}, 404, "stock-not-found"),
        ("/deliveries", {"supplier_id": str(unknown), "items": [{"product_id": str(tent), "quantity": 1}]}, 404, ""),
    ):
        problem = check_problem(await change(client, path, body), status)
        assert not code or code == problem["code"], problem
    thresholds = {"restock": 9, "maximum": 9}
    problem = check_problem(await change(client, f"/items/{tent}/thresholds", thresholds, "PUT"), 422)
    assert "invalid-thresholds" == problem["code"]
    assert heads == await client.heads()


@pytest.mark.proves("CAT-07")
async def test_removing_answers_how_many_were_removed(client: Client) -> None:
    tent = await client.listed()
    await received(client, tent, 5)

    assert (5, 0) == (
        (await change(client, f"/items/{tent}/removals", {"quantity": 9})).json()["removed"],
        (await change(client, f"/items/{tent}/removals", {"quantity": 9})).json()["removed"],
    )


@pytest.mark.proves("CAT-21", "INV-10", "INV-14")
async def test_low_stock_is_listed_and_raises_an_alert(live: Client) -> None:
    tent, stove = await live.listed(name="Storm Tent"), await live.listed()
    for product in (tent, stove):
        await received(live, product, 5)
    response = await change(live, f"/items/{tent}/thresholds", {"restock": 5, "maximum": 50}, "PUT")
    assert "low-stock" == response.json()["availability"]

    low = await seen(live, "/items?availability=low-stock")
    assert [str(tent)] == [each["product_id"] for each in low["items"]]
    (alert,) = (await seen(live, "/alerts"))["items"]
    assert ("Storm Tent", "low-stock", 5, 5) == tuple(
        alert[field] for field in ("name", "availability", "available", "restock")
    )
    await received(live, tent, 1)
    assert [] == (await seen(live, "/alerts"))["items"]


@pytest.mark.proves("INV-03", "INV-09")
async def test_what_an_order_holds_is_seen_with_when_it_is_let_go(live: Client) -> None:
    tent, order = await live.listed(), uuid4()
    await received(live, tent, 5)
    await reserved(live, order, tent, 2)

    held = await seen(live, f"/reservations/{order}")
    assert ("reserved", [{"product_id": str(tent), "quantity": 2}]) == (held["status"], held["reserved"])
    lifetime = datetime.fromisoformat(held["expires_at"]) - datetime.fromisoformat(held["reserved_at"])
    assert live.shop.reservation_lifetime == lifetime
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    for path, expected in ((f"?expires_before={soon}", 1), ("?expires_before=2020-01-01T00:00:00Z", 0), ("", 1)):
        assert expected == len((await seen(live, f"/reservations{path}"))["items"])
    assert ["inventory.ReservationMade"] == [
        each["type"] for each in (await seen(live, f"/reservations/{order}/history"))["items"]
    ]
    moved = (await seen(live, f"/movements?order_id={order}"))["items"]
    assert [("reserved", 2, 0)] == [(each["kind"], each["reserved"], each["on_hand"]) for each in moved]
    problem = check_problem(await change(live, f"/items/{tent}/adjustments", {"change": -4, "reason": "lost"}), 409)
    assert (4, 3) == (problem["fields"]["wanted"], problem["fields"]["available"])


@pytest.mark.proves("INV-11", "INV-13")
async def test_a_supplier_promises_and_delivers(live: Client) -> None:
    tent = await live.listed()
    supplier = (await asked(live, "/suppliers", {"name": "Bergwerk", "lead_time_days": 7}, 201))["id"]
    promised = {"supplier_id": supplier, "items": [{"product_id": str(tent), "quantity": 10}]}
    delivery = (await asked(live, "/deliveries", promised, 201))["id"]
    assert 10 == (await seen(live, f"/items/{tent}"))["expected"]

    came = await asked(live, f"/deliveries/{delivery}/receive", {"items": [{"product_id": str(tent), "quantity": 8}]})
    assert [8] == [each["received"] for each in came["shelves"]]
    word = (await seen(live, f"/suppliers/{supplier}"))["performance"]
    assert (1, 1, "1.0000", "0.8000") == (word["received"], word["on_time"], word["on_time_rate"], word["fill_rate"])
    (sales,) = (await seen(live, f"/turnover?product_id={tent}"))["items"]
    assert (8, 0) == (sales["received"], sales["shipped"])
    again = await change(live, f"/deliveries/{delivery}/call-off", None, **{"If-Match": "*"})
    assert "delivery-not-expected" == check_problem(again, 409)["code"]


@pytest.mark.proves("INV-12")
async def test_stock_is_sorted_by_categories(live: Client) -> None:
    tent = await live.listed()
    await received(live, tent)
    category = (await asked(live, "/categories", {"name": "Bulky goods"}, 201))["id"]
    assigned = await change(live, f"/items/{tent}/category", {"category_id": category}, "PUT")
    assert 200 == assigned.status_code

    found = await seen(live, f"/items?category_id={category}")
    assert [str(tent)] == [each["product_id"] for each in found["items"]]
    problem = await change(live, f"/items/{tent}/category", {"category_id": str(uuid4())}, "PUT")
    assert "stock-category-not-found" == check_problem(problem, 404)["code"]


async def test_pages_of_the_stock_follow_each_other(live: Client) -> None:
    listed = [await live.listed() for _ in range(5)]
    body = {"items": [{"product_id": str(each), "quantity": 1} for each in listed]}
    assert 200 == (await change(live, "/receipts", body)).status_code
    await live.catch_up()
    stock = await live.paged("/v1/inventory/items", 2, SAM)

    assert sorted(map(str, listed)) == [each["product_id"] for each in stock]
