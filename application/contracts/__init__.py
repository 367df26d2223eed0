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
from application.contracts.message import Contract, Message, context_of, message, routing_key
from application.contracts.ordering import (
    OrderAwaitingValidation,
    OrderCancelled,
    OrderingContract,
    OrderPaid,
    OrderShipped,
    OrderStarted,
    OrderStockConfirmed,
    OrderSubmitted,
)
from application.contracts.values import BasketReference, StockItem
from domain.kernel import members

AnyContract: TypeAlias = CatalogContract | BasketContract | OrderingContract
CONTRACTS: tuple[type[Contract], ...] = members(AnyContract)
"""Every contract there is."""

__all__ = [
    "CONTRACTS",
    "AnyContract",
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
    "context_of",
    "message",
    "routing_key",
]
