"""What happens to an order."""

from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import msgspec

from domain.kernel import Event, Personal
from domain.money import Money
from domain.ordering.address import Address
from domain.ordering.amounts import Line
from domain.ordering.buyer import BasketRef


class StockItem(msgspec.Struct, frozen=True):
    """So much of a product."""

    product_id: UUID
    quantity: int


class OutOfStock(msgspec.Struct, frozen=True):
    product_id: UUID
    name: str


class CancelCause(StrEnum):
    BUYER = "buyer"
    STAFF = "staff"
    OUT_OF_STOCK = "out-of-stock"
    TOO_MANY_RESERVATIONS = "too-many-reservations"
    PAYMENT_FAILED = "payment-failed"
    TIMED_OUT = "timed-out"


class Bill(msgspec.Struct, frozen=True):
    """What is ordered and what that costs."""

    lines: tuple[Line, ...]
    subtotal: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money
    """subtotal - discount + tax + shipping"""


class LineChange(msgspec.Struct, frozen=True):
    """What is different about a line."""

    product_id: UUID
    name: str
    quantity: int
    """So many more; negative for fewer, 0 where only its amounts changed."""
    amount: Money
    """It comes to so much more, after discount and with tax; negative for less."""
    orders: int = 0
    """1 where the order did not have the product before, -1 where it has it no longer."""


class Refund(msgspec.Struct, frozen=True):
    """So much of what a payment took is to be paid back."""

    payment_id: UUID
    refund_id: UUID
    amount: Money


class NoteKind(StrEnum):
    CUSTOMER = "customer"
    """Between the buyer and the shop."""
    INTERNAL = "internal"
    """For the shop alone."""


class OrderPlaced(Event, frozen=True, tag="ordering.OrderPlaced"):
    number: str
    buyer_id: str
    origin: UUID
    """Derived from the command or the basket that it came from; the same origin again is this same order."""
    basket: BasketRef | None
    address: Address
    lines: tuple[Line, ...]
    subtotal: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money
    """subtotal - discount + tax + shipping"""
    payment_method_id: UUID | None = None
    """How the buyer wants to pay; None for their default."""
    promotions: tuple[str, ...] = ()
    """Codes of the promotions that it was placed with."""


class OrderEdited(Event, frozen=True, tag="ordering.OrderEdited"):
    """Other lines, or another address, while nothing was done for it yet. Unit prices stay those of its placing."""

    buyer_id: str
    address: Address
    bill: Bill
    changes: tuple[LineChange, ...]


class OrderValidationRequested(Event, frozen=True, tag="ordering.OrderValidationRequested"):
    """The grace period is over; whether everything is in stock is asked now."""

    buyer_id: str
    stock_items: tuple[StockItem, ...]


class OrderStockConfirmed(Event, frozen=True, tag="ordering.OrderStockConfirmed"):
    """Everything ordered is set aside; the total may be charged."""

    buyer_id: str
    total: Money
    payment_method_id: UUID | None = None


class OrderAuthorised(Event, frozen=True, tag="ordering.OrderAuthorised"):
    """The money is held; what was set aside is asked for, for good."""

    buyer_id: str


class OrderAllocated(Event, frozen=True, tag="ordering.OrderAllocated"):
    """Everything ordered is the order's; the money that is held may be taken."""

    buyer_id: str


class OrderPaid(Event, frozen=True, tag="ordering.OrderPaid"):
    buyer_id: str
    total: Money
    stock_items: tuple[StockItem, ...]
    payment_id: UUID
    """The payment that took the money."""


class OrderShipped(Event, frozen=True, tag="ordering.OrderShipped"):
    buyer_id: str
    carrier: str
    tracking_number: str
    stock_items: tuple[StockItem, ...]


class OrderCancelled(Event, frozen=True, tag="ordering.OrderCancelled"):
    buyer_id: str
    cause: CancelCause
    comment: Personal[str]
    """In the words of who cancelled; may be empty."""
    stock_items: tuple[StockItem, ...]
    out_of_stock: tuple[OutOfStock, ...] = ()
    failure: str | None = None
    """Why it could not be paid, like `declined`."""


