"""Payments on a store in memory, with the sandbox gateway, a clock that is moved, and ordering's news."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from adapters.eventstore.memory import MemoryEventStore
from adapters.gateway.book import Entry
from adapters.gateway.ledger import MemoryLedger
from adapters.gateway.sandbox import SandboxGateway
from application import payment as use_cases
from application.contracts import (
    AmendmentRejected,
    Contract,
    Message,
    OrderAllocated,
    OrderCancelled,
    OrderStockConfirmed,
    RefundDue,
)
from application.deadlines import PAYMENT_EXPIRY, PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT, Deadline, Waiting
from application.payment import MethodReceipt, PaymentGateway, PaymentReceipt, RefundReceipt
from application.payment.reacting import MoneyNews, take_payments
from application.publishing import publish
from application.store import Call, EventStore, Idempotency, Saved
from application.wire import Price
from domain.kernel import Event
from domain.payment import CONTEXT, PAYMENT, Payment, Rules
from tests.application.market import Clock
from tests.money import usd

ORDER, OTHER_ORDER, AMENDMENT, REFUND = (UUID(int=number) for number in range(1, 5))
RULES = Rules(answer_within=timedelta(seconds=0.03))


GOOD = "sandbox-ok"
TOTAL = usd("360.45")

# What ordering tells
confirmed = OrderStockConfirmed(ORDER, "alice", TOTAL)
allocated = OrderAllocated(ORDER, "alice")
cancelled = OrderCancelled(ORDER, "alice", "buyer", ())
more_confirmed = OrderStockConfirmed(ORDER, "alice", usd("34.50"), amendment_id=AMENDMENT)
more_allocated = OrderAllocated(ORDER, "alice", AMENDMENT)
more_rejected = AmendmentRejected(ORDER, "alice", AMENDMENT)

# What happened to a payment
HELD = ["PaymentRequested", "GatewayCalled", "PaymentAuthorised"]
TAKEN = [*HELD, "CaptureRequested", "GatewayCalled", "PaymentCaptured"]


def refund_due(amount: str, refund_id: UUID = REFUND) -> RefundDue:
    return RefundDue(ORDER, "alice", ORDER, refund_id, usd(amount), "returned")


class Cashier:
    def __init__(self, store: EventStore | None = None, gateway: PaymentGateway | None = None) -> None:
        self.clock = Clock()
        self.store: EventStore = store or MemoryEventStore([CONTEXT], clock=self.clock)
        self.ledger = MemoryLedger(settles_after=timedelta(days=2), clock=self.clock)
        self.gateway = gateway or SandboxGateway(self.ledger, slow=0, clock=self.clock)
        self._ids = 0

    def new_id(self) -> UUID:
        self._ids += 1
        return uuid5(UUID(int=0), str(self._ids))

    def call(self, actor: str = "alice", key: str | None = None, *, expected: int | None = None) -> Call:
        known = Idempotency(key, actor, "test", hashlib.sha256(b"body").digest()) if key else None
        return Call(actor, self.clock.now, "test", idempotency=known, expected=expected)

    async def card(self, token: str = GOOD, buyer: str = "alice", key: str | None = None) -> Saved[MethodReceipt]:
        cmd = use_cases.StoreMethod(token, "Visa", "4242", "2031-08")
        call = self.call(buyer, key)
        return await use_cases.store_method(cmd, call, store=self.store, rules=RULES, new_id=self.new_id)

    async def hear(self, *news: MoneyNews) -> list[Event]:
        """What the reactor does with a page of messages; the events that it decided."""
        messages = [
            Message(each, self.new_id(), "ordering", each.order_id, number, self.clock.now, "test", "test")
            for number, each in enumerate(news, 1)
        ]
        streams = await take_payments(messages, self.store, gateway="sandbox")
        saved = await self.store.save(*streams, call=self.call("system:test"), result=None, context="payment")
        return list(saved.events)

    async def work(self, payment_id: UUID = ORDER, *, at: datetime | None = None) -> Saved[PaymentReceipt] | None:
        call = Call("system:deadlines", at or self.clock.now, "test")
        cmd = use_cases.WorkPayment()
        return await use_cases.work_payment(cmd, call, payment_id, store=self.store, gateway=self.gateway, rules=RULES)

    async def expire(self, payment_id: UUID = ORDER) -> Saved[PaymentReceipt]:
        cmd = use_cases.ExpirePayment()
        call = self.call("system:deadlines")
        return await use_cases.expire_payment(cmd, call, payment_id, store=self.store, rules=RULES)

    async def waiting(self, deadline: Deadline) -> dict[UUID, datetime]:
        """Which payments wait, and since when, as the deadline's read model says it."""
        rows: dict[UUID, Waiting | None] = {}
        for fact in await self.store.read("payment", limit=100_000):
            if type(fact.event) in deadline.events:
                rows[fact.stream] = deadline.evolve(rows.get(fact.stream), fact)
        return {id: row.since for id, row in rows.items() if row}

    async def tick(self) -> bool:
        """What the tickers do in one round; False where nothing is due."""
        due = [
            id
            for deadline in (PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT)
            for id, since in (await self.waiting(deadline)).items()
            if since <= self.clock.now
        ]
        for id in due:
            await self.work(id)
        long_ago = self.clock.now - RULES.timeout
        late = [id for id, since in (await self.waiting(PAYMENT_EXPIRY)).items() if since <= long_ago]
        for id in late:
            await self.expire(id)
        return bool(due or late)

    async def come_to_rest(self) -> None:
        """Time goes by until there is nothing left to do."""
        for _ in range(50):
            if not await self.tick():
                waiting = {**await self.waiting(PAYMENT_OUTSTANDING), **await self.waiting(PAYMENT_SETTLEMENT)}
                if not waiting:
                    return
                self.clock.now = max(self.clock.now, min(waiting.values()))
        raise AssertionError("it never ends")

    async def refund(
        self, amount: str | None = None, key: str | None = None, *, expected: int | None = None
    ) -> Saved[RefundReceipt]:
        cmd = use_cases.RefundPayment(Price(amount, "USD") if amount else None)
        call = self.call("sam", key, expected=expected)
        return await use_cases.refund_payment(
            cmd, call, ORDER, store=self.store, rules=RULES, currency="USD", new_id=self.new_id
        )

    # What there is

    async def state(self, payment_id: UUID = ORDER) -> Payment:
        return (await self.store.load_many(PAYMENT, [payment_id]))[payment_id].state

    async def happened(self, payment_id: UUID = ORDER) -> list[str]:
        return [type(fact.event).__name__ for fact in await self.store.history(PAYMENT, payment_id)]

    async def told(self) -> list[Contract]:
        facts = await self.store.read("payment", limit=100_000)
        return [message.contract for fact in facts for message in publish(fact)]

    async def entries(self) -> Sequence[Entry]:
        return list((await self.ledger.entries()).values())

    async def charged(self) -> str:
        return str(sum((entry.charged for entry in await self.entries()), Decimal(0)))


async def requested(cashier: Cashier, token: str = GOOD) -> None:
    await cashier.card(token)
    await cashier.hear(confirmed)


async def paid(cashier: Cashier, token: str = GOOD) -> None:
    await requested(cashier, token)
    await cashier.work()
    await cashier.hear(allocated)
    await cashier.work()
