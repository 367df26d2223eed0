"""The published language: all that one context, or another program, may know of a context.

Contracts are versioned integration events. `application.publishing` maps facts to them; reactors and consumers read
them, and never the facts.
"""

from typing import TypeAlias

from application.contracts.basket import BasketCheckedOut, BasketContract
from application.contracts.catalog import (
    CatalogContract,
    ItemBroughtBack,
    ItemChanged,
    ItemListed,
    ItemRepriced,
    ItemWithdrawn,
)
from application.contracts.inventory import (
    Availability,
    InventoryContract,
    Shortage,
    StockAllocated,
    StockLevelChanged,
    StockRejected,
    StockReserved,
)
from application.contracts.message import Contract, Message, context_of, message, routing_key
from application.contracts.ordering import (
    AmendmentRejected,
    OrderAllocated,
    OrderAmended,
    OrderAuthorised,
    OrderAwaitingValidation,
    OrderCancelled,
    OrderDelivered,
    OrderingContract,
    OrderPaid,
    OrderShipped,
    OrderStarted,
    OrderStockConfirmed,
    OrderSubmitted,
    RefundDue,
    ReturnReceived,
)
from application.contracts.payment import (
    NOTHING_LEFT,
    DisputeClosed,
    DisputeOpened,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentContract,
    PaymentFailed,
    PaymentRefunded,
    PaymentVoided,
    RefundFailed,
)
from application.contracts.values import BasketReference, StockItem
from domain.kernel import members

AnyContract: TypeAlias = CatalogContract | BasketContract | OrderingContract | InventoryContract | PaymentContract
CONTRACTS: tuple[type[Contract], ...] = members(AnyContract)
"""Every contract there is."""
