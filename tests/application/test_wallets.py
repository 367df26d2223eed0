"""Wallets: everybody has one, their own, and what they do twice they do once."""

import asyncio

import pytest

from application.payment import ChooseDefaultMethod, RemoveMethod, choose_default_method, remove_method
from domain.kernel import StaleVersion
from domain.payment import WALLET, MethodNotFound, MethodStored, Wallet, wallet_stream
from tests.application.cashier import Cashier

pytestmark = pytest.mark.anyio


async def wallet(cashier: Cashier, buyer: str = "alice") -> Wallet:
    return (await cashier.store.load(WALLET, wallet_stream(buyer))).state


@pytest.mark.proves("PAY-03")
async def test_a_method_that_is_stored_twice_by_one_key_is_stored_once(cashier: Cashier) -> None:
    outcomes = await asyncio.gather(*(cashier.card(key="one") for _ in range(5)))

    assert len({each.result.method_id for each in outcomes}) == 1
    assert len((await wallet(cashier)).methods) == 1
    await cashier.card(key="two")
    assert len((await wallet(cashier)).methods) == 2


@pytest.mark.proves("PAY-03")
async def test_a_buyer_chooses_a_default_and_removes_methods(cashier: Cashier) -> None:
    first, second = [(await cashier.card()).result.method_id for _ in range(2)]
    assert (await wallet(cashier)).default == first
    store, call = cashier.store, cashier.call()
    chosen = await choose_default_method(ChooseDefaultMethod(), call, second, store=store)
    assert chosen.result.default_id == second
    removed = await remove_method(RemoveMethod(), call, second, store=store)
    assert removed.result.default_id == first
    assert (await remove_method(RemoveMethod(), call, second, store=store)).events == ()
    assert (await remove_method(RemoveMethod(), call, first, store=store)).result.default_id is None


async def test_nobody_has_a_say_in_anothers_wallet(cashier: Cashier) -> None:
    method = (await cashier.card()).result.method_id
    bob = cashier.call("bob")
    with pytest.raises(MethodNotFound):
        await choose_default_method(ChooseDefaultMethod(), bob, method, store=cashier.store)
    with pytest.raises(MethodNotFound):
        await remove_method(RemoveMethod(), bob, method, store=cashier.store)

    assert method in (await wallet(cashier)).methods


async def test_an_expected_version_is_checked(cashier: Cashier) -> None:
    method = (await cashier.card()).result.method_id
    with pytest.raises(StaleVersion):
        await remove_method(RemoveMethod(), cashier.call(expected=1), method, store=cashier.store)


@pytest.mark.proves("PAY-12")
async def test_what_is_kept_of_a_card_is_its_token_brand_last_four_digits_and_expiry(cashier: Cashier) -> None:
    await cashier.card()
    (stored,) = await cashier.store.read("payment", tags=["payment.MethodStored"])

    assert isinstance(stored.event, MethodStored)
    kept = {"buyer_id", "method_id", "token", "brand", "last_four", "expiry"}
    assert kept == set(type(stored.event).__struct_fields__)
