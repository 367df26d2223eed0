"""Baskets of several owners: used from several windows at once, merged, forgotten, ordered by processes that die.

The model is what each owner would say is in the basket.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from application import basket
from application.deadlines import BASKET_EXPIRY, Waiting
from application.offers import ProductWithdrawn
from application.store import Saved
from domain.basket import (
    BASKET,
    Basket,
    BasketCheckedOut,
    BasketEmpty,
    BasketFull,
    InvalidQuantity,
    MergePolicy,
    Rules,
    basket_id,
)
from domain.kernel import Refusal
from domain.ordering import ORDER
from domain.ordering import Rules as OrderRules
from tests.application.breaking import BasketsAway, Died
from tests.application.market import ROPE, STOVE, TENT, Market
from tests.laws import restored
from tests.machines.machine import Machine, cases

T = TypeVar("T")

FIVE = [TENT, STOVE, ROPE, UUID(int=8), UUID(int=9)]
BUYERS = ["alice", "bob"]
OWNERS = ["buyer:alice", "buyer:bob", "anonymous:7f3a"]
RULES = Rules(most_lines=4, most_quantity=9)
NO_LIMITS = OrderRules(least_total=Decimal(0), most_total=Decimal(10**9), most_pending=10**6)


@dataclass
class Model:
    """One owner's basket."""

    lines: dict[UUID, int] = field(default_factory=dict)
    changed: datetime | None = None
    """None while there is nothing that could expire."""
    unrecorded: dict[UUID, int] | None = None
    """What was ordered by a process that died before the basket knew of it."""
    version: int = 0
    """The basket's version when that process died."""

    def record(self, now: datetime) -> None:
        ordered, self.unrecorded = self.unrecorded or {}, None
        self.lines = {
            key: quantity - ordered.get(key, 0)
            for key, quantity in self.lines.items()
            if quantity > ordered.get(key, 0)
        }
        self.changed = now if self.lines else None


