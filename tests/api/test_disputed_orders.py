"""Orders whose money a bank takes back, or may, over HTTP."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.store import Call
from domain.ordering import ORDER, OrderEvent, note_dispute, note_outcome
from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import Client, bearer

pytestmark = [pytest.mark.anyio, pytest.mark.proves("PAY-06", "B47")]
SHIP = {"carrier": "DHL", "tracking_number": "JD014600003828"}


async def happens(client: Client, order_id: UUID, decide: Any, *arguments: Any, **more: Any) -> list[OrderEvent]:
    """What ordering decides when payment tells it something of the order."""
    order = await client.shop.store.load(ORDER, order_id)
    decided: list[OrderEvent] = decide(order.state, *arguments, **more)
    order.add(decided)
    await client.shop.store.save(order, call=Call("system:test", datetime.now(UTC), "test"), result=None)
    return decided


async def test_a_disputed_order_says_so_and_is_neither_shipped_nor_changed(live: Client) -> None:
    product = str(await live.listed("20.00"))
    order_id, dispute_id = await live.ordered(shops.CUSTOMER, 1, product), uuid4()
    await live.paid(order_id)
    path = f"/v1/orders/{order_id}"

    async def shown() -> Any:
        await live.catch_up()
        return (await live.get(path, headers=bearer(shops.STAFF))).json()

    async def refused() -> dict[str, Any]:
        ship = await live.post(f"{path}/ship", json=SHIP, headers=bearer(shops.STAFF))
        key = bearer(shops.CUSTOMER) | {"Idempotency-Key": str(uuid4())}
        change = await live.put(f"{path}/lines/{product}", json={"quantity": 2}, headers=key)
        problem = check_problem(ship, 409)
        assert (problem["code"], problem["fields"]) == (check_problem(change, 409)["code"], change.json()["fields"])
        return problem

    order = await shown()
    assert (False, []) == (bool(order["disputed"]), order["disputes"])
    total = (await live.shop.store.load(ORDER, order_id)).state.total
    assert total
    dispute = (order_id, dispute_id, total)
    await happens(live, order_id, note_dispute, *dispute)
    problem = await refused()
    assert "order-disputed" == problem["code"]
    assert {"dispute_id": str(dispute_id), "dispute_status": "open"} == problem["fields"]
    order = await shown()
    assert (True, "paid") == (bool(order["disputed"]), order["payment_status"])
    for who in (shops.CUSTOMER, shops.STAFF):
        listed = (await live.get("/v1/orders?disputed=true", headers=bearer(who))).json()["items"]
        assert [(str(order_id), order["disputed"])] == [(each["order_id"], each["disputed"]) for each in listed]
    assert [(str(dispute_id), str(order_id), "open")] == [
        (each["dispute_id"], each["payment_id"], each["status"]) for each in order["disputes"]
    ]
    await happens(live, order_id, note_outcome, *dispute, won=False)
    assert "lost" == (await refused())["fields"]["dispute_status"]
    order = await shown()
    assert (True, "refunded") == (bool(order["disputed"]), order["payment_status"])
    assert 200 == (await live.post(f"{path}/cancel", json={}, headers=bearer(shops.CUSTOMER))).status_code


async def test_an_order_whose_dispute_is_won_is_shipped(live: Client) -> None:
    order_id, dispute_id = await live.ordered(), uuid4()
    await live.paid(order_id)
    total = (await live.shop.store.load(ORDER, order_id)).state.total
    await happens(live, order_id, note_dispute, order_id, dispute_id, total)
    await happens(live, order_id, note_outcome, order_id, dispute_id, total, won=True)
    await live.catch_up()
    assert [] == (await live.get("/v1/orders?disputed=true", headers=bearer(shops.STAFF))).json()["items"]
    order = (await live.get(f"/v1/orders/{order_id}", headers=bearer(shops.STAFF))).json()
    assert (False, ["won"]) == (bool(order["disputed"]), [each["status"] for each in order["disputes"]])
    shipped = await live.post(f"/v1/orders/{order_id}/ship", json=SHIP, headers=bearer(shops.STAFF))
    assert (200, "shipped") == (shipped.status_code, shipped.json()["status"])
