"""Orders on their way: what inventory and payment would tell of them, told one after the other."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from application import contracts, ordering
from application.contracts import Contract, Message, PaymentAuthorised, PaymentCaptured, StockAllocated, StockReserved
from application.ordering import EditReceipt, EndGracePeriod, SetLine, ShipOrder
from application.ordering.reacting import PAYMENT_ANSWERS, hear_payment, hear_stock
from application.publishing import publish
from application.store import Call, Saved, VersionConflict
from application.wire import Price
from domain.money import Money
from domain.ordering import ORDER, Order
from tests.application.market import STOVE, TENT, Market

MINUTE = timedelta(minutes=1)


async def order_of(market: Market, order_id: UUID) -> Order:
    return (await market.store.load(ORDER, order_id)).state


async def hear(market: Market, *told: Contract) -> list[str]:
    """Gives the messages to the reactor that hears them, as one page; the names of what was decided."""
    now = market.clock.now
    page: Sequence[Message[Any]] = [
        Message(each, uuid4(), contracts.context_of(each), uuid4(), number, now, "test", "test")
        for number, each in enumerate(told)
    ]
    react = hear_payment if isinstance(told[0], PAYMENT_ANSWERS) else hear_stock
    for _ in range(20):
        streams = await react(page, market.store)
        try:
            call = market.call("system:hear")
            saved = await market.store.save(*streams, call=call, result=None, context="ordering")
            return [type(each).__name__ for each in saved.events]
        except VersionConflict:
            continue
    raise AssertionError("the race was never won")


async def told(market: Market, order_id: UUID) -> list[Contract]:
    """All that was told of an order, in order."""
    facts = await market.store.history(ORDER, order_id)
    return [message.contract for fact in facts for message in publish(fact)]


async def placed(market: Market, *lines: tuple[UUID, int], **more: Any) -> UUID:
    return (await market.place(*(lines or [(TENT, 1), (STOVE, 2)]), **more)).result.order_id


async def go_on(market: Market, order_id: UUID) -> Saved[ordering.OrderReceipt]:
    return await ordering.end_grace_period(
        EndGracePeriod(), market.call("system:deadlines"), order_id, store=market.store, rules=market.till.rules
    )


async def held(market: Market, *lines: tuple[UUID, int], **more: Any) -> tuple[UUID, Money]:
    """An order whose stock is reserved, and its total, which is held."""
    order_id = await placed(market, *lines, **more)
    market.clock.advance(MINUTE)
    await go_on(market, order_id)
    total = (await order_of(market, order_id)).total
    assert total
    await hear(market, StockReserved(order_id))
    await hear(market, PaymentAuthorised(order_id, order_id, total))
    return order_id, total


async def paid(market: Market, *lines: tuple[UUID, int], **more: Any) -> UUID:
    order_id, total = await held(market, *lines, **more)
    await hear(market, StockAllocated(order_id))
    await hear(market, PaymentCaptured(order_id, order_id, total))
    return order_id


async def shipped(market: Market, *lines: tuple[UUID, int]) -> UUID:
    order_id = await paid(market, *lines)
    staff = market.call("sam", staff=True)
    await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), staff, order_id, store=market.store)
    return order_id


async def set_line(
    market: Market, order_id: UUID, product: UUID, quantity: int, call: Call | None = None, expected: str | None = None
) -> Saved[EditReceipt]:
    return await ordering.set_line(
        SetLine(quantity, Price(expected, "USD") if expected else None),
        call or market.call(),
        order_id,
        product,
        store=market.store,
        till=market.till,
        new_id=market.new_id,
    )