class Baskets(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.market = Market(NO_LIMITS)
        self.market.basket_rules = RULES
        for product in FIVE[3:]:
            self.market.catalogue.sell(product, "Thing", "19.99")
        self.models = {owner: Model() for owner in OWNERS}
        self.ordered: dict[str, dict[UUID, int]] = {buyer: {} for buyer in BUYERS}
        self.withdrawn: set[UUID] = set()

    def outcome(self, work: Coroutine[Any, Any, T]) -> T | type[BaseException]:
        """What comes back, or the kind of refusal."""
        try:
            return self.run(work)
        except (Refusal, Died) as error:
            return type(error)

    def version(self, owner: str) -> int:
        return self.run(basket.basket_of(owner, store=self.market.store)).version

    def refusal(self, owner: str, product: UUID, quantity: int) -> type[Refusal] | None:
        """Why a line with such a quantity would be refused."""
        lines = self.models[owner].lines
        if product in self.withdrawn:
            return ProductWithdrawn
        if quantity > RULES.most_quantity:
            return InvalidQuantity
        return BasketFull if product not in lines and len(lines) >= RULES.most_lines else None

    def put(self, owner: str, product: UUID, quantity: int) -> None:
        self.models[owner].lines[product] = quantity
        self.models[owner].changed = self.market.clock.now

    owners = st.sampled_from(OWNERS)
    buyers = st.sampled_from(BUYERS)
    products = st.sampled_from(FIVE)

    @rule(owner=owners, product=products, quantity=st.integers(1, 6))
    def add(self, owner: str, product: UUID, quantity: int) -> None:
        after = self.models[owner].lines.get(product, 0) + quantity
        done = self.outcome(self.market.add(product, quantity, owner=owner))
        if refused := self.refusal(owner, product, after):
            assert done is refused
        else:
            assert isinstance(done, Saved)
            self.put(owner, product, after)

    @rule(owner=owners, chosen=st.lists(products, min_size=2, max_size=5))
    def add_from_several_windows_at_once(self, owner: str, chosen: list[UUID]) -> None:
        async def all_at_once() -> list[Any]:
            adds = (self.market.add(product, owner=owner) for product in chosen)
            return await asyncio.gather(*adds, return_exceptions=True)

        outcomes = list(zip(chosen, self.run(all_at_once()), strict=True))
        added = [(done.versions[basket_id(owner)], product) for product, done in outcomes if isinstance(done, Saved)]
        for _, product in sorted(added):  # the order in which lines came in decides which of them a merge leaves out
            self.put(owner, product, self.models[owner].lines.get(product, 0) + 1)
        for _, done in outcomes:
            assert isinstance(done, Saved | ProductWithdrawn | InvalidQuantity | BasketFull)

    @rule(owner=owners, product=products, quantity=st.integers(1, 10))
    def set(self, owner: str, product: UUID, quantity: int) -> None:
        done = self.outcome(self.market.set(product, quantity, owner=owner))
        if refused := self.refusal(owner, product, quantity):
            assert done is refused
        else:
            assert isinstance(done, Saved)
            if done.events:
                self.put(owner, product, quantity)
            assert self.models[owner].lines[product] == quantity

    @rule(owner=owners, product=products)
    def remove(self, owner: str, product: UUID) -> None:
        call = self.market.call()
        self.run(basket.remove_item(basket.RemoveItem(), call, owner, product, store=self.market.store))
        if self.models[owner].lines.pop(product, None):
            self.models[owner].changed = self.market.clock.now

    @rule(owner=owners)
    def clear(self, owner: str) -> None:
        self.run(basket.clear(basket.ClearBasket(), self.market.call(), owner, store=self.market.store))
        if self.models[owner].lines:
            self.models[owner].lines = {}
            self.models[owner].changed = self.market.clock.now

    @rule(policy=st.sampled_from(MergePolicy), times=st.integers(1, 3))
    def merge(self, policy: MergePolicy, times: int) -> None:
        async def again_and_again() -> None:
            await asyncio.gather(*(self.market.merge(policy) for _ in range(times)))

        self.run(again_and_again())
        mine, theirs = self.models["buyer:alice"], self.models["anonymous:7f3a"]
        if not theirs.lines:
            return
        if policy is MergePolicy.KEEP_ANONYMOUS:
            mine.lines = {}
        if policy is not MergePolicy.KEEP_USER or not mine.lines:
            for product, quantity in theirs.lines.items():
                if product in mine.lines or len(mine.lines) < RULES.most_lines:
                    mine.lines[product] = min(RULES.most_quantity, mine.lines.get(product, 0) + quantity)
        mine.changed = self.market.clock.now
        theirs.lines, theirs.changed = {}, None

    @rule(product=products, cents=st.integers(1, 9999))
    def reprice(self, product: UUID, cents: int) -> None:
        self.market.catalogue.sell(product, "Thing", str(Decimal(cents).scaleb(-2)))
        self.withdrawn.discard(product)

    @rule(product=products)
    def withdraw(self, product: UUID) -> None:
        self.market.catalogue.withdraw(product)
        self.withdrawn.add(product)

    @rule(days=st.integers(1, 31))
    def days_go_by(self, days: int) -> None:
        self.market.clock.advance(timedelta(days=days))

    @rule(times=st.integers(1, 2))
    def the_ticker_comes_round(self, times: int) -> None:
        async def expire_all() -> None:
            call = self.market.call("system:deadlines")
            waiting: dict[UUID, Waiting | None] = {}
            for fact in await self.market.store.read("basket", limit=10_000):
                waiting[fact.stream] = BASKET_EXPIRY.evolve(waiting.get(fact.stream), fact)
            expiries = (
                basket.expire_basket(basket.ExpireBasket(), call, id, store=self.market.store, rules=RULES)
                for id in [id for id, each in waiting.items() if each] * times
            )
            await asyncio.gather(*expiries)

        self.run(expire_all())
        for model in self.models.values():
            if model.changed and self.market.clock.now - model.changed >= RULES.lifetime:
                model.lines, model.changed = {}, None

    @rule(buyer=buyers, times=st.integers(1, 3), dies=st.booleans())
    def check_out(self, buyer: str, times: int, dies: bool) -> None:
        owner = f"buyer:{buyer}"
        model, store = self.models[owner], self.market.store
        version = self.version(owner)
        unfinished = model.unrecorded is not None
        if unfinished and dies:
            return
        if dies:
            self.market.store = BasketsAway(store, Died())
            done = self.outcome(self.market.check_out(self.market.call(buyer)))
            self.market.store = store
        else:
            calls = [self.market.call(buyer, f"{buyer}-{version}-{number}") for number in range(times)]
            outcomes = self.at_once(*map(self.market.check_out, calls))
            done = next((each for each in outcomes if isinstance(each, Saved)), type(outcomes[0]))
        if unfinished and version != model.version:
            model.record(self.market.clock.now)
            unfinished = False
        elif unfinished:
            assert isinstance(done, Saved)
            model.record(self.market.clock.now)
            return
        if not model.lines:
            assert done is BasketEmpty
        elif self.withdrawn & model.lines.keys():
            assert done is ProductWithdrawn
        else:
            for product, quantity in model.lines.items():
                self.ordered[buyer][product] = self.ordered[buyer].get(product, 0) + quantity
            model.unrecorded, model.version = dict(model.lines), version
            if dies:
                assert done is Died
            else:
                assert isinstance(done, Saved)
                model.record(self.market.clock.now)

    @precondition(lambda self: any(model.unrecorded is not None for model in self.models.values()))
    @rule()
    def the_reactor_comes_round(self) -> None:
        self.run(self.market.react())
        for model in self.models.values():
            if model.unrecorded is not None:
                model.record(self.market.clock.now)

    @invariant()
    def each_basket_holds_what_its_owner_thinks(self) -> None:
        for owner, model in self.models.items():
            assert model.lines == self.run(self.market.content(owner))

    @invariant()
    def what_was_ordered_was_ordered_once(self) -> None:
        for buyer, expected in self.ordered.items():
            assert expected == self.run(self.units_of(buyer))

    @invariant()
    def stored_history_rebuilds_each_basket(self) -> None:
        for owner in OWNERS:
            facts = self.run(self.market.store.history(BASKET, basket_id(owner), limit=10_000))
            history = [fact.event for fact in facts]
            stream = self.run(basket.basket_of(owner, store=self.market.store))
            assert BASKET.fold(Basket(), restored(BASKET, list(history))) == stream.state
            orders = [event.order_id for event in history if isinstance(event, BasketCheckedOut)]
            assert len(orders) == len({*orders})

    async def units_of(self, buyer: str) -> dict[UUID, int]:
        units: dict[UUID, int] = {}
        for order_id in await self.market.orders():
            order = (await self.market.store.load(ORDER, order_id)).state
            for item in order.stock_items if order.buyer_id == buyer else ():
                units[item.product_id] = units.get(item.product_id, 0) + item.quantity
        return units


TestBaskets = cases(Baskets, "BAS-10", "BAS-11", "P12", examples=60, in_soak=2_000, steps=40)
