"""Other lines, or another address, after the placing."""

from typing import TypeAlias
from uuid import UUID

import msgspec

from domain.kernel import Event
from domain.money import Money
from domain.ordering.address import Address
from domain.ordering.amounts import Line
from domain.ordering.order.events.life import OutOfStock, StockItem
from domain.ordering.order.events.money import Refund


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


class OrderEdited(Event, frozen=True, tag="ordering.OrderEdited"):
    """Other lines, or another address, while nothing was done for it yet. Unit prices stay those of its placing."""

    buyer_id: str
    address: Address
    bill: Bill
    changes: tuple[LineChange, ...]


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


ChangeEvent: TypeAlias = (
    OrderEdited
    | AmendmentRequested
    | AmendmentStockConfirmed
    | AmendmentAuthorised
    | AmendmentAllocated
    | AmendmentRejected
    | OrderAmended
)
