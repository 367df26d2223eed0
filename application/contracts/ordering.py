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
    amendment_id: UUID | None = None
    """The change to a paid order that needs them; null for the order as it was placed. So in all that follow."""


class OrderStockConfirmed(Contract, frozen=True, tag="ordering.order_stock_confirmed.v1"):
    """Everything is set aside; money is asked for. eShop: OrderStatusChangedToStockConfirmed."""

    order_id: UUID
    buyer_id: str
    total: Money
    """What is to be paid: for the order, or for its amendment."""
    payment_method_id: UUID | None = None
    """The buyer's choice; null for their default."""
    amendment_id: UUID | None = None


class OrderAuthorised(Contract, frozen=True, tag="ordering.order_authorised.v1"):
    """The money is held; the stock that was set aside is asked for, for good."""

    order_id: UUID
    buyer_id: str
    amendment_id: UUID | None = None


class OrderAllocated(Contract, frozen=True, tag="ordering.order_allocated.v1"):
    """The stock is the order's; the money that is held may be taken."""

    order_id: UUID
    buyer_id: str
    amendment_id: UUID | None = None


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
    """`buyer`, `staff`, `out-of-stock`, `too-many-reservations`, `payment-failed`, `timed-out`, or one that was not
    known yet."""
    stock_items: tuple[StockItem, ...]


class OrderDelivered(Contract, frozen=True, tag="ordering.order_delivered.v1"):
    """The parcel reached the buyer."""

    order_id: UUID
    buyer_id: str


class AmendmentRejected(Contract, frozen=True, tag="ordering.amendment_rejected.v1"):
    """A change to a paid order was given up; what was set aside and held for it is let go."""

    order_id: UUID
    buyer_id: str
    amendment_id: UUID


class OrderAmended(Contract, frozen=True, tag="ordering.order_amended.v1"):
    """A paid order has other lines or another address from now on."""

    order_id: UUID
    buyer_id: str
    amendment_id: UUID
    stock_items: tuple[StockItem, ...]
    """All that the order holds now."""
    removed: tuple[StockItem, ...]
    """What it holds no longer."""
    total: Money


class ReturnReceived(Contract, frozen=True, tag="ordering.return_received.v1"):
    """Goods of a shipped order came back."""

    order_id: UUID
    return_id: UUID
    buyer_id: str
    restocked: tuple[StockItem, ...]
    written_off: tuple[StockItem, ...]


class RefundDue(Contract, frozen=True, tag="ordering.refund_due.v1"):
    """Money taken for an order is to be paid back. A cancelled order needs none of these: all of it is paid back."""

    order_id: UUID
    buyer_id: str
    payment_id: UUID
    refund_id: UUID
    amount: Money
    category: str
    """`returned`, `amended`, or one that was not known yet."""


OrderingContract = (
    OrderStarted
    | OrderSubmitted
    | OrderAwaitingValidation
    | OrderStockConfirmed
    | OrderAuthorised
    | OrderAllocated
    | OrderPaid
    | OrderShipped
    | OrderDelivered
    | OrderCancelled
    | OrderAmended
    | AmendmentRejected
    | ReturnReceived
    | RefundDue
)
