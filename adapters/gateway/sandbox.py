"""A payment gateway that moves no money and says so. What it does is told by the token that is paid with.

| token | what happens |
|---|---|
| `sandbox-ok` | the money is held, taken, let go and paid back as asked |
| `sandbox-declined`, `sandbox-expired-card`, `sandbox-stolen-card` | no money is held |
| `sandbox-capture-refused` | money is held, but cannot be taken |
| `sandbox-refund-refused` | money is taken, but not paid back |
| `sandbox-slow` | each answer takes a second |
| `sandbox-timeout-before` | the first call of each kind is lost, and has no effect |
| `sandbox-timeout-after` | the first call of each kind has its effect, but its answer is lost |
| `sandbox-late` | the first call of each kind is not answered, and has its effect when nobody waits for it any more |
| `sandbox-twice` | each call arrives twice at the same moment |

Any other token is declined.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self
from uuid import UUID, uuid5

import structlog
from msgspec.structs import replace

from adapters.gateway.book import Authorise, Capture, Order, Refund, Void
from adapters.gateway.ledger import Ledger
from application.payment.gateway import GatewayUnanswered
from domain.money import Money
from domain.payment import Accepted, Answer

_GO_WRONG_AT_FIRST = frozenset({"sandbox-timeout-before", "sandbox-timeout-after", "sandbox-late"})
_IDS = UUID("5f8f9e0a-7d5e-5c46-9a51-2f1c3a7f0b64")

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class SandboxGateway:
    """Implements `application.payment.gateway.PaymentGateway`. An asynchronous context manager."""

    name = "sandbox"

    def __init__(
        self, ledger: Ledger, *, slow: float = 1.0, late: float = 15.0, clock: Callable[[], datetime] = _now
    ) -> None:
        """`slow`: seconds that a slow answer takes; `late`: seconds until a late call has its effect."""
        self._ledger = ledger
        self._slow = slow
        self._late = late
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    @staticmethod
    def transaction_of(authorise_key: str) -> str:
        """What the gateway calls the sum that this call asks for, known before it is asked."""
        return _id("sb", authorise_key)

    async def authorise(self, key: str, amount: Money, token: str) -> Answer:
        return await self._call(key, Authorise(self.transaction_of(key), amount, token), token)

    async def capture(self, key: str, transaction_id: str, amount: Money) -> Answer:
        return await self._call(key, Capture(transaction_id, amount), await self._token(transaction_id))

    async def void(self, key: str, authorise_key: str) -> Answer:
        id = self.transaction_of(authorise_key)
        return await self._call(key, Void(id), await self._token(id))

    async def refund(self, key: str, transaction_id: str, amount: Money) -> Answer:
        order = Refund(transaction_id, _id("sbr", key), amount)
        return await self._call(key, order, await self._token(transaction_id))

    async def find(self, key: str) -> Answer | None:
        answer = await self._ledger.find(key)
        if isinstance(answer, Accepted) and answer.settles_at:
            return replace(answer, settled=answer.settles_at <= self._clock())
        return answer

    async def _call(self, key: str, order: Order, token: str) -> Answer:
        goes_wrong = token in _GO_WRONG_AT_FIRST and await self._ledger.arrive(key) == 1
        match token:
            case "sandbox-slow":
                await asyncio.sleep(self._slow)
            case "sandbox-twice":
                first, _ = await asyncio.gather(self._ledger.carry_out(key, order), self._ledger.carry_out(key, order))
                return first
            case "sandbox-timeout-before" if goes_wrong:
                await _never()
            case "sandbox-timeout-after" if goes_wrong:
                await self._ledger.carry_out(key, order)
                await _never()
            case "sandbox-late" if goes_wrong:
                task = asyncio.create_task(self._carry_out_late(key, order))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
                await _never()
        return await self._ledger.carry_out(key, order)

    async def _carry_out_late(self, key: str, order: Order) -> None:
        await asyncio.sleep(self._late)
        try:
            await self._ledger.carry_out(key, order)
        except GatewayUnanswered as error:
            log.warning("late call lost", key=key, error=str(error))

    async def _token(self, id: str) -> str:
        entry = await self._ledger.entry(id)
        return entry.token if entry else ""


async def _never() -> None:
    """No answer: whoever waits for it gives up in its own time."""
    await asyncio.Event().wait()


def _id(kind: str, key: str) -> str:
    """What the gateway calls the sum that this call is about; an entry is found by what asked for it."""
    return f"{kind}_{uuid5(_IDS, key).hex}"
