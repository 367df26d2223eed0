"""Stock to sell, and what belongs to it: for tests of what can be done with it and seen of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from application.contracts import Message, OrderAwaitingValidation, StockItem
from application.inventory import reserve_stock
from application.store import Call
from domain.inventory import Rules
from tests.api.shops import CUSTOMER, SAM, Client, keyed


async def asked(client: Client, path: str, body: Any, status: int = 200) -> Any:
    """What staff are answered under `/v1/inventory`."""
    headers = keyed(SAM)
    response = await client.post(f"/v1/inventory{path}", json=body, headers=headers)
    assert response.status_code == status, response.text
    return response.json()


async def received(client: Client, product_id: object, quantity: int = 100) -> None:
    await asked(client, "/receipts", {"items": [{"product_id": str(product_id), "quantity": quantity}]})


async def reserved(client: Client, order_id: UUID, product_id: UUID, quantity: int = 2) -> None:
    """What the reactor does once the order's grace period is over."""
    now, store = datetime.now(UTC), client.shop.store
    told = OrderAwaitingValidation(order_id, CUSTOMER, (StockItem(product_id, quantity),))
    page = [Message(told, uuid4(), "ordering", order_id, 1, now, "test", "test")]
    streams = await reserve_stock(page, store, rules=Rules())
    await store.save(*streams, call=Call("system:reserve-stock", now, "test"), result=None, context="inventory")


async def stocked(client: Client, product_id: str, order_id: str) -> dict[str, str]:
    """A product with stock, of which an order holds some; a supplier who promised more; a category of stock."""
    await received(client, product_id)
    await reserved(client, UUID(order_id), UUID(product_id))
    supplier = await asked(client, "/suppliers", {"name": "Bergwerk GmbH", "lead_time_days": 7}, 201)
    promised = {"supplier_id": supplier["id"], "items": [{"product_id": product_id, "quantity": 50}]}
    delivery = await asked(client, "/deliveries", promised, 201)
    category = await asked(client, "/categories", {"name": "Bulky goods"}, 201)
    return {"supplier_id": supplier["id"], "delivery_id": delivery["id"], "stock_category_id": category["id"]}
