"""What an order is after what happened to it."""

from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, members
from domain.money import Money
from domain.ordering.address import Address
from domain.ordering.amounts import Line
from domain.ordering.order.events import (
    NoteAdded,
    OrderAllocated,
    OrderAuthorised,
    OrderCancelled,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    OrderStockConfirmed,
    OrderValidationRequested,
    StockItem,
)
from domain.ordering.order.refusals import OrderNotFound


class Status(StrEnum):
    SUBMITTED = "submitted"
    AWAITING_VALIDATION = "awaiting-validation"
    STOCK_CONFIRMED = "stock-confirmed"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


PENDING = frozenset({Status.SUBMITTED, Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED})
"""Not paid yet: counts for the most that a buyer may have, and is cancelled in time."""


class Order(msgspec.Struct, frozen=True):
    status: Status | None = None
    """None for an order that was not placed yet."""
    number: str = ""
    buyer_id: str = ""
    origin: UUID | None = None
    address: Address | None = None
    lines: tuple[Line, ...] = ()
    total: Money | None = None
    payment_method_id: UUID | None = None
    promotions: tuple[str, ...] = ()
    authorised: bool = False
    """The money is held."""
    allocated: bool = False
    """The stock is the order's for good."""
    shipped: OrderShipped | None = None
    notes: tuple[NoteAdded, ...] = ()

    @property
    def stock_items(self) -> tuple[StockItem, ...]:
        return tuple(StockItem(line.product_id, line.quantity) for line in self.lines)


def evolve(order: Order, event: OrderEvent) -> Order:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case OrderPlaced():
            return Order(
                status=Status.SUBMITTED,
                number=event.number,
                buyer_id=event.buyer_id,
                origin=event.origin,
                address=event.address,
                lines=event.lines,
                total=event.total,
                payment_method_id=event.payment_method_id,
                promotions=event.promotions,
                notes=order.notes,
            )
        case OrderValidationRequested():
            return replace(order, status=Status.AWAITING_VALIDATION)
        case OrderStockConfirmed():
            return replace(order, status=Status.STOCK_CONFIRMED)
        case OrderAuthorised():
            return replace(order, authorised=True)
        case OrderAllocated():
            return replace(order, allocated=True)
        case OrderPaid():
            return replace(order, status=Status.PAID)
        case OrderShipped():
            return replace(order, status=Status.SHIPPED, shipped=event)
        case OrderCancelled():
            return replace(order, status=Status.CANCELLED)
        case NoteAdded():
            return replace(order, notes=(*order.notes, event))
        case _:
            assert_never(event)


ORDER: Aggregate[Order, OrderEvent] = Aggregate(
    name="ordering.order",
    initial=Order(),
    evolve=evolve,
    events=members(OrderEvent),
    missing=OrderNotFound,
)
