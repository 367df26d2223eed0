"""A whole shop in memory: its contexts, what works between them, a gateway with moods, and a clock that is moved."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid5

from adapters.contexts import CONTEXTS
from adapters.eventstore.memory import MemoryEventStore
from adapters.followers.follower import Page
from adapters.followers.reactor import ReactorFollower, react
from adapters.gateway.ledger import MemoryLedger
from adapters.gateway.sandbox import SandboxGateway
from application import inventory as stock
from application import ordering
from application.deadlines import (
    AMENDMENT_TIMEOUT,
    GRACE_PERIOD,
    ORDER_TIMEOUT,
    PAYMENT_EXPIRY,
    PAYMENT_OUTSTANDING,
    PAYMENT_SETTLEMENT,
    RESERVATION_EXPIRY,
    Deadline,
    Waiting,
)
from application.ordering import OrderLine, OrderReceipt, PlaceOrder, ShippingAddress, Till
from application.payment.gateway import GatewayUnanswered
from application.payment.working import ExpirePayment, WorkPayment, expire_payment, work_payment
from application.publishing import publish
from application.reactors import reactors
from application.store import Call, Overtaken, Saved, VersionConflict
from application.tariff import flat
from domain import inventory, payment
from domain import ordering as orders
from domain.inventory import RESERVATION, SHELF
from domain.inventory.shelf import decisions as shelves
from domain.kernel import Fact
from domain.ordering import ORDER, Order
from domain.payment import PAYMENT, WALLET, Answer, Payment, wallet_stream
from tests.application.market import Catalogue, Clock, Shelves, Wallets

T = TypeVar("T")

ADDRESS = ShippingAddress("Alice Alpine", "1 Ridge Road", "Innsbruck", "6020", "AT", "Tyrol")
ORDER_RULES = orders.Rules(most_pending=50, grace_period=timedelta(seconds=10))
STOCK_RULES = inventory.Rules()
PAYMENT_RULES = payment.Rules(answer_within=timedelta(seconds=5))
LONG = timedelta(hours=1)
"""Longer than anything may wait."""
RIGHT = timedelta(0)
OFF = [sign * off for off in (timedelta(hours=1), timedelta(days=3653)) for sign in (1, -1)]
"""How wrong the clock of a process may be: by an hour, by ten years."""


class Killed(BaseException):
    """A process dies here. Nobody catches this."""


class MoodyGateway(SandboxGateway):
    """The sandbox, with a mood for each of the next calls, and well afterwards; it never keeps anybody waiting."""

    def __init__(self, ledger: MemoryLedger, clock: Clock) -> None:
        super().__init__(ledger, clock=clock)
        self.moods: deque[str] = deque()
        self.late: list[Coroutine[Any, Any, Answer]] = []
        """Calls that nobody waits for any more, and that have yet to arrive."""

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name not in {"authorise", "capture", "void", "refund", "find"}:
            return method
        return lambda *arguments: self._in_mood(lambda: method(*arguments))

    async def _in_mood(self, call: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        mood = self.moods.popleft() if self.moods else "well"
        match mood:
            case "lost":
                raise GatewayUnanswered(mood)
            case "late":
                self.late.append(call())
                raise GatewayUnanswered(mood)
            case "deaf":
                await call()
                raise GatewayUnanswered(mood)
            case "twice":
                answers = await asyncio.gather(call(), call())
                return answers[0]
            case "killed before":
                raise Killed
            case "killed after":
                await call()
                raise Killed
            case _:
                return await call()

    async def let_late_calls_arrive(self) -> None:
        arriving, self.late = self.late, []
        for call in arriving:
            await call

    def close(self) -> None:
        for call in self.late:
            call.close()


class World:
    """Whatever happens in it happens because somebody asked for it: followers and time stand still until then."""

    def __init__(self, products: Iterable[UUID]) -> None:
        self.clock = Clock()
        """That of every process that is not off."""
        self.wrong = RIGHT
        """By how much the clock of the databases is off."""
        self.store = MemoryEventStore(CONTEXTS, clock=lambda: self.clock.now + self.wrong)
        self.catalogue = Catalogue()
        for number, product_id in enumerate(products, 1):
            self.catalogue.sell(product_id, f"Product {number}", f"{10 * number}.50")
        quote = flat(Decimal("0.08"), Decimal("4.90"), Decimal("50.00"))
        self.till = Till(self.catalogue, quote, Shelves(), Wallets(), ORDER_RULES, "USD")
        self.ledger = MemoryLedger(settles_after=timedelta(hours=2), clock=self.clock)
        self.gateway = MoodyGateway(self.ledger, self.clock)
        self.reactors = {each.name: each for each in reactors(STOCK_RULES, "sandbox")}
        self._acts: dict[str, tuple[Deadline, timedelta, Callable[[Call, UUID], Coroutine[Any, Any, Any]]]] = {
            deadline.name: (deadline, patience, act)
            for deadline, patience, act in (
                (GRACE_PERIOD, ORDER_RULES.grace_period, self._end_grace_period),
                (ORDER_TIMEOUT, ORDER_RULES.timeout, self._cancel_stale),
                (AMENDMENT_TIMEOUT, ORDER_RULES.timeout, self._end_amendment),
                (RESERVATION_EXPIRY, STOCK_RULES.lifetime, self._expire_reservation),
                (PAYMENT_OUTSTANDING, timedelta(0), self._work_payment),
                (PAYMENT_SETTLEMENT, timedelta(0), self._work_payment),
                (PAYMENT_EXPIRY, PAYMENT_RULES.timeout, self._expire_payment),
            )
        }
        self._ids = 0

    @property
    def deadlines(self) -> list[str]:
        return list(self._acts)

    def new_id(self) -> UUID:
        self._ids += 1
        return uuid5(UUID(int=0), str(self._ids))

    def call(self, actor: str, *, staff: bool = False) -> Call:
        return Call(actor, self.clock.now, "test", roles=frozenset({"staff" if staff else "customer"}))

    # What people do

    async def receive(self, product_id: UUID, quantity: int) -> int:
        """How many units were taken in."""
        shelf = (await self.store.load_many(SHELF, [product_id]))[product_id]
        shelf.add(shelves.receive(shelf.state, quantity))
        before = shelf.state.on_hand - quantity
        await self.store.save(shelf, call=self.call("sam", staff=True), result=None)
        return shelf.state.on_hand - before

    async def store_card(self, buyer: str, token: str) -> None:
        """The buyer pays with this from now on."""
        id = wallet_stream(buyer)
        wallet = (await self.store.load_many(WALLET, [id]))[id]
        method = uuid5(id, token)
        wallet.add(
            payment.store(
                wallet.state,
                buyer,
                method,
                token=token,
                brand="Visa",
                last_four="4242",
                expiry="2099-12",
                now=self.clock.now,
                rules=PAYMENT_RULES,
            )
        )
        wallet.add(payment.choose_default(wallet.state, buyer, method))
        await self.store.save(wallet, call=self.call(buyer), result=None)

    async def place(self, buyer: str, *lines: tuple[UUID, int]) -> Saved[OrderReceipt]:
        cmd = PlaceOrder(tuple(OrderLine(*line) for line in lines), ADDRESS)
        return await ordering.place_order(cmd, self.call(buyer), store=self.store, till=self.till, new_id=self.new_id)

    async def cancel(self, order_id: UUID) -> Saved[OrderReceipt]:
        return await ordering.cancel_order(
            ordering.CancelOrder(), self.call("sam", staff=True), order_id, store=self.store
        )

    async def ship(self, order_id: UUID) -> Saved[OrderReceipt]:
        cmd = ordering.ShipOrder("DHL", "JD014600003828")
        return await ordering.ship_order(cmd, self.call("sam", staff=True), order_id, store=self.store)

    # What is done without people

    async def follow(self, name: str, most: int, off: timedelta = RIGHT) -> bool:
        """The reactor takes in its next page, of so many facts at most; False where there is none.

        Raises VersionConflict where somebody else was faster. The clock of its process may be `off`.
        """
        follower = ReactorFollower(self.reactors[name], self.store, clock=lambda: self.clock.now + off)
        after = await follower.position()
        facts = await self.store.read(follower.context, after=after, limit=most)
        if not facts:
            return False
        end = facts[-1].position
        if await follower.handle(Page(facts, after, end)) < end:
            await follower.handle(Page((), after, end))
        return True

    async def follow_again(self, name: str, first: int, most: int) -> None:
        """The reactor hears a page that it has heard before, as it does after a crash or from RabbitMQ."""
        reactor = self.reactors[name]
        end = await self.store.tracked(name, reactor.source, context=reactor.target)
        facts = [fact for fact in await self.store.read(reactor.source, limit=10_000) if fact.position <= end]
        heard = [
            message
            for fact in facts[first : first + most]
            for message in publish(fact)
            if type(message.contract) in reactor.contracts
        ]
        await react(reactor, heard, self.store, self.clock.now)

    async def tick(self, name: str, off: timedelta = RIGHT) -> bool:
        """What is due by this deadline, all at once; False where nothing is. The clock of its process may be `off`."""
        _, _, act = self._acts[name]
        due = await self.due(name, off)
        call = Call("system:deadlines", self.clock.now + off, "test")
        outcomes = await asyncio.gather(*(act(call, each.stream) for each in due), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, Killed):
                raise outcome
        return bool(due)

    async def due(self, name: str, off: timedelta = RIGHT) -> list[Waiting]:
        _, patience, _ = self._acts[name]
        return [each for each in await self.waiting(name) if each.is_due(patience, self.clock.now + off)]

    async def waiting(self, name: str) -> list[Waiting]:
        """What the deadline's read model says."""
        deadline, *_ = self._acts[name]
        rows: dict[UUID, Waiting | None] = {}
        for fact in await self.store.read(deadline.context, limit=100_000):
            if type(fact.event) in deadline.events:
                rows[fact.stream] = deadline.evolve(rows.get(fact.stream), fact)
        return [row for row in rows.values() if row]

    async def calm_down(self) -> None:
        """The gateway is well, late calls arrive, nobody crashes, and everybody has all the time that they need."""
        await self.gateway.let_late_calls_arrive()
        self.gateway.moods.clear()
        for _ in range(4):
            self.clock.advance(LONG)
            await self.until_nothing_happens()
        # Money is paid out when the gateway has said, however far the clock was set back since.
        promised = [each.settles_at for each in (await self.payments()).values() if each.settles_at]
        if (last := max(promised, default=self.clock.now)) > self.clock.now:
            self.clock.advance(last - self.clock.now)
            await self.until_nothing_happens()

    async def until_nothing_happens(self) -> None:
        for _ in range(200):
            before = [await self.store.head(context.name) for context in CONTEXTS]
            for name in self.reactors:
                while await self.follow(name, 500):
                    pass
            for name in self._acts:
                await self.tick(name)
            if before == [await self.store.head(context.name) for context in CONTEXTS]:
                return
        raise AssertionError("something happens again and again")

    async def _end_grace_period(self, call: Call, id: UUID) -> object:
        return await ordering.end_grace_period(ordering.EndGracePeriod(), call, id, store=self.store, rules=ORDER_RULES)

    async def _cancel_stale(self, call: Call, id: UUID) -> object:
        cmd = ordering.CancelStaleOrder()
        return await ordering.cancel_stale_order(cmd, call, id, store=self.store, rules=ORDER_RULES)

    async def _end_amendment(self, call: Call, id: UUID) -> object:
        return await ordering.end_amendment(ordering.EndAmendment(), call, id, store=self.store, rules=ORDER_RULES)

    async def _expire_reservation(self, call: Call, id: UUID) -> object:
        cmd = stock.ExpireReservation()
        return await stock.expire_reservation(cmd, call, id, store=self.store, rules=STOCK_RULES)

    async def _work_payment(self, call: Call, id: UUID) -> object:
        return await work_payment(WorkPayment(), call, id, store=self.store, gateway=self.gateway, rules=PAYMENT_RULES)

    async def _expire_payment(self, call: Call, id: UUID) -> object:
        return await expire_payment(ExpirePayment(), call, id, store=self.store, rules=PAYMENT_RULES)

    # What there is

    async def facts(self, context: str) -> list[Fact[Any]]:
        return list(await self.store.read(context, limit=1_000_000))

    async def orders(self) -> dict[UUID, Order]:
        return await self._all(ORDER, "ordering")

    async def payments(self) -> dict[UUID, Payment]:
        return await self._all(PAYMENT, "payment")

    async def shelves(self) -> dict[UUID, inventory.Shelf]:
        return await self._all(SHELF, "inventory")

    async def reservations(self) -> dict[UUID, inventory.Reservation]:
        """By their orders."""
        return {each.order_id: each for each in (await self._all(RESERVATION, "inventory")).values()}

    async def shipped(self) -> list[inventory.ReservationShipped]:
        events = (fact.event for fact in await self.facts("inventory"))
        return [event for event in events if isinstance(event, inventory.ReservationShipped)]

    async def charged(self) -> Decimal:
        """What the gateway's books say that the buyers have paid, refunds taken off."""
        return sum((entry.charged for entry in (await self.ledger.entries()).values()), Decimal(0))

    async def _all(self, aggregate: Any, context: str) -> dict[UUID, Any]:
        streams = {fact.stream for fact in await self.facts(context)}
        found = await self.store.load_many(aggregate, list(streams))
        return {id: stream.state for id, stream in found.items() if not stream.foreign and stream.version}


async def in_spite_of_races(attempt: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
    """What a follower does that loses a race: nothing now, and the same again later."""
    try:
        return await attempt()
    except (VersionConflict, Overtaken):
        return None


def believed(state: Payment) -> Decimal:
    """What the shop believes that the buyer has paid, refunds taken off."""
    if state.status not in payment.TAKEN:
        return Decimal(0)
    made = (each.amount.amount for each in state.refunds.values() if each.is_gone)
    return state.amount.amount - sum(made, Decimal(0))
