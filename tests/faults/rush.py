"""Buyers who come all at once, and what must be true of the shop when they have gone."""

import time
from collections import Counter
from decimal import Decimal
from uuid import UUID, uuid4

from domain.ordering import CancelCause, Status
from tests.faults.selling import Selling
from tests.machines.fulfilment import believed


async def check_books(shop: Selling) -> None:
    """Everyone who has an order has paid for it once, and nobody else has paid; stock is where the orders say."""
    orders, payments = await shop.orders(), await shop.payments()
    books = (await shop.ledger.entries()).values()
    held: Counter[UUID] = Counter()
    for id, order in orders.items():
        paid = believed(payments[id]) if id in payments else Decimal(0)
        assert order.total
        assert paid == (order.total.amount if order.status in {Status.PAID, Status.SHIPPED} else 0)
        for line in order.lines:
            held[line.product_id] += line.quantity if order.status is Status.PAID else 0
    assert sum(entry.charged for entry in books) == sum(map(believed, payments.values()))
    assert sum(entry.charged > 0 for entry in books) == sum(believed(each) > 0 for each in payments.values())
    for product, units in held.items():
        shelf = await shop.shelf(product)
        assert units == shelf.reserved == shelf.on_hand - shelf.available
        assert shelf.available >= 0


async def rush(shop: Selling, buyers: int, units: int) -> float:
    """So many buyers want one of a product each, at once, and there are so many units; the seconds until all know."""
    product = await shop.stocked(units)
    names = [f"buyer-{uuid4()}" for _ in range(buyers)]
    await shop.gather([shop.store_card(name) for name in names])
    cancelled, began = len(await shop.cancellations()), time.monotonic()
    placed = await shop.gather([shop.order(name, product) for name in names])
    await shop.until(shop.at_rest, 120 + buyers / 5)
    took = time.monotonic() - began

    told_at_once = [each for each in placed if each.status_code == 409]
    assert {201, 409} >= {each.status_code for each in placed}
    assert all(each.json()["code"] == "out-of-stock" for each in told_at_once)
    told_later = (await shop.cancellations())[cancelled:]
    assert all(each.cause is CancelCause.OUT_OF_STOCK and each.out_of_stock for each in told_later)
    mine = [order for order in (await shop.orders()).values() if order.lines[0].product_id == product]
    assert units == sum(order.status is Status.PAID for order in mine)
    assert buyers - units == len(told_at_once) + len(told_later)
    shelf = await shop.shelf(product)
    assert (units, units, 0) == (shelf.on_hand, shelf.reserved, shelf.available)
    await check_books(shop)
    return took
