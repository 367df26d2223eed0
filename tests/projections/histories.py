"""Whole logs to draw from: several streams of a context, each with a history that its decisions led to, interleaved."""

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from domain.kernel import Event, Fact
from tests.given import START, facts
from tests.laws import Life
from tests.strategies.basket import BASKET_LIFE
from tests.strategies.catalog import LIVES
from tests.strategies.inventory import LIVES as INVENTORY_LIVES
from tests.strategies.inventory import RESERVATION_LIFE, SHELF_LIFE
from tests.strategies.ordering import BUYER_LIFE, ORDER_LIFE
from tests.strategies.payment import PAYMENT_LIFE, WALLET_LIFE
from tests.strategies.promotions import PROMOTION_LIFE, REDEMPTIONS_LIFE, TALLY_LIFE

CONTEXTS: dict[str, tuple[Life, ...]] = {
    "catalog": LIVES,
    "basket": (BASKET_LIFE,),
    "inventory": (*INVENTORY_LIVES, SHELF_LIFE, RESERVATION_LIFE, RESERVATION_LIFE),
    "ordering": (ORDER_LIFE, ORDER_LIFE, BUYER_LIFE, PROMOTION_LIFE, REDEMPTIONS_LIFE, TALLY_LIFE),
    "payment": (PAYMENT_LIFE, PAYMENT_LIFE, WALLET_LIFE),
}


@st.composite
def logs(draw: st.DrawFn, context: str, streams: int = 4) -> list[Fact[Event]]:
    """A log of the context in which some days pass."""
    lives = draw(st.lists(st.sampled_from(CONTEXTS[context]), min_size=1, max_size=streams))
    waiting = [(UUID(int=number), draw(life.histories(6))) for number, life in enumerate(lives, 1)]
    order = [number for number, (_, events) in enumerate(waiting) for _ in events]
    following = [iter(events) for _, events in waiting]
    recorded = [(waiting[number][0], next(following[number])) for number in draw(st.permutations(order))]
    days = timedelta(hours=draw(st.integers(0, 30)))
    return [replace(fact, recorded_at=START + days * place) for place, fact in enumerate(facts(context, *recorded))]
