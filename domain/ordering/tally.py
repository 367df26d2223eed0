"""How often a promotion with a limit in all was redeemed, and how often that was given back: two tallies, which only
ever grow.

Whoever redeems writes the one and reads the other, and whoever gives back writes the other: they never wait for one
another. The other may be read a moment too early; then it says too little, and nobody redeems too much. What is counted
is what buyers' redemptions decided, in the same append (see `redemption`): they know which order holds one, so that
nothing is counted twice.

Refusals
└── PromotionSpent   the last redemption is taken
"""

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID, uuid5

from msgspec import Struct

from domain.kernel import Aggregate, Event, Invalid, members
from domain.ordering.redemption import RedemptionEvent


def redeemed_tally(promotion_id: UUID) -> UUID:
    return uuid5(promotion_id, "tally:redeemed")


def returned_tally(promotion_id: UUID) -> UUID:
    return uuid5(promotion_id, "tally:returned")


# Events


class RedemptionCounted(Event, frozen=True, tag="ordering.RedemptionCounted"):
    promotion_id: UUID
    order_id: UUID


TallyEvent: TypeAlias = RedemptionCounted

# State


class Tally(Struct, frozen=True):
    count: int = 0


def evolve(tally: Tally, event: TallyEvent) -> Tally:
    """Apply a fact. No rule lives here: history must always replay."""
    return Tally(tally.count + 1)


# Refusals


class PromotionSpent(Invalid):
    code = "promotion-spent"

    def __init__(self, promotion: str) -> None:
        super().__init__(f"{promotion} was used as often as it can be. Go on without it.", promotion=promotion)


TALLY: Aggregate[Tally, TallyEvent] = Aggregate(
    name="ordering.tally", initial=Tally(), evolve=evolve, events=members(TallyEvent), snapshot_every=100
)


# Decisions


def count(
    tally: Tally, decided: Sequence[RedemptionEvent], *, code: str = "", most: int | None = None
) -> list[TallyEvent]:
    """`most` is how far the tally may go: for redemptions, the limit and what was given back. Raises PromotionSpent."""
    if most is not None and decided and tally.count + len(decided) > most:
        raise PromotionSpent(code)
    return [RedemptionCounted(each.promotion_id, each.order_id) for each in decided]
