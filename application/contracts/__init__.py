"""The published language: all that one context, or another program, may know of a context.

Contracts are versioned integration events. `application.publishing` maps facts to them; reactors and consumers read
them, and never the facts.
"""

from application.contracts.basket import BasketCheckedOut, BasketContract
from application.contracts.catalog import (
    CatalogContract,
    ItemBroughtBack,
    ItemChanged,
    ItemListed,
    ItemRepriced,
    ItemWithdrawn,
)
from application.contracts.message import Contract, Message, routing_key
from application.contracts.ordering import (
    BasketReference,
    OrderAwaitingValidation,
    OrderCancelled,
    OrderingContract,
    OrderPaid,
    OrderShipped,
    OrderStarted,
    OrderStockConfirmed,
    OrderSubmitted,
    StockItem,
)
from domain.kernel import members

CONTRACTS: tuple[type[Contract], ...] = members(CatalogContract | BasketContract | OrderingContract)
"""Every contract there is."""

__all__ = [
    "CONTRACTS",
    "BasketCheckedOut",
    "BasketReference",
    "Contract",
    "ItemBroughtBack",
    "ItemChanged",
    "ItemListed",
    "ItemRepriced",
    "ItemWithdrawn",
    "Message",
    "OrderAwaitingValidation",
    "OrderCancelled",
    "OrderPaid",
    "OrderShipped",
    "OrderStarted",
    "OrderStockConfirmed",
    "OrderSubmitted",
    "StockItem",
    "routing_key",
]
