"""Payments are made with an account that can neither rewrite their log nor make a schema."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import errors

from adapters.databases import Databases
from adapters.eventstore.store import PostgresEventStore
from adapters.gateway.ledger import PostgresLedger
from adapters.gateway.sandbox import SandboxGateway
from domain.payment import CONTEXT, RefundStatus, Status
from tests.application.cashier import Cashier, paid
from tests.services.postgres import least_rights

pytestmark = [pytest.mark.anyio, pytest.mark.proves("PAY-13")]


@pytest.fixture
def account_url(migrated_database_url: str) -> Iterator[str]:
    with least_rights(migrated_database_url, "payment") as url:
        yield url


@pytest.fixture
async def cashier(account_url: str) -> AsyncIterator[Cashier]:
    async with (
        PostgresEventStore([CONTEXT], {"payment": account_url}) as store,
        PostgresLedger(account_url) as ledger,
        SandboxGateway(ledger) as gateway,
    ):
        yield Cashier(store, gateway)


async def test_a_payment_is_held_taken_and_paid_back(cashier: Cashier) -> None:
    await paid(cashier)
    await cashier.refund()
    await cashier.work()

    payment = await cashier.state()
    assert payment.status is Status.CAPTURED
    assert [RefundStatus.MADE] == [each.status for each in payment.refunds.values()]


def test_the_shop_starts_with_it(account_url: str) -> None:
    Databases({"payment": account_url, "sandbox_gateway": account_url}).check_migrated()


@pytest.mark.parametrize("statement", ["DROP TABLE sandbox_gateway.entries", "DELETE FROM sandbox_gateway.calls"])
def test_nothing_is_taken_out_of_the_books(account_url: str, statement: str) -> None:
    with psycopg.connect(account_url) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())
