"""What payment decides by itself when ordering tells it something.

A page at a time. It decides only what is to be done: the gateway is called later, by whoever works the payment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias, assert_never
from uuid import UUID, uuid5

from application.contracts import (
    AmendmentRejected,
    Contract,
    Message,
    OrderAllocated,
    OrderCancelled,
    OrderStockConfirmed,
    RefundDue,
)
from application.store import EventStore, Stream
from domain import payment
from domain.kernel import members
from domain.payment import PAYMENT, WALLET, Instrument, Payment, PaymentEvent, RefundCategory, Wallet, wallet_stream

MoneyNews: TypeAlias = OrderStockConfirmed | OrderAllocated | OrderCancelled | AmendmentRejected | RefundDue
MONEY_NEWS: tuple[type[Contract], ...] = members(MoneyNews)

Payments: TypeAlias = dict[UUID, Stream[Payment, PaymentEvent]]


async def take_payments(
    messages: Sequence[Message[MoneyNews]], store: EventStore, *, gateway: str
) -> list[Stream[Any, Any]]:
    """`gateway`: the name of the one that new payments are made with.

    What money is asked for is known to the gateway by the id of the message that asks: the message has it however often
    it comes, and no other ever. An order's id may come again once the shop was taken back to a backup.
    """
    heard = [message.contract for message in messages]
    payments = await store.load_many(PAYMENT, [id for told in heard for id in _concerned(told)])
    cancelled = [told.order_id for told in heard if isinstance(told, OrderCancelled)]
    more = [id for order_id in cancelled for id in payments[order_id].state.amendments if id not in payments]
    payments |= await store.load_many(PAYMENT, more)
    wallets = await _wallets(heard, store)
    for message in messages:
        _decide(message, payments, wallets, gateway)
    return [stream for stream in payments.values() if stream.pending]


def _concerned(told: MoneyNews) -> tuple[UUID, ...]:
    """The payments that it is about: that of the order as it was placed has the order's id, others their change's."""
    match told:
        case OrderStockConfirmed(order_id=order_id, amendment_id=amendment_id):
            return (order_id,) if amendment_id is None else (amendment_id, order_id)
        case OrderAllocated(order_id=order_id, amendment_id=amendment_id):
            return (amendment_id or order_id,)
        case OrderCancelled(order_id=order_id):
            return (order_id,)
        case AmendmentRejected(amendment_id=amendment_id):
            return (amendment_id,)
        case RefundDue(payment_id=payment_id):
            return (payment_id,)
        case _:
            assert_never(told)


def _decide(message: Message[MoneyNews], payments: Payments, wallets: dict[str, Wallet], gateway: str) -> None:
    told = message.contract
    stream = payments[_concerned(told)[0]]
    match told:
        case OrderStockConfirmed(order_id, buyer_id, total, method_id, amendment_id):
            stream.add(
                payment.request(
                    stream.state,
                    order_id=order_id,
                    buyer_id=buyer_id,
                    amount=total,
                    gateway=gateway,
                    key=message.id,
                    instrument=_instrument(wallets[buyer_id], method_id, message.occurred_at),
                    amendment_id=amendment_id,
                )
            )
            if amendment_id:
                first = payments[order_id]
                first.add(payment.note_amendment(first.state, amendment_id))
        case OrderAllocated():
            stream.add(payment.capture(stream.state))
        case OrderCancelled():
            for each in (stream, *(payments[id] for id in stream.state.amendments)):
                each.add(payment.cancel(each.state, _all_of(each.id)))
        case AmendmentRejected():
            stream.add(payment.cancel(stream.state, _all_of(stream.id)))
        case RefundDue(refund_id=refund_id, amount=amount, category=category):
            stream.add(payment.pay_back(stream.state, refund_id, amount, RefundCategory.of(category)))
        case _:
            assert_never(told)


def _all_of(payment_id: UUID) -> UUID:
    """The refund of all that is left, of which there is one at most."""
    return uuid5(payment_id, "cancelled")


async def _wallets(heard: Sequence[MoneyNews], store: EventStore) -> dict[str, Wallet]:
    buyers = {told.buyer_id: wallet_stream(told.buyer_id) for told in heard if isinstance(told, OrderStockConfirmed)}
    streams = await store.load_many(WALLET, list(buyers.values()))
    return {buyer_id: streams[id].state for buyer_id, id in buyers.items()}


def _instrument(wallet: Wallet, method_id: UUID | None, at: datetime) -> Instrument | None:
    method = wallet.chosen(method_id, at)
    return Instrument(method.method_id, method.token, method.brand, method.last_four) if method else None
