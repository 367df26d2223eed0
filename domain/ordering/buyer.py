"""A buyer, as far as orders are concerned: which are pending, and which basket became which order last.

Saved together with the order in one append, so that no race lets a buyer have more pending orders than allowed.

Refusals
├── TooManyPendingOrders   pay for one of them, or cancel it, first
└── CheckOutUnfinished     an earlier order from this basket is not yet recorded there
"""

from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Event, members
from domain.ordering.rules import Rules

_BUYERS = UUID("7b0d3c4e-2a55-5f0e-8f7e-5f3a0c9d1e62")


def buyer_stream(buyer_id: str) -> UUID:
    return uuid5(_BUYERS, buyer_id)


# Events


class BasketRef(msgspec.Struct, frozen=True):
    """A basket as it was at a version."""

    basket_id: UUID
    version: int


class PendingOrderOpened(Event, frozen=True, tag="ordering.PendingOrderOpened"):
    buyer_id: str
    order_id: UUID
    basket: BasketRef | None = None


class PendingOrderClosed(Event, frozen=True, tag="ordering.PendingOrderClosed"):
    """The order was paid or cancelled."""

    buyer_id: str
    order_id: UUID


BuyerEvent: TypeAlias = PendingOrderOpened | PendingOrderClosed


# State


class CheckedOut(msgspec.Struct, frozen=True):
    version: int
    order_id: UUID


class Buyer(msgspec.Struct, frozen=True):
    pending: frozenset[UUID] = frozenset()
    baskets: dict[UUID, CheckedOut] = {}
    """The last order from each basket."""


def evolve(buyer: Buyer, event: BuyerEvent) -> Buyer:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case PendingOrderOpened(order_id=order_id, basket=basket):
            baskets = buyer.baskets
            if basket:
                baskets = baskets | {basket.basket_id: CheckedOut(basket.version, order_id)}
            return replace(buyer, pending=buyer.pending | {order_id}, baskets=baskets)
        case PendingOrderClosed(order_id=order_id):
            return replace(buyer, pending=buyer.pending - {order_id})
        case _:
            assert_never(event)


# Refusals


class TooManyPendingOrders(Conflict):
    code = "too-many-pending-orders"

    def __init__(self, most: int, pending: frozenset[UUID]) -> None:
        super().__init__(
            f"At most {most} orders may be pending at once. Pay for one of them, or cancel it, first.",
            most=most,
            pending=sorted(str(order_id) for order_id in pending),
        )


class CheckOutUnfinished(Conflict):
    code = "check-out-unfinished"

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "This basket was ordered a moment ago and does not show it yet. Read it again.", order_id=str(order_id)
        )
        self.order_id = order_id


BUYER: Aggregate[Buyer, BuyerEvent] = Aggregate(
    name="ordering.buyer",
    initial=Buyer(),
    evolve=evolve,
    events=members(BuyerEvent),
    snapshot_every=50,
)


# Decisions


def open_pending(
    buyer: Buyer, buyer_id: str, order_id: UUID, basket: BasketRef | None, ordered_version: int, rules: Rules
) -> list[BuyerEvent]:
    """One more order is pending. `ordered_version` is the last that the basket itself knows to have been ordered."""
    if order_id in buyer.pending:
        return []
    if basket:
        check_recorded(buyer, basket.basket_id, ordered_version)
    if len(buyer.pending) >= rules.most_pending:
        raise TooManyPendingOrders(rules.most_pending, buyer.pending)
    return [PendingOrderOpened(buyer_id, order_id, basket)]


def check_recorded(buyer: Buyer, basket_id: UUID, ordered_version: int) -> None:
    """While a basket does not know of an order yet, it still shows what was ordered, and must not be ordered again.

    Raises CheckOutUnfinished. `ordered_version` as in `open_pending`.
    """
    last = buyer.baskets.get(basket_id)
    if last and last.version > ordered_version:
        raise CheckOutUnfinished(last.order_id)


def close_pending(buyer: Buyer, buyer_id: str, order_id: UUID) -> list[BuyerEvent]:
    """An order is pending no longer."""
    return [PendingOrderClosed(buyer_id, order_id)] if order_id in buyer.pending else []
