"""Baskets and orders on a store in memory, with a clock that stands until it is moved and prices that change."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from adapters.eventstore.memory import MemoryEventStore
from application import basket, ordering
from application.basket import AddItem, BasketSummary
from application.checkout import CheckOut, check_out
from application.ordering import AnyDiscount, OrderReceipt, ShippingAddress, Till
from application.ports import Offer
from application.publishing import publish
from application.reactors import FINISH_CHECK_OUT
from application.store import Call, EventStore, Idempotency, Saved, Tracking, VersionConflict
from application.tariff import flat
from application.wire import Price
from domain.basket import CONTEXT as BASKETS
from domain.basket import MergePolicy
from domain.basket import Rules as BasketRules
from domain.money import Money
from domain.ordering import CONTEXT as ORDERS
from domain.ordering import Order, OrderEvent, Rules, allocate, authorise, confirm_stock, pay, request_validation

TENT, STOVE, ROPE, OLD = (UUID(int=number) for number in range(1, 5))
ADDRESS = ShippingAddress("Alice Alpine", "1 Ridge Road", "Innsbruck", "6020", "AT", "Tyrol")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


class Catalogue:
    """The `Pricing` port over a dict."""

    def __init__(self) -> None:
        self.known: dict[UUID, Offer] = {}

    def sell(self, product_id: UUID, name: str, price: str, currency: str = "USD", available: bool = True) -> None:
        money = Money.parse(price, currency)
        self.known[product_id] = Offer(product_id, name, money, None, available, len(self.known) + 1)

    def withdraw(self, product_id: UUID) -> None:
        self.known[product_id] = replace(self.known[product_id], available=False)

    async def offers(self, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
        return {each: self.known[each] for each in product_ids if each in self.known}


class Shelves:
    """The `Stock` port over a dict: plenty of all that is not said to be scarce."""

    def __init__(self) -> None:
        self.scarce: dict[UUID, int] = {}

    async def available(self, product_ids: Sequence[UUID]) -> dict[UUID, int]:
        return {each: self.scarce.get(each, 1_000_000) for each in product_ids}


class Wallets:
    """The `PaymentMethods` port over a set."""

    def __init__(self) -> None:
        self.owned: set[tuple[str, UUID]] = set()

    async def owns(self, buyer_id: str, payment_method_id: UUID) -> bool:
        return (buyer_id, payment_method_id) in self.owned


class Market:
    def __init__(self, rules: Rules | None = None) -> None:
        self.clock = Clock()
        self.store: EventStore = MemoryEventStore([BASKETS, ORDERS], clock=self.clock)
        self.catalogue = Catalogue()
        self.catalogue.sell(TENT, "Storm Tent", "289.00")
        self.catalogue.sell(STOVE, "Pocket Stove", "34.50")
        self.catalogue.sell(ROPE, "Rope", "1.25")
        self.catalogue.sell(OLD, "Old Lamp", "9.00", available=False)
        self.basket_rules = BasketRules()
        quote = flat(Decimal("0.08"), Decimal("4.90"), Decimal("50.00"))
        self.shelves, self.wallets = Shelves(), Wallets()
        self.till = Till(self.catalogue, quote, self.shelves, self.wallets, rules or Rules(), "USD")
        self._ids = 0

    def new_id(self) -> UUID:
        self._ids += 1
        return uuid5(UUID(int=0), str(self._ids))

    def call(
        self, actor: str = "alice", key: str | None = None, *, expected: int | None = None, staff: bool = False
    ) -> Call:
        known = key and Idempotency(key, actor, "test", hashlib.sha256(b"body").digest())
        roles = frozenset({"staff" if staff else "customer"})
        return Call(actor, self.clock.now, "test", roles=roles, idempotency=known or None, expected=expected)

    # Baskets

    async def add(
        self, product_id: UUID = TENT, quantity: int = 1, call: Call | None = None, owner: str = "buyer:alice"
    ) -> Saved[BasketSummary]:
        return await basket.add_item(
            AddItem(product_id, quantity),
            call or self.call(),
            owner,
            store=self.store,
            pricing=self.catalogue,
            rules=self.basket_rules,
        )

    async def set(
        self, product_id: UUID, quantity: int, call: Call | None = None, owner: str = "buyer:alice"
    ) -> Saved[BasketSummary]:
        return await basket.set_quantity(
            basket.SetQuantity(quantity),
            call or self.call(),
            owner,
            product_id,
            store=self.store,
            pricing=self.catalogue,
            rules=self.basket_rules,
        )

    async def merge(self, policy: MergePolicy = MergePolicy.SUM, call: Call | None = None) -> Saved[basket.Merged]:
        return await basket.merge(
            basket.MergeBasket(policy),
            call or self.call(),
            "buyer:alice",
            "anonymous:7f3a",
            store=self.store,
            rules=self.basket_rules,
        )

    async def content(self, owner: str = "buyer:alice") -> dict[UUID, int]:
        state = (await basket.basket_of(owner, store=self.store)).state
        return {line.product_id: line.quantity for line in state.lines.values()}

    # Orders

    async def check_out(
        self, call: Call | None = None, expected_total: str | None = None, promotions: Sequence[str] = ()
    ) -> Saved[OrderReceipt]:
        call = call or self.call()
        price = Price(expected_total, "USD") if expected_total else None
        return await check_out(
            CheckOut(ADDRESS, price, tuple(promotions)), call, f"buyer:{call.actor}", store=self.store, till=self.till
        )

    async def place(
        self,
        *lines: tuple[UUID, int],
        call: Call | None = None,
        expected_total: str | None = None,
        promotions: Sequence[str] = (),
        payment_method_id: UUID | None = None,
    ) -> Saved[OrderReceipt]:
        price = Price(expected_total, "USD") if expected_total else None
        asked = tuple(ordering.OrderLine(*line) for line in lines)
        cmd = ordering.PlaceOrder(asked, ADDRESS, price, tuple(promotions), payment_method_id)
        return await ordering.place_order(
            cmd, call or self.call(), store=self.store, till=self.till, new_id=self.new_id
        )

    async def promote(self, code: str, discount: AnyDiscount | None = None, **terms: Any) -> UUID:
        """A promotion of ten per cent, unless another discount is given."""
        cmd = ordering.CreatePromotion(code=code, discount=discount or ordering.PercentageDiscount("10"), **terms)
        call = self.call("ada", staff=True)
        saved = await ordering.create_promotion(cmd, call, store=self.store, currency="USD")
        return saved.result.promotion_id

    async def cancel(self, order_id: UUID, call: Call | None = None, comment: str = "") -> Saved[OrderReceipt]:
        return await ordering.cancel_order(
            ordering.CancelOrder(comment), call or self.call(), order_id, store=self.store
        )

    async def drive(self, order_id: UUID, *decisions: Callable[[Order], list[OrderEvent]]) -> list[Any]:
        """What stock, payment and parcels will do: decides on an order, anew when it lost a race."""
        call = self.call("system:fulfilment", staff=True)
        for _ in range(20):
            order = await ordering.order_of(call, order_id, store=self.store)
            for decision in decisions:
                order.add(decision(order.state))
            try:
                streams = await ordering.with_others([order], store=self.store)
                return list((await self.store.save(*streams, call=call, result=None)).events)
            except VersionConflict:
                continue
        raise AssertionError("the race was never won")

    async def paid(self, order_id: UUID) -> None:
        taken = partial(pay, payment_id=order_id)
        await self.drive(order_id, request_validation, confirm_stock, authorise, allocate, taken)

    async def react(self) -> None:
        """What the engine does with the reactor that finishes check-outs."""
        reactor = FINISH_CHECK_OUT
        after = await self.store.tracked(reactor.name, reactor.source, context=reactor.target)
        facts = await self.store.read(reactor.source, after=after)
        messages = [each for fact in facts for each in publish(fact) if isinstance(each.contract, reactor.contracts)]
        if facts:
            streams = await reactor.react(messages, self.store)
            tracking = Tracking(reactor.name, reactor.source, facts[-1].position)
            call = self.call(reactor.actor)
            await self.store.save(*streams, call=call, result=None, tracking=tracking, context=reactor.target)

    async def orders(self) -> list[UUID]:
        return [fact.stream for fact in await self.store.read("ordering", limit=10_000, tags=["ordering.OrderPlaced"])]
