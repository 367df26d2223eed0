"""What is read of wallets: their buyers' alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given as drawn

from adapters.followers.bookmark import Pool
from domain.kernel import Event
from domain.payment import WALLET, DefaultChosen, MethodRemoved, MethodStored, wallet_stream
from projections.payment_methods import WALLETS, StoredMethods, wallet
from tests.domain.payment.examples import ALICE, METHOD
from tests.given import START, STREAM, given_facts
from tests.projections.payments import BOBS, OTHER, default, followed, stored
from tests.strategies.payment import WALLET_LIFE


@drawn(WALLET_LIFE.histories())
def test_what_is_shown_of_a_wallet_is_its_state(history: list[Event]) -> None:
    state = WALLET.fold(WALLET.initial, history)
    row = given_facts(WALLETS, *history).row(STREAM)
    if row is None:
        assert [] == history
        return

    assert list(state.methods) == [each.method_id for each in row.methods]
    assert state.default == row.default_method_id


@pytest.mark.anyio
@pytest.mark.proves("PAY-03")
async def test_a_wallet_is_its_buyers_alone(pool: Pool) -> None:
    mine, bobs = wallet_stream(ALICE), wallet_stream("bob")
    old = MethodStored(ALICE, OTHER, "sandbox-ok", "Amex", "0005", "2026-03")
    his = MethodStored("bob", BOBS, "sandbox-ok", "Visa", "1111", "2031-08")
    await followed(pool, (mine, stored), (mine, default), (mine, old), (bobs, his), (bobs, DefaultChosen("bob", BOBS)))
    async with pool.connection() as connection:
        hers = (await wallet(connection, ALICE, datetime(2026, 4, 1, tzinfo=UTC))).value
        assert (3, [(METHOD, True, True), (OTHER, False, False)]) == (
            hers.version,
            [(each.method_id, each.is_default, each.is_valid) for each in hers.methods],
        )
        nobodys = (await wallet(connection, "carol", START)).value
        assert (0, []) == (nobodys.version, nobodys.methods)

    methods = StoredMethods(pool)
    assert await methods.owns(ALICE, METHOD)
    assert await methods.owns("bob", BOBS)
    assert not await methods.owns("bob", METHOD)
    assert not await methods.owns("carol", METHOD)


@pytest.mark.anyio
@pytest.mark.proves("PAY-03")
async def test_a_method_that_was_removed_is_nobodys(pool: Pool) -> None:
    await followed(pool, *((wallet_stream(ALICE), event) for event in (stored, default, MethodRemoved(ALICE, METHOD))))

    assert not await StoredMethods(pool).owns(ALICE, METHOD)