class AmendmentRequested(Event, frozen=True, tag="ordering.AmendmentRequested"):
    """A paid order is to have other lines or another address, and that needs more stock, or more money, first."""

    amendment_id: UUID
    buyer_id: str
    address: Address
    bill: Bill
    """Of the whole order, as it will be."""
    wanted: tuple[StockItem, ...]
    """What it needs more than it has."""
    due: Money
    """What it costs more than was paid; negative where it costs less."""


class AmendmentStockConfirmed(Event, frozen=True, tag="ordering.AmendmentStockConfirmed"):
    """What it needs more is set aside; what it costs more may be charged."""

    amendment_id: UUID
    buyer_id: str
    due: Money
    payment_method_id: UUID | None


class AmendmentAuthorised(Event, frozen=True, tag="ordering.AmendmentAuthorised"):
    """The money, where it costs more, is held; what was set aside is asked for, for good."""

    amendment_id: UUID
    buyer_id: str


class AmendmentAllocated(Event, frozen=True, tag="ordering.AmendmentAllocated"):
    """The stock, where it needs more, is the order's; the money that is held may be taken."""

    amendment_id: UUID
    buyer_id: str


class AmendmentRejected(Event, frozen=True, tag="ordering.AmendmentRejected"):
    """The order stays as it was."""

    amendment_id: UUID
    buyer_id: str
    reason: str
    """`out-of-stock`, `too-many-reservations`, `timed-out`, `order-disputed`, `order-paid-back`, or why it could not be
    paid, like `declined`."""
    out_of_stock: tuple[OutOfStock, ...] = ()


class OrderAmended(Event, frozen=True, tag="ordering.OrderAmended"):
    """A paid order has other lines or another address from now on."""

    amendment_id: UUID
    buyer_id: str
    address: Address
    bill: Bill
    stock_items: tuple[StockItem, ...]
    """All that the order holds now."""
    changes: tuple[LineChange, ...]
    paid: Money | None = None
    """What was paid for it, by the payment that has the amendment's id; None where it cost no more."""
    refunds: tuple[Refund, ...] = ()
    """What it cost less."""


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


class PaidByHand(msgspec.Struct, frozen=True):
    """So much of what could not be paid back for a return is, by another refund."""

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
    paid_by_hand: tuple[PaidByHand, ...] = ()
    """The returns that it pays back by hand."""


NOTHING_LEFT = "nothing-left"
"""Why a refund fails where all that was taken by its payment is back with the buyer, or on its way there."""


class OrderRefundFailed(Event, frozen=True, tag="ordering.OrderRefundFailed"):
    """Money that was to be paid back was not: the shop still has it; where NOTHING_LEFT, the buyer."""

    buyer_id: str
    payment_id: UUID
    refund_id: UUID
    amount: Money
    reason: str
    """NOTHING_LEFT, `not-captured`, or the gateway's code."""
    again: tuple[Refund, ...] = ()
    """It is promised again, from payments that have some left."""
    category: str = ""
    """Of what is promised again."""


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


class NoteAdded(Event, frozen=True, tag="ordering.NoteAdded"):
    note_id: UUID
    kind: NoteKind
    text: Personal[str]


OrderEvent: TypeAlias = (
    OrderPlaced
    | OrderEdited
    | OrderValidationRequested
    | OrderStockConfirmed
    | OrderAuthorised
    | OrderAllocated
    | OrderPaid
    | OrderShipped
    | OrderCancelled
    | AmendmentRequested
    | AmendmentStockConfirmed
    | AmendmentAuthorised
    | AmendmentAllocated
    | AmendmentRejected
    | OrderAmended
    | ReturnOpened
    | ReturnClosed
    | OrderRefunded
    | OrderRefundFailed
    | OrderCharged
    | DisputeHeard
    | DisputeDecided
    | NoteAdded
)
