"""The sandbox gateway, with its books in memory and in Postgres: a gateway like any other, and as bad as one asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.gateway.book import ACCEPTED, REFUSED, State
from adapters.gateway.ledger import Ledger, MemoryLedger, PostgresLedger
from adapters.gateway.sandbox import SandboxGateway
from application.payment import GatewayUnanswered
from domain.payment import Accepted, Answer, Rejected
from tests.contracts.gateway import TOTAL, GatewayContract, key, transaction
from tests.money import usd

pytestmark = pytest.mark.anyio

SHORT = 0.05
"""Seconds that a caller waits for an answer that never comes."""


@pytest.fixture
def token() -> str:
    return "sandbox-ok"


@pytest.fixture
def declined_token() -> str:
    return "sandbox-declined"


class TestInMemory(GatewayContract):
    @pytest.fixture
    def gateway(self) -> SandboxGateway:
        return SandboxGateway(MemoryLedger())


class TestInPostgres(GatewayContract):
    @pytest.fixture
    async def gateway(self, migrated_database_url: str) -> AsyncIterator[SandboxGateway]:
        async with PostgresLedger(migrated_database_url) as ledger, SandboxGateway(ledger) as sandbox:
            yield sandbox


@pytest.fixture
def books() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def sandbox(books: MemoryLedger) -> SandboxGateway:
    return SandboxGateway(books, slow=0, late=0)


async def charged(ledger: Ledger) -> Decimal:
    return sum((entry.charged for entry in (await ledger.entries()).values()), Decimal(0))


async def unanswered(call: Awaitable[Answer]) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SHORT):
            await call


@pytest.mark.parametrize("token", sorted(REFUSED))
async def test_a_token_that_is_refused_says_why(sandbox: SandboxGateway, token: str) -> None:
    assert await sandbox.authorise(key(), TOTAL, token) == Rejected(REFUSED[token])


async def test_a_token_that_nobody_knows_is_refused(sandbox: SandboxGateway) -> None:
    assert await sandbox.authorise(key(), TOTAL, "tok_visa") == Rejected("unknown-token")


@pytest.mark.parametrize("token", sorted(ACCEPTED))
async def test_every_token_that_is_accepted_pays_in_the_end(
    sandbox: SandboxGateway, books: MemoryLedger, token: str
) -> None:
    async def patiently(step: str, *args: object) -> Answer:
        """As a shop would: an answer that does not come is asked for, and then the call is made again."""
        asked = key(step)
        for _ in range(3):
            try:
                async with asyncio.timeout(SHORT):
                    return await sandbox.find(asked) or await getattr(sandbox, step)(asked, *args)
            except TimeoutError:
                continue
        raise AssertionError("no answer ever came")

    held = await patiently("authorise", TOTAL, token)
    taken = await patiently("capture", transaction(held), TOTAL)
    if token == "sandbox-capture-refused":
        assert taken == Rejected("capture-refused")
        assert await charged(books) == 0
        return
    assert await charged(books) == TOTAL.amount
    back = await patiently("refund", transaction(taken), usd("60.45"))
    if token == "sandbox-refund-refused":
        assert back == Rejected("refund-refused")
    else:
        assert isinstance(back, Accepted)
        assert await charged(books) == Decimal("300.00")


async def test_a_lost_call_has_no_effect_and_a_lost_answer_has_one(
    sandbox: SandboxGateway, books: MemoryLedger
) -> None:
    before, after = key(), key()
    await unanswered(sandbox.authorise(before, TOTAL, "sandbox-timeout-before"))
    await unanswered(sandbox.authorise(after, TOTAL, "sandbox-timeout-after"))

    assert await sandbox.find(before) is None
    assert isinstance(await sandbox.find(after), Accepted)
    assert [State.HELD] == [entry.state for entry in (await books.entries()).values()]


async def test_a_late_call_has_its_effect_when_nobody_waits_any_more(books: MemoryLedger) -> None:
    sandbox = SandboxGateway(books, late=2 * SHORT)
    late = key()
    await unanswered(sandbox.authorise(late, TOTAL, "sandbox-late"))
    assert await sandbox.find(late) is None
    async with asyncio.timeout(5):
        while await sandbox.find(late) is None:
            await asyncio.sleep(SHORT)

    assert isinstance(await sandbox.find(late), Accepted)


async def test_a_late_call_whose_key_was_closed_meanwhile_holds_nothing(books: MemoryLedger) -> None:
    sandbox = SandboxGateway(books, late=2 * SHORT)
    late = key()
    await unanswered(sandbox.authorise(late, TOTAL, "sandbox-late"))
    assert isinstance(await sandbox.void(key(), late), Accepted)
    async with asyncio.timeout(5):
        while await sandbox.find(late) is None:
            await asyncio.sleep(SHORT)

    assert await sandbox.find(late) == Rejected("closed")
    assert [State.CLOSED] == [entry.state for entry in (await books.entries()).values()]


async def test_closing_ends_what_is_late(books: MemoryLedger) -> None:
    async with SandboxGateway(books, late=60) as sandbox:
        await unanswered(sandbox.authorise(key(), TOTAL, "sandbox-late"))

    assert await books.entries() == {}


@pytest.mark.proves("PAY-08")
async def test_money_that_was_taken_is_paid_out_after_a_while() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    moments = [now]
    ledger = MemoryLedger(settles_after=timedelta(days=2), clock=lambda: moments[-1])
    sandbox = SandboxGateway(ledger, clock=lambda: moments[-1])
    asked = key()
    await sandbox.capture(asked, transaction(await sandbox.authorise(key(), TOTAL, "sandbox-ok")), TOTAL)

    paid_out = []
    for days in (0, 1, 2):
        moments.append(now + timedelta(days=days))
        found = await sandbox.find(asked)
        assert isinstance(found, Accepted)
        paid_out.append(found.settled)
    assert paid_out == [False, False, True]


async def test_several_processes_share_the_books(migrated_database_url: str) -> None:
    asked = key()
    async with PostgresLedger(migrated_database_url) as one, PostgresLedger(migrated_database_url) as other:
        gateways = [SandboxGateway(ledger) for ledger in (one, other)]
        held = await asyncio.gather(*(each.authorise(asked, TOTAL, "sandbox-ok") for each in gateways * 4))
        (id,) = {transaction(answer) for answer in held}
        taken = await asyncio.gather(*(each.capture(key(), id, TOTAL) for each in gateways * 4))

        assert sum(isinstance(answer, Accepted) for answer in taken) == 1
        assert await charged(one) == await charged(other) == TOTAL.amount


async def test_a_database_that_is_away_is_a_gateway_that_does_not_answer() -> None:
    async with PostgresLedger("host=127.0.0.1 port=1 connect_timeout=1") as ledger:
        with pytest.raises(GatewayUnanswered):
            await SandboxGateway(ledger).authorise(key(), TOTAL, "sandbox-ok")


async def test_the_books_outlive_those_who_write_them(migrated_database_url: str) -> None:
    asked = key()
    async with PostgresLedger(migrated_database_url) as ledger:
        await unanswered(SandboxGateway(ledger).authorise(asked, TOTAL, "sandbox-timeout-after"))
    async with PostgresLedger(migrated_database_url) as ledger:
        sandbox = SandboxGateway(ledger)
        found = await sandbox.find(asked)

        assert found == await sandbox.authorise(asked, TOTAL, "sandbox-timeout-after")
        assert len(await ledger.entries()) == 1
