"""An order from its placing to its shipment or cancellation, and what is noted meanwhile."""

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


class NoteAdded(Event, frozen=True, tag="ordering.NoteAdded"):
    note_id: UUID
    kind: NoteKind
    text: Personal[str]


LifeEvent: TypeAlias = (
    OrderPlaced
    | OrderValidationRequested
    | OrderStockConfirmed
    | OrderAuthorised
    | OrderAllocated
    | OrderPaid
    | OrderShipped
    | OrderCancelled
    | NoteAdded
)
