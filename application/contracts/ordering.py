"""What ordering tells: each step of an order. The buyer is an opaque id; names and addresses stay inside."""

from uuid import UUID

import msgspec

from application.contracts.message import Contract


class StockItem(msgspec.Struct, frozen=True):
    """So many units of a product."""

    product_id: UUID
    units: int


class BasketReference(msgspec.Struct, frozen=True):
    """The basket, at the version, that an order was made from."""

    basket_id: UUID
    version: int


class OrderStarted(Contract, frozen=True, tag="ordering.order_started.v1"):
    """A buyer began an order. eShop: OrderStarted, from which the basket learns that it is done with."""

    order_id: UUID
    buyer_id: str
    basket: BasketReference | None = None


class OrderSubmitted(Contract, frozen=True, tag="ordering.order_submitted.v1"):
    """An order was placed. eShop: OrderStatusChangedToSubmitted."""

    order_id: UUID
    number: str
    buyer_id: str
    stock_items: tuple[StockItem, ...]
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


class OrderPaid(Contract, frozen=True, tag="ordering.order_paid.v1"):
    """The order is paid for; it may be packed. eShop: OrderStatusChangedToPaid."""

    order_id: UUID
    buyer_id: str
    stock_items: tuple[StockItem, ...]


class OrderShipped(Contract, frozen=True, tag="ordering.order_shipped.v1"):
    """The order is on its way. eShop: OrderStatusChangedToShipped."""

    order_id: UUID
    buyer_id: str


class OrderCancelled(Contract, frozen=True, tag="ordering.order_cancelled.v1"):
    """The order will not be fulfilled. eShop: OrderStatusChangedToCancelled."""

    order_id: UUID
    buyer_id: str


OrderingContract = (
    OrderStarted
    | OrderSubmitted
    | OrderAwaitingValidation
    | OrderStockConfirmed
    | OrderPaid
    | OrderShipped
    | OrderCancelled
)
