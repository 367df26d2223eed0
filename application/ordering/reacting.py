"""What ordering decides by itself when inventory or payment tells it something.

A page at a time. The decisions know when they come too late, or again: then they decide nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from application.contracts import (
    Contract,
    DisputeClosed,
    DisputeOpened,
    Message,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    RefundFailed,
    StockAllocated,
    StockRejected,
    StockReserved,
)
from application.ordering.closing import with_others
from application.store import EventStore, Stream
from domain import ordering
from domain.kernel import members
from domain.ordering import (
    ORDER,
    RETURN,
    CancelCause,
    Order,
    OrderEvent,
    OrderRefundDropped,
    OrderRefunded,
    OrderRefundFailed,
    Return,
    ReturnEvent,
)

StockAnswer: TypeAlias = StockReserved | StockRejected | StockAllocated
PaymentAnswer: TypeAlias = (
    PaymentAuthorised | PaymentCaptured | PaymentFailed | PaymentRefunded | RefundFailed | DisputeOpened | DisputeClosed
)
STOCK_ANSWERS: tuple[type[Contract], ...] = members(StockAnswer)
PAYMENT_ANSWERS: tuple[type[Contract], ...] = members(PaymentAnswer)

Note: TypeAlias = Callable[[Return], list[ReturnEvent]]
"""What a return decides on what its order was told."""
Orders: TypeAlias = dict[UUID, Stream[Order, OrderEvent]]


async def hear_stock(messages: Sequence[Message[StockAnswer]], store: EventStore) -> list[Stream[Any, Any]]:
    orders = await _orders(messages, store)
    for message in messages:
        order = orders[message.contract.order_id]
        order.add(_on_stock(order.state, message.contract))
    return await _changed(orders, store)


async def hear_payment(messages: Sequence[Message[PaymentAnswer]], store: EventStore) -> list[Stream[Any, Any]]:
    """Notes what was paid back, what failed to be, and what is owed no longer, on the return, too, that it was for."""
    orders = await _orders(messages, store)
    notes: list[tuple[UUID, Note]] = []
    for message in messages:
        order = orders[message.contract.order_id]
        decided = _on_payment(order.state, message.contract)
        order.add(decided)
        notes += _on_returns(order.state, message.contract, decided)
    returns = await store.load_many(RETURN, [return_id for return_id, _ in notes])
    for return_id, note in notes:
        returns[return_id].add(note(returns[return_id].state))
    return [*await _changed(orders, store), *(stream for stream in returns.values() if stream.pending)]


async def _orders(
    messages: Sequence[Message[StockAnswer]] | Sequence[Message[PaymentAnswer]], store: EventStore
) -> Orders:
    return await store.load_many(ORDER, [message.contract.order_id for message in messages])


async def _changed(orders: Orders, store: EventStore) -> list[Stream[Any, Any]]:
    streams = await with_others([order for order in orders.values() if order.pending], store=store)
    return [stream for stream in streams if stream.pending]


def _on_stock(order: Order, told: StockAnswer) -> list[OrderEvent]:
    change = told.amendment_id
    match told:
        case StockReserved():
            return ordering.confirm_amendment_stock(order, change) if change else ordering.confirm_stock(order)
        case StockRejected(reason=reason, shortages=shortages):
            products = frozenset(shortage.product_id for shortage in shortages)
            if change:
                return ordering.reject_amendment(order, change, reason, products)
            return ordering.reject_stock(order, products, _cause(reason))
        case StockAllocated():
            return ordering.allocate_amendment(order, change) if change else ordering.allocate(order)
        case _:
            assert_never(told)


def _on_payment(order: Order, told: PaymentAnswer) -> list[OrderEvent]:
    match told:
        case PaymentAuthorised(amendment_id=change):
            return ordering.authorise_amendment(order, change) if change else ordering.authorise(order)
        case PaymentCaptured(payment_id=payment_id, amount=amount, amendment_id=change):
            paid = ordering.pay_amendment(order, change) if change else ordering.pay(order, payment_id)
            return paid or ordering.note_charge(order, payment_id, amount)
        case PaymentFailed(reason=reason, amendment_id=change):
            return ordering.reject_amendment(order, change, reason) if change else ordering.fail_payment(order, reason)
        case PaymentRefunded():
            return ordering.note_refund(order, told.payment_id, told.refund_id, told.amount, told.category)
        case RefundFailed():
            return ordering.fail_refund(order, told.payment_id, told.refund_id, told.amount, told.reason)
        case DisputeOpened():
            return ordering.note_dispute(order, told.payment_id, told.dispute_id, told.amount)
        case DisputeClosed():
            return ordering.note_outcome(order, told.payment_id, told.dispute_id, told.amount, won=told.won)
        case _:
            assert_never(told)


def _on_returns(order: Order, told: PaymentAnswer, decided: Sequence[OrderEvent]) -> Iterator[tuple[UUID, Note]]:
    """What the returns of the order are to note. They know by themselves what they have noted before."""
    if isinstance(told, PaymentRefunded | RefundFailed) and (return_id := order.refunding.get(told.refund_id)):
        yield return_id, partial(_on_refund, told=told, again=_again(decided))
    for event in decided:
        match event:
            case OrderRefunded(refund_id=refund_id, paid_by_hand=parts):
                for part in parts:
                    pay = partial(ordering.pay_return_by_hand, refund_id=refund_id, amount=part.amount)
                    yield part.return_id, pay
            case OrderRefundDropped(dropped=parts):
                for part in parts:
                    yield part.return_id, partial(ordering.drop_return_refund, amount=part.amount)


def _again(decided: Sequence[OrderEvent]) -> tuple[UUID, ...]:
    """The refunds that are to pay what one did not."""
    noted = (each for each in decided if isinstance(each, OrderRefunded | OrderRefundFailed))
    return tuple(refund.refund_id for each in noted for refund in each.again)


def _on_refund(state: Return, told: PaymentRefunded | RefundFailed, again: tuple[UUID, ...]) -> list[ReturnEvent]:
    if isinstance(told, RefundFailed):
        return ordering.fail_return_refund(state, told.refund_id, told.amount, told.reason, again)
    return ordering.note_return_refund(state, told.refund_id, told.amount, again)


def _cause(reason: str) -> CancelCause:
    return CancelCause.TOO_MANY_RESERVATIONS if reason == "too-many-reservations" else CancelCause.OUT_OF_STOCK
