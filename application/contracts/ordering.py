"""What ordering tells: each step of an order. The buyer is an opaque id; names and addresses stay inside."""

from uuid import UUID

from application.contracts.message import Contract
from application.contracts.values import BasketReference, StockItem
from domain.money import Money


class OrderStarted(Contract, frozen=True, tag="ordering.order_started.v1"):
    """A buyer began an order. eShop: OrderStarted."""

    order_id: UUID
    buyer_id: str


class OrderSubmitted(Contract, frozen=True, tag="ordering.order_submitted.v1"):
    """An order was placed. eShop: OrderStatusChangedToSubmitted. The basket, where it came from one, is done with."""

    order_id: UUID
    number: str
    buyer_id: str
    stock_items: tuple[StockItem, ...]
    total: Money
    basket: BasketReference | None = None


class OrderAwaitingValidation(Contract, frozen=True, tag="ordering.order_awaiting_validation.v1"):
    """Stock is asked for. eShop: OrderStatusChangedToAwaitingValidation."""

    order_id: UUID
    buyer_id: str
    stock_items: tuple[StockItem, ...]


class OrderStockConfirmed(Contract, frozen=True, tag="ordering.order_stock_confirmed.v1"):
    """Everything is in stock; payment may be taken. eShop: OrderStatusChangedToStockConfirmed."""

    order_id: UUID
    buyer_id: str
    total: Money


class OrderPaid(Contract, frozen=True, tag="ordering.order_paid.v1"):
    """The order is paid for; it may be packed. eShop: OrderStatusChangedToPaid."""

    order_id: UUID
    buyer_id: str
    stock_items: tuple[StockItem, ...]
    total: Money


class OrderShipped(Contract, frozen=True, tag="ordering.order_shipped.v1"):
    """The order is on its way. eShop: OrderStatusChangedToShipped."""

    order_id: UUID
    buyer_id: str
    stock_items: tuple[StockItem, ...]


class OrderCancelled(Contract, frozen=True, tag="ordering.order_cancelled.v1"):
    """The order will not be fulfilled. eShop: OrderStatusChangedToCancelled."""

    order_id: UUID
    buyer_id: str
    cause: str
    """`buyer`, `staff`, `out-of-stock`, `payment-failed`, `timed-out`, or one that was not known yet."""
    stock_items: tuple[StockItem, ...]


OrderingContract = (
    OrderStarted
    | OrderSubmitted
    | OrderAwaitingValidation
    | OrderStockConfirmed
    | OrderPaid
    | OrderShipped
    | OrderCancelled
)
