"""The money of an order as its own stream tells it: taken, paid back, charged back, and what is owed to its buyer."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import reduce
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain import ordering
from domain.money import Money
from domain.payment import DisputeStatus

_OWED = frozenset({"returned", "amended", "cancelled"})
"""The categories of refunds that pay what is owed; those of all others come on top."""


class PaymentProgress(StrEnum):
    UNPAID = "unpaid"
    AUTHORISED = "authorised"
    """The money is held."""
    PAID = "paid"
    PARTLY_REFUNDED = "partly-refunded"
    REFUNDED = "refunded"


class OrderDispute(msgspec.Struct, frozen=True):
    """Money that a bank asked back."""

    payment_id: UUID
    dispute_id: UUID
    amount: Money
    status: DisputeStatus
    at: datetime
    """Since when it has this status."""


class OrderMoney(msgspec.Struct, frozen=True, omit_defaults=True):
    paid: Money | None = None
    refunded: Money | None = None
    disputes: tuple[OrderDispute, ...] = ()
    promised: dict[str, Money] = {}
    """What is to be paid back, and has neither been nor failed to be: by refund, or by payment that came too late."""
    failed: Money | None = None
    """What was to be paid back and could not be, until it is by hand, or dropped."""
    cancelled: bool = False
    """All of it is owed, and payment pays it back without a promise."""

    @property
    def disputed(self) -> Money | None:
        """What a bank keeps, or has given back to the buyer."""
        return self._of(DisputeStatus.OPEN, DisputeStatus.LOST)

    @property
    def back(self) -> Money | None:
        """What is with the buyer again."""
        return _sum(self.refunded, self._of(DisputeStatus.LOST))

    @property
    def owed(self) -> Money | None:
        """What could not be paid back and is still owed: no more than the shop has."""
        left = _less(self.paid, self.back)
        return min(self.failed, left) if self.failed and left else None

    @property
    def progress(self) -> PaymentProgress:
        """By what was taken and is back; that some is held is not known here."""
        if self.paid is None:
            return PaymentProgress.UNPAID
        if self.back is None:
            return PaymentProgress.PAID
        return PaymentProgress.REFUNDED if self.back >= self.paid else PaymentProgress.PARTLY_REFUNDED

    def _of(self, *statuses: DisputeStatus) -> Money | None:
        amounts = (each.amount for each in self.disputes if each.status in statuses)
        return reduce(_sum, amounts, None)


def evolve(money: OrderMoney, event: ordering.OrderEvent, at: datetime) -> OrderMoney:
    match event:
        case ordering.OrderPaid(total=total):
            return replace(money, paid=_sum(money.paid, total))
        case ordering.OrderAmended(paid=paid, refunds=refunds):
            return _promise(replace(money, paid=_sum(money.paid, paid)), refunds)
        case ordering.OrderCharged(payment_id=payment_id, amount=amount):
            return replace(money, paid=_sum(money.paid, amount), promised=money.promised | {str(payment_id): amount})
        case ordering.OrderCancelled():
            return replace(money, cancelled=True)
        case ordering.ReturnClosed(refunds=refunds):
            return _promise(money, refunds)
        case ordering.OrderRefunded(amount=amount):
            return _refunded(replace(money, refunded=_sum(money.refunded, amount)), event)
        case ordering.OrderRefundFailed():
            return _failed(money, event)
        case ordering.OrderRefundDropped(dropped=dropped):
            return replace(money, failed=reduce(_less, (part.amount for part in dropped), money.failed))
        case ordering.DisputeHeard():
            return _disputed(money, event, DisputeStatus.OPEN, at)
        case ordering.DisputeDecided(won=True):
            return _disputed(money, event, DisputeStatus.WON, at)
        case ordering.DisputeDecided(payment_id=payment_id, amount=amount):
            return _disputed(_kept(money, str(payment_id), amount), event, DisputeStatus.LOST, at)
        case _:
            return money


def _refunded(money: OrderMoney, event: ordering.OrderRefunded) -> OrderMoney:
    refund_id, payment_id, amount = str(event.refund_id), str(event.payment_id), event.amount
    if refund_id in money.promised:
        return _promise(_kept(money, refund_id), event.again)
    if payment_id in money.promised:
        return _kept(money, payment_id, amount)
    if money.cancelled or event.category not in _OWED:
        return money
    return replace(money, failed=_less(money.failed, amount))


def _failed(money: OrderMoney, event: ordering.OrderRefundFailed) -> OrderMoney:
    """What nobody promised and failed is not owed: whoever wanted to give it tries again, or does not."""
    refund_id, payment_id, amount = str(event.refund_id), str(event.payment_id), event.amount
    if event.reason == ordering.NOTHING_LEFT:
        return _promise(_kept(money, refund_id), event.again)
    if refund_id in money.promised:
        money = _kept(money, refund_id)
    elif payment_id in money.promised:
        money = _kept(money, payment_id, amount)
    elif not money.cancelled:
        return money
    return replace(money, failed=_sum(money.failed, amount))


def _disputed(
    money: OrderMoney, event: ordering.DisputeHeard | ordering.DisputeDecided, status: DisputeStatus, at: datetime
) -> OrderMoney:
    dispute = OrderDispute(event.payment_id, event.dispute_id, event.amount, status, at)
    others = (each for each in money.disputes if each.dispute_id != event.dispute_id)
    return replace(money, disputes=(*others, dispute))


def _promise(money: OrderMoney, refunds: Iterable[ordering.Refund]) -> OrderMoney:
    return replace(money, promised=money.promised | {str(refund.refund_id): refund.amount for refund in refunds})


def _kept(money: OrderMoney, id: str, amount: Money | None = None) -> OrderMoney:
    """So much of the promise, or all of it, was kept or is void."""
    left = _less(money.promised.get(id), amount) if amount else None
    others = {each: promised for each, promised in money.promised.items() if each != id}
    return replace(money, promised=others | {id: left} if left else others)


def _sum(amount: Money | None, more: Money | None) -> Money | None:
    return amount + more if amount and more else amount or more


def _less(amount: Money | None, less: Money | None) -> Money | None:
    """None where nothing is left."""
    if amount is None or less is None:
        return amount
    return amount - less if amount > less else None
