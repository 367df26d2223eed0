"""An order, from its placing to its shipment or cancellation.

    Submitted → AwaitingValidation → StockConfirmed → Paid → Shipped
        └──────────────┴──────────────────┴────────────┴→ Cancelled

Stock confirmed: everything is set aside. Then, still within that status, the money is authorised (held), the stock
allocated (the order's for good) and the money captured, in this order: never goods without money, never money without
goods.
"""

from domain.ordering.order.events import (
    CancelCause,
    NoteAdded,
    NoteKind,
    OrderAllocated,
    OrderAuthorised,
    OrderCancelled,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    OrderStockConfirmed,
    OrderValidationRequested,
    OutOfStock,
    StockItem,
)
from domain.ordering.order.refusals import OrderCannotChange, OrderNotFound, TooManyNotes, TotalChanged
from domain.ordering.order.state import ORDER, PENDING, Order, Status
from domain.ordering.order.steps import (
    add_note,
    allocate,
    authorise,
    cancel,
    confirm_stock,
    end_grace_period,
    fail_payment,
    pay,
    place,
    reject_stock,
    request_validation,
    ship,
    time_out,
)

__all__ = [
    "ORDER",
    "PENDING",
    "CancelCause",
    "NoteAdded",
    "NoteKind",
    "Order",
    "OrderAllocated",
    "OrderAuthorised",
    "OrderCancelled",
    "OrderCannotChange",
    "OrderEvent",
    "OrderNotFound",
    "OrderPaid",
    "OrderPlaced",
    "OrderShipped",
    "OrderStockConfirmed",
    "OrderValidationRequested",
    "OutOfStock",
    "Status",
    "StockItem",
    "TooManyNotes",
    "TotalChanged",
    "add_note",
    "allocate",
    "authorise",
    "cancel",
    "confirm_stock",
    "end_grace_period",
    "fail_payment",
    "pay",
    "place",
    "reject_stock",
    "request_validation",
    "ship",
    "time_out",
]
