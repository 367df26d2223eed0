"""What one buyer has redeemed of one promotion: the orders that hold a redemption.

Saved in the append that places or cancels the order. Buyers never wait for one another here.

Refusals
└── PromotionUsedUp   the buyer has redeemed it as often as one buyer may
"""

from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from msgspec import Struct

from domain.kernel import Aggregate, Event, Invalid, members


def redemption_stream(promotion_id: UUID, buyer_id: str) -> UUID:
    return uuid5(promotion_id, f"buyer:{buyer_id}")


# Events


class PromotionRedeemed(Event, frozen=True, tag="ordering.PromotionRedeemed"):
    promotion_id: UUID
    buyer_id: str
    order_id: UUID


class RedemptionReturned(Event, frozen=True, tag="ordering.RedemptionReturned"):
    """The order was cancelled: the buyer may redeem it once more."""

    promotion_id: UUID
    buyer_id: str
    order_id: UUID


RedemptionEvent: TypeAlias = PromotionRedeemed | RedemptionReturned

# State


class Redemptions(Struct, frozen=True):
    orders: frozenset[UUID] = frozenset()


def evolve(redemptions: Redemptions, event: RedemptionEvent) -> Redemptions:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case PromotionRedeemed(order_id=order_id):
            return Redemptions(redemptions.orders | {order_id})
        case RedemptionReturned(order_id=order_id):
            return Redemptions(redemptions.orders - {order_id})
        case _:
            assert_never(event)


# Refusals


class PromotionUsedUp(Invalid):
    code = "promotion-used-up"

    def __init__(self, promotion: str, most: int) -> None:
        super().__init__(
            f"One buyer can use {promotion} {most} times, and you have. Go on without it.",
            promotion=promotion,
            most=most,
        )


REDEMPTIONS: Aggregate[Redemptions, RedemptionEvent] = Aggregate(
    name="ordering.redemptions",
    initial=Redemptions(),
    evolve=evolve,
    events=members(RedemptionEvent),
    snapshot_every=50,
)


# Decisions


def redeem(
    redemptions: Redemptions, promotion_id: UUID, buyer_id: str, order_id: UUID, *, code: str, most: int | None
) -> list[RedemptionEvent]:
    """One more order holds a redemption. `most`: orders of one buyer; None for any number."""
    if order_id in redemptions.orders:
        return []
    if most is not None and len(redemptions.orders) >= most:
        raise PromotionUsedUp(code, most)
    return [PromotionRedeemed(promotion_id, buyer_id, order_id)]


def give_back(redemptions: Redemptions, promotion_id: UUID, buyer_id: str, order_id: UUID) -> list[RedemptionEvent]:
    """The order holds it no longer; decides nothing for an order that holds none."""
    return [RedemptionReturned(promotion_id, buyer_id, order_id)] if order_id in redemptions.orders else []
