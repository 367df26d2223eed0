"""Any life of a few promotions among a few buyers: orders placed and cancelled at once, terms changed, days gone by."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, multiple, rule

from application import ordering
from application.ordering import (
    AmendPromotion,
    AmountDiscount,
    AnyDiscount,
    EndPromotion,
    FreeShippingDiscount,
    PercentageDiscount,
)
from application.store import Saved
from application.wire import Price
from domain.money import total
from domain.ordering import (
    ORDER,
    PROMOTION,
    REDEMPTIONS,
    TALLY,
    Promotion,
    PromotionExpired,
    PromotionNotMet,
    PromotionSpent,
    PromotionUnknown,
    PromotionUsedUp,
    Rules,
    Status,
    promotion_id,
    redeemed_tally,
    redemption_stream,
    returned_tally,
)
from projections.kernel import fold
from projections.promotions import PROMOTIONS
from tests.application.market import ROPE, STOVE, TENT, Market
from tests.laws import restored
from tests.machines.machine import Machine, cases

RULES = Rules(most_pending=1000)
BUYERS = ("alice", "bob")
CODES = ("TEN", "FIVE", "POST", "NONE")
DISCOUNTS: dict[str, AnyDiscount] = {
    "TEN": PercentageDiscount("10"),
    "FIVE": AmountDiscount(Price("5.00", "USD")),
    "POST": FreeShippingDiscount(),
}
REFUSALS = (PromotionUnknown, PromotionExpired, PromotionSpent, PromotionUsedUp, PromotionNotMet)


@dataclass
class Model:
    """A promotion, as it must be."""

    minimum: Decimal | None
    limit: int | None
    limit_per_buyer: int | None
    ends_at: datetime | None
    ended: bool = False
    holders: dict[UUID, str] = field(default_factory=dict)
    """Orders that hold a redemption, with their buyers."""


class Promotions(Machine):
    orders: Bundle[tuple[str, UUID]] = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.market = Market(RULES)
        self.models: dict[str, Model] = {}
        self.cancelled: set[UUID] = set()

    def left(self, code: str, buyer: str, subtotal: Decimal) -> float:
        """How many more orders of this price the buyer may place with the promotion."""
        model = self.models.get(code)
        if model is None or model.ended or (model.ends_at and model.ends_at <= self.market.clock.now):
            return 0
        if model.minimum is not None and subtotal < model.minimum:
            return 0
        in_all = float("inf") if model.limit is None else model.limit - len(model.holders)
        mine = Counter(model.holders.values())[buyer]
        own = float("inf") if model.limit_per_buyer is None else model.limit_per_buyer - mine
        return max(min(in_all, own), 0)

    @rule(
        code=st.sampled_from(CODES[:3]),
        minimum=st.none() | st.sampled_from([Decimal("34.50"), Decimal("34.51")]),
        limit=st.none() | st.integers(1, 3),
        limit_per_buyer=st.none() | st.integers(1, 2),
        days=st.none() | st.integers(1, 5),
    )
    def make_one(
        self, code: str, minimum: Decimal | None, limit: int | None, limit_per_buyer: int | None, days: int | None
    ) -> None:
        if code in self.models:
            return
        ends_at = self.market.clock.now + timedelta(days=days) if days else None
        self.run(
            self.market.promote(
                code,
                DISCOUNTS[code],
                minimum=Price(str(minimum), "USD") if minimum else None,
                limit=limit,
                limit_per_buyer=limit_per_buyer,
                ends_at=ends_at,
            )
        )
        self.models[code] = Model(minimum, limit, limit_per_buyer, ends_at)

    @rule(
        target=orders,
        buyer=st.sampled_from(BUYERS),
        codes=st.lists(st.sampled_from(CODES), max_size=3, unique=True),
        product=st.sampled_from([STOVE, TENT]),
        times=st.integers(1, 4),
    )
    def order_at_once(self, buyer: str, codes: list[str], product: UUID, times: int) -> Any:
        subtotal = self.market.catalogue.known[product].price.amount
        may = min((self.left(code, buyer, subtotal) for code in codes), default=float("inf"))
        call = self.market.call(buyer)
        outcomes = self.at_once(*(self.market.place((product, 1), promotions=codes, call=call) for _ in range(times)))
        placed = [each.result for each in outcomes if isinstance(each, Saved)]
        assert len(placed) == min(may, times)
        assert all(isinstance(each, (Saved, *REFUSALS)) for each in outcomes)
        for receipt in placed:
            for code in codes:
                self.models[code].holders[receipt.order_id] = buyer
        return multiple(*((buyer, receipt.order_id) for receipt in placed))

    @rule(order=orders, times=st.integers(1, 3))
    def cancel_at_once(self, order: tuple[str, UUID], times: int) -> None:
        buyer, order_id = order
        outcomes = self.at_once(*(self.market.cancel(order_id, self.market.call(buyer)) for _ in range(times)))
        assert sum(bool(each.events) for each in outcomes) == (order_id not in self.cancelled)
        self.cancelled.add(order_id)
        for model in self.models.values():
            model.holders.pop(order_id, None)

    @rule(order=orders, buyer=st.sampled_from(BUYERS), code=st.sampled_from(CODES[:3]))
    def cancel_while_another_comes(self, order: tuple[str, UUID], buyer: str, code: str) -> None:
        owner, order_id = order
        before = self.left(code, buyer, Decimal("289.00"))
        _, placed = self.at_once(
            self.market.cancel(order_id, self.market.call(owner)),
            self.market.place((TENT, 1), promotions=[code], call=self.market.call(buyer)),
        )
        self.cancelled.add(order_id)
        for model in self.models.values():
            model.holders.pop(order_id, None)
        if isinstance(placed, Saved):
            assert self.left(code, buyer, Decimal("289.00")) > 0
            self.models[code].holders[placed.result.order_id] = buyer
        else:
            assert isinstance(placed, REFUSALS)
            assert before == 0

    @rule(code=st.sampled_from(CODES[:3]), limit=st.integers(1, 4))
    def change_the_limit(self, code: str, limit: int) -> None:
        model = self.models.get(code)
        if model and model.limit is not None and not model.ended:
            call = self.market.call("ada", staff=True)
            change = AmendPromotion(limit=limit)
            self.run(ordering.amend_promotion(change, call, promotion_id(code), store=self.market.store))
            model.limit = limit

    @rule(code=st.sampled_from(CODES[:3]))
    def end_one(self, code: str) -> None:
        if code in self.models:
            call = self.market.call("ada", staff=True)
            self.run(ordering.end_promotion(EndPromotion(), call, promotion_id(code), store=self.market.store))
            self.models[code].ended = True

    @rule(days=st.integers(1, 3))
    def days_go_by(self, days: int) -> None:
        self.market.clock.advance(timedelta(days=days))

    @rule(product=st.sampled_from([ROPE, STOVE]))
    def somebody_who_names_nothing_pays_in_full(self, product: UUID) -> None:
        (placed,) = self.at_once(self.market.place((product, 20)))
        order = self.run(self.market.store.load(ORDER, placed.result.order_id)).state
        assert total((line.discount for line in order.lines), "USD").amount == 0

    @invariant()
    def each_redemption_is_held_by_one_order_that_lives(self) -> None:
        for code, model in self.models.items():
            id = promotion_id(code)
            for buyer in BUYERS:
                held = self.run(self.market.store.load_many(REDEMPTIONS, [redemption_stream(id, buyer)]))
                (stream,) = held.values()
                assert {order for order, who in model.holders.items() if who == buyer} == stream.state.orders
            for order_id in model.holders:
                order = self.run(self.market.store.load(ORDER, order_id)).state
                assert code in order.promotions
                assert order.status is not Status.CANCELLED

    @invariant()
    def what_is_limited_in_all_is_counted(self) -> None:
        for code, model in self.models.items():
            id = promotion_id(code)
            tallies = self.run(self.market.store.load_many(TALLY, [redeemed_tally(id), returned_tally(id)]))
            redeemed, returned = (tallies[each(id)].state.count for each in (redeemed_tally, returned_tally))
            assert redeemed - returned == (len(model.holders) if model.limit is not None else 0)

    @invariant()
    def the_read_model_counts_what_is_held(self) -> None:
        rows = fold(PROMOTIONS, self.run(self.market.store.read("ordering", limit=10_000)))
        shown = {row.code: row.redeemed for row in rows.values()}
        assert shown == {code: len(model.holders) for code, model in self.models.items()}

    @invariant()
    def stored_history_rebuilds_each_promotion(self) -> None:
        for code in self.models:
            id = promotion_id(code)
            facts = self.run(self.market.store.history(PROMOTION, id, limit=10_000))
            state = PROMOTION.fold(Promotion(), restored(PROMOTION, [fact.event for fact in facts]))
            assert state == self.run(self.market.store.load(PROMOTION, id)).state


TestPromotions = cases(Promotions, "B40", "P12", examples=100, in_soak=1_000, steps=30)
