"""Time works against baskets that nobody touches."""

from application.deadlines.deadline import Deadline, Waiting, waiting
from domain import basket
from domain.kernel import Fact, members


def _basket_waits(row: Waiting | None, fact: Fact[basket.BasketEvent]) -> Waiting | None:
    match fact.event:
        case basket.BasketMergedAway() | basket.BasketExpired() | basket.BasketCheckedOut(rest=()):
            return None
        case _:
            return waiting(fact)


BASKET_EXPIRY = Deadline(
    name="basket_expiry", context="basket", events=members(basket.BasketEvent), evolve=_basket_waits
)
"""Since its last change; ends in `application.basket.expire_basket`."""
