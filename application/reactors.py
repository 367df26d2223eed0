"""Reactors: what one context decides by itself when another tells it something.

A reactor takes a page of messages at a time: it loads the streams that they concern, decides in the order of the
messages, and gives back what is to be saved, with its position, in one append. Messages may come again.

A message that asks for what cannot be done is no fault: the answer to it is an event too (stock is rejected, a payment
fails). One that comes too late, because its stream has gone on by itself, decides nothing. So no refusal leaves a
reactor.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from application.basket import record_check_outs
from application.catalog.reacting import note_purchases
from application.contracts import Contract, Message, OrderShipped, OrderSubmitted
from application.inventory.reacting import ORDER_NEWS, reserve_stock
from application.ordering.reacting import PAYMENT_ANSWERS, STOCK_ANSWERS, hear_payment, hear_stock
from application.payment.reacting import MONEY_NEWS, take_payments
from application.store import EventStore, Stream
from domain import inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactor:
    name: str
    """Its position is kept under this name, so it never changes."""
    source: str
    """The context that it hears."""
    target: str
    """The context that it decides in."""
    contracts: tuple[type[Contract], ...]
    """What it hears; no other messages reach `react`."""
    react: Callable[[Sequence[Message[Any]], EventStore], Awaitable[Sequence[Stream[Any, Any]]]]
    """The streams with something pending. It asks the store for the target's streams only, and saves nothing."""

    @property
    def actor(self) -> str:
        return f"system:{self.name}"


FINISH_CHECK_OUT = Reactor(
    name="finish-check-out",
    source="ordering",
    target="basket",
    contracts=(OrderSubmitted,),
    react=record_check_outs,
)


HEAR_STOCK = Reactor(
    name="hear-stock", source="inventory", target="ordering", contracts=STOCK_ANSWERS, react=hear_stock
)

HEAR_PAYMENT = Reactor(
    name="hear-payment", source="payment", target="ordering", contracts=PAYMENT_ANSWERS, react=hear_payment
)

NOTE_PURCHASE = Reactor(
    name="note-purchase",
    source="ordering",
    target="catalog",
    contracts=(OrderShipped,),
    react=note_purchases,
)


def reservations(rules: inventory.Rules) -> Reactor:
    """Sets stock aside for orders, and lets it go."""
    return Reactor(
        name="reserve-stock",
        source="ordering",
        target="inventory",
        contracts=ORDER_NEWS,
        react=partial(reserve_stock, rules=rules),
    )


def payments(gateway: str) -> Reactor:
    """Takes money for orders with the gateway of this name, and gives it back."""
    return Reactor(
        name="take-payment",
        source="ordering",
        target="payment",
        contracts=MONEY_NEWS,
        react=partial(take_payments, gateway=gateway),
    )


def reactors(stock: inventory.Rules, gateway: str) -> tuple[Reactor, ...]:
    """All reactors, by the rules of this shop, with the name of the gateway that takes its money."""
    return FINISH_CHECK_OUT, NOTE_PURCHASE, reservations(stock), payments(gateway), HEAR_STOCK, HEAR_PAYMENT
