"""What ordering decides by itself when inventory or payment tells it something.

A page at a time. The decisions know when they come too late, or again: then they decide nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, assert_never

from application.contracts import (
    Contract,
    Message,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    StockAllocated,
    StockRejected,
    StockReserved,
)
from application.ordering.closing import with_others
from application.store import EventStore, Stream
from domain import ordering
from domain.kernel import members
from domain.ordering import ORDER, CancelCause, Order, OrderEvent

StockAnswer: TypeAlias = StockReserved | StockRejected | StockAllocated
PaymentAnswer: TypeAlias = PaymentAuthorised | PaymentCaptured | PaymentFailed
STOCK_ANSWERS: tuple[type[Contract], ...] = members(StockAnswer)
PAYMENT_ANSWERS: tuple[type[Contract], ...] = members(PaymentAnswer)

A = TypeVar("A", StockAnswer, PaymentAnswer)


async def hear_stock(
    messages: Sequence[Message[StockAnswer]], store: EventStore, now: datetime
) -> list[Stream[Any, Any]]:
    return await _hear(messages, _on_stock, store)


async def hear_payment(
    messages: Sequence[Message[PaymentAnswer]], store: EventStore, now: datetime
) -> list[Stream[Any, Any]]:
    return await _hear(messages, _on_payment, store)


async def _hear(
    messages: Sequence[Message[A]], decide: Callable[[Order, A], list[OrderEvent]], store: EventStore
) -> list[Stream[Any, Any]]:
    orders = await store.load_many(ORDER, list({message.contract.order_id: None for message in messages}))
    for message in messages:
        order = orders[message.contract.order_id]
        order.add(decide(order.state, message.contract))
    saved = await with_others([order for order in orders.values() if order.pending], store=store)
    return [stream for stream in saved if stream.pending]


def _on_stock(order: Order, told: StockAnswer) -> list[OrderEvent]:
    match told:
        case StockReserved():
            return ordering.confirm_stock(order)
        case StockRejected(reason=reason, shortages=shortages):
            return ordering.reject_stock(order, frozenset(each.product_id for each in shortages), _cause(reason))
        case StockAllocated():
            return ordering.allocate(order)
        case _:
            assert_never(told)


def _on_payment(order: Order, told: PaymentAnswer) -> list[OrderEvent]:
    match told:
        case PaymentAuthorised():
            return ordering.authorise(order)
        case PaymentCaptured(payment_id=payment_id):
            return ordering.pay(order, payment_id)
        case PaymentFailed(reason=reason):
            return ordering.fail_payment(order, reason)
        case _:
            assert_never(told)


def _cause(reason: str) -> CancelCause:
    return CancelCause.TOO_MANY_RESERVATIONS if reason == "too-many-reservations" else CancelCause.OUT_OF_STOCK
