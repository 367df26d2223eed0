"""A shop of real processes on one database: an API, followers that are killed, and people who ask it over HTTP."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.gateway.ledger import PostgresLedger
from adapters.postgres.embedded.ports import free_port
from api.tokens import Role, Tokens
from domain import inventory, ordering, payment
from domain.ordering import ORDER, Order
from domain.payment import PAYMENT, Payment
from tests.system.shop import COMMAND, environment
from tests.waiting import meanwhile

SECRET = "a key for tests of the shop, known to all"
ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}
SECONDS = 60.0


@dataclass
class Following:
    """A process of followers."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def is_at_work(self) -> bool:
        """It has taken a lease."""
        return b"follower taken" in self.log.read_bytes()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Selling:
    """One shop. Whoever asks it over HTTP has a token of their own."""

    database_url: str
    home: Path
    settings: dict[str, str]
    store: PostgresEventStore
    client: httpx.AsyncClient
    ledger: PostgresLedger
    followers: deque[Following] = field(default_factory=deque)
    kills: int = 0

    @classmethod
    @asynccontextmanager
    async def at(cls, database_url: str, home: Path, **settings: str) -> AsyncIterator["Selling"]:
        """With its API open and nobody following yet. `settings` as in the environment."""
        port = free_port()
        given = environment(home, port) | {
            "DATABASE_URL": database_url,
            "STORELINE_SECRET": SECRET,
            "STORELINE_LOG_LEVEL": "error",
            "STORELINE_GRACE_PERIOD": "100ms",
            "STORELINE_GATEWAY_TIMEOUT": "1s",  # whoever was killed in a call is waited for three times as long
            "STORELINE_ORDER_PENDING": "1000",
            "STORELINE_RESERVATIONS": "1000",
            "STORELINE_POOL_MAX": "6",  # the server of the tests has a hundred connections for all of them
            **settings,
        }
        async with AsyncExitStack() as opened:
            serving = opened.enter_context(_process([*COMMAND, "serve", *_tied()], given, home / "serve.log"))
            store = PostgresEventStore(CONTEXTS, {context.name: database_url for context in CONTEXTS})
            await opened.enter_async_context(store)
            ledger = await opened.enter_async_context(PostgresLedger(database_url))
            client = httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                timeout=30,
                limits=httpx.Limits(max_connections=100),
                trust_env=False,
            )
            await opened.enter_async_context(client)
            shop = cls(database_url, home, given, store, client, ledger)
            opened.callback(shop.kill_followers)
            await shop._until_live(serving)
            yield shop

    # Processes

    def follow(self, *only: str, **environment: str) -> Following:
        """One more process of followers."""
        command = [sys.executable, "-m", "tests.faults.mortal", *only]
        given = self.settings | environment | {"STORELINE_TEST_PARENT": str(os.getpid())}
        log = self.home / f"follow-{uuid4().hex}.log"
        with log.open("wb") as sink:
            self.followers.append(Following(subprocess.Popen(command, env=given, stdout=sink, stderr=sink), log))
        return self.followers[-1]

    def kill_followers(self) -> None:
        while self.followers:
            self.followers.popleft().kill()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        self.follow()
        yield
        self.kill_followers()

    @asynccontextmanager
    async def following_though_killed(self, after: float = 1.0) -> AsyncIterator[None]:
        """So long after it took over, the process that works is killed, again and again; others wait for that."""

        async def reap() -> None:
            while True:
                while not (at_work := [each for each in self.followers if each.is_at_work]):
                    await asyncio.sleep(0.05)
                await asyncio.sleep(after)
                self.followers.remove(at_work[0])
                at_work[0].kill()
                self.kills += 1
                self.follow()

        for _ in range(2):
            self.follow()
        try:
            async with meanwhile(reap()):
                yield
        finally:
            self.kill_followers()

    def said(self) -> str:
        logs = sorted(self.home.glob("*.log"), key=lambda path: path.stat().st_mtime)
        return "".join(path.read_text(errors="replace")[-4000:] for path in logs[-3:])

    # What people ask for

    def headers(self, subject: str, *roles: Role, key: str | None = None) -> dict[str, str]:
        token = Tokens(SECRET).mint(
            subject, frozenset(roles or ("customer",)), now=datetime.now(UTC), lifetime=timedelta(hours=1)
        )
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}

    async def post(self, path: str, subject: str, body: object, *roles: Role, key: str | None = None) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self.headers(subject, *roles, key=key))

    async def stocked(self, units: int, price: str = "19.99") -> UUID:
        """A new product with so many units, that the catalogue's read models know of."""
        await self.until(self.ready)
        body = {"name": "Alpine Parka", "slug": f"parka-{uuid4()}", "sku": f"AP-{uuid4().hex[:20]}"}
        item = body | {"price": {"amount": price, "currency": "USD"}}
        listed = await self.post("/v1/catalog/items", "sam", item, "staff")
        assert listed.status_code == 201, listed.text
        id = listed.json()["id"]
        await self.until(lambda: self.shows(f"/v1/catalog/items/{id}"))
        received = {"items": [{"product_id": id, "quantity": units}]}
        taken = await self.post("/v1/inventory/receipts", "sam", received, "admin")
        assert taken.is_success, taken.text
        await self.until(lambda: self.shows(f"/v1/catalog/items/{id}", availability="in-stock"))
        return UUID(id)

    async def ready(self) -> bool:
        return (await self.client.get("/health/ready")).is_success

    async def shows(self, path: str, **fields: object) -> bool:
        answer = await self.client.get(path, headers={"Cache-Control": "no-cache"})
        return answer.is_success and fields.items() <= answer.json().items()

    async def store_card(self, buyer: str, token: str = "sandbox-ok") -> None:  # noqa: S107 - a sandbox's, no secret
        card = {"token": token, "brand": "Visa", "last_four": "4242", "expiry": "2099-12"}
        stored = await self.post("/v1/payment-methods", buyer, card)
        assert stored.is_success, stored.text

    async def order(self, buyer: str, product: UUID, units: int = 1, key: str | None = None) -> httpx.Response:
        body = {"lines": [{"product_id": str(product), "quantity": units}], "address": ADDRESS}
        return await self.post("/v1/orders", buyer, body, key=key)

    async def gather(self, work: Sequence[Awaitable[Any]], together: int = 100) -> list[Any]:
        """As many at once as there are links."""
        gate = asyncio.Semaphore(together)

        async def one(each: Awaitable[Any]) -> Any:
            async with gate:
                return await each

        return await asyncio.gather(*map(one, work))

    # What there is

    async def orders(self) -> dict[UUID, Order]:
        return await self._all(ORDER, "ordering", "ordering.OrderPlaced")

    async def payments(self) -> dict[UUID, Payment]:
        return await self._all(PAYMENT, "payment", "payment.PaymentRequested")

    async def cancellations(self) -> list[ordering.OrderCancelled]:
        facts = await self.store.read("ordering", limit=100_000, tags=["ordering.OrderCancelled"])
        return [fact.event for fact in facts if isinstance(fact.event, ordering.OrderCancelled)]

    async def shelf(self, product: UUID) -> inventory.Shelf:
        return (await self.store.load(inventory.SHELF, product)).state

    async def statuses(self) -> Counter[str]:
        return Counter(str(order.status) for order in (await self.orders()).values())

    async def at_rest(self) -> bool:
        """No order waits for anything, and the gateway is not to be called, but for when money will have arrived."""
        if any(order.status in ordering.PENDING for order in (await self.orders()).values()):
            return False
        due = (state.due for state in (await self.payments()).values())
        return all(each is None or each.step is payment.Step.SETTLE for each in due)

    async def until(self, condition: Callable[[], Awaitable[object]], seconds: float = SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not await condition():
            assert time.monotonic() < deadline, f"{await self.statuses()} {self.said()}"
            await asyncio.sleep(0.1)

    async def _all(self, aggregate: Any, context: str, tag: str) -> dict[UUID, Any]:
        after, found = 0, []
        while facts := await self.store.read(context, after=after, limit=2000, tags=[tag]):
            found += [fact.stream for fact in facts]
            after = facts[-1].position
        states: dict[UUID, Any] = {}
        for start in range(0, len(found), 500):
            streams = await self.store.load_many(aggregate, found[start : start + 500])
            states |= {id: stream.state for id, stream in streams.items()}
        return states

    async def _until_live(self, serving: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + SECONDS
        while True:
            with suppress(httpx.TransportError):
                if (await self.client.get("/health/live")).is_success:
                    return
            assert serving.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            await asyncio.sleep(0.1)


def _tied() -> list[str]:
    return ["--parent", str(os.getpid())]


@contextmanager
def _process(command: Sequence[str], given: dict[str, str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=given, stdout=sink, stderr=sink)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
