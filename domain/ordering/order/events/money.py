"""What comes back, and what becomes of the money that was paid."""

from typing import TypeAlias
from uuid import UUID

import msgspec

from domain.kernel import Event
from domain.money import Money
from domain.ordering.order.events.life import StockItem


class Refund(msgspec.Struct, frozen=True):
    """So much of what a payment took is to be paid back."""

    payment_id: UUID
    refund_id: UUID
    amount: Money


class ReturnOpened(Event, frozen=True, tag="ordering.ReturnOpened"):
    """The buyer wants to send this back."""

    buyer_id: str
    return_id: UUID
    items: tuple[StockItem, ...]


class ReturnedLine(msgspec.Struct, frozen=True):
    product_id: UUID
    quantity: int
    amount: Money
    """What these cost, with their share of discount and tax."""


class ReturnClosed(Event, frozen=True, tag="ordering.ReturnClosed"):
    """What came back of it is paid back; nothing came where it was rejected."""

    buyer_id: str
    return_id: UUID
    lines: tuple[ReturnedLine, ...]
    refunds: tuple[Refund, ...]


class Owed(msgspec.Struct, frozen=True):
    """So much of what could not be paid back for a return."""

    return_id: UUID
    amount: Money


class OrderRefunded(Event, frozen=True, tag="ordering.OrderRefunded"):
    """Money that was taken for the order was paid back."""

    buyer_id: str
    payment_id: UUID
    refund_id: UUID
    amount: Money
    category: str
    again: tuple[Refund, ...] = ()
    """The rest of what it was promised to be, from payments that have some left."""
    paid_by_hand: tuple[Owed, ...] = ()
    """What was owed, and is paid by it."""


NOTHING_LEFT = "nothing-left"
"""Why a refund fails where all that was taken by its payment is back with the buyer, or on its way there."""


class OrderRefundFailed(Event, frozen=True, tag="ordering.OrderRefundFailed"):
    """Money that was to be paid back was not: the shop still has it; where NOTHING_LEFT, the buyer."""

    buyer_id: str
    payment_id: UUID
    refund_id: UUID
    amount: Money
    reason: str
    """NOTHING_LEFT, `not-captured`, or `declined`."""
    again: tuple[Refund, ...] = ()
    """It is promised again, from payments that have some left."""
    category: str = ""
    """Of what is promised again."""


class OrderRefundDropped(Event, frozen=True, tag="ordering.OrderRefundDropped"):
    """So much is owed no longer: the buyer has the money otherwise, and nothing is left to pay it from."""

    buyer_id: str
    dropped: tuple[Owed, ...]


class OrderCharged(Event, frozen=True, tag="ordering.OrderCharged"):
    """Money was taken that the order, or its change, waited for no longer. Payment pays it back by itself."""

    buyer_id: str
    payment_id: UUID
    amount: Money


class DisputeHeard(Event, frozen=True, tag="ordering.DisputeHeard"):
    """A bank may take back money that was paid for the order."""

    buyer_id: str
    payment_id: UUID
    dispute_id: UUID
    amount: Money


class DisputeDecided(Event, frozen=True, tag="ordering.DisputeDecided"):
    """The bank has decided: the shop keeps the money, or the buyer has it back."""

    buyer_id: str
    payment_id: UUID
    dispute_id: UUID
    amount: Money
    won: bool
    """Whether the shop keeps it."""


MoneyEvent: TypeAlias = (
    ReturnOpened
    | ReturnClosed
    | OrderRefunded
    | OrderRefundFailed
    | OrderRefundDropped
    | OrderCharged
    | DisputeHeard
    | DisputeDecided
)
