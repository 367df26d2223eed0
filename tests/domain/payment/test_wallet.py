"""What buyers keep to pay with: tokens, and never a card."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all

from domain.kernel import Event, InvalidText
from domain.payment import (
    WALLET,
    DefaultChosen,
    InvalidMethod,
    Method,
    MethodExpired,
    MethodNotFound,
    MethodRemoved,
    MethodStored,
    Rules,
    TooManyMethods,
    Wallet,
    choose_default,
    remove,
    store,
    wallet_stream,
)
from tests.domain.payment.examples import ALICE, NOW, RULES
from tests.given import given
from tests.strategies.payment import WALLET_LIFE

VISA, AMEX, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
visa = MethodStored(ALICE, VISA, "sandbox-ok", "Visa", "4242", "2031-08")
amex = MethodStored(ALICE, AMEX, "sandbox-slow", "American Express", "0005", "2026-03")
chosen = DefaultChosen(ALICE, VISA)
BOTH: list[Event] = [visa, chosen, amex]


def card(**more: Any) -> dict[str, Any]:
    given_card = {"token": "sandbox-ok", "brand": "Visa", "last_four": "4242", "expiry": "2031-08"}
    return given_card | {"now": NOW, "rules": RULES} | more


@pytest.mark.proves("PAY-03", "PAY-12")
def test_a_method_is_stored_as_a_token_and_the_first_one_is_the_default() -> None:
    given(WALLET).when(store, ALICE, VISA, **card(brand=" Visa ")).then(visa, chosen)
    other = card(token="sandbox-slow", brand="American Express", last_four="0005", expiry="2026-03")
    given(WALLET, [visa, chosen]).when(store, ALICE, AMEX, **other).then(amex)


def test_what_was_stored_or_removed_before_is_not_stored_again() -> None:
    given(WALLET, BOTH).when(store, ALICE, VISA, **card(token="another")).then()
    given(WALLET, [*BOTH, MethodRemoved(ALICE, AMEX)]).when(store, ALICE, AMEX, **card()).then()


def test_a_wallet_remembers_what_was_removed_for_a_while() -> None:
    """Long enough for whoever repeats a command; it is in each snapshot."""
    ids = [UUID(int=number) for number in range(1, 201)]
    removals: list[Event] = [MethodRemoved(ALICE, id) for id in ids]
    wallet = given(WALLET, [*BOTH, *removals]).when(remove, ALICE, ids[-1]).then()

    assert 100 == len(wallet.removed)
    given(WALLET, [*BOTH, *removals]).when(remove, ALICE, ids[0]).refused(MethodNotFound)


def test_removing_the_default_makes_the_method_stored_last_the_default() -> None:
    given(WALLET, BOTH).when(remove, ALICE, VISA).then(MethodRemoved(ALICE, VISA), DefaultChosen(ALICE, AMEX))
    given(WALLET, BOTH).when(remove, ALICE, AMEX).then(MethodRemoved(ALICE, AMEX))
    given(WALLET, [visa, chosen]).when(remove, ALICE, VISA).then(MethodRemoved(ALICE, VISA))
    given(WALLET, [visa, chosen, MethodRemoved(ALICE, VISA)]).when(remove, ALICE, VISA).then()


def test_a_default_is_one_of_the_methods() -> None:
    given(WALLET, BOTH).when(choose_default, ALICE, AMEX).then(DefaultChosen(ALICE, AMEX))
    given(WALLET, BOTH).when(choose_default, ALICE, VISA).then()
    given(WALLET, BOTH).when(choose_default, ALICE, OTHER).refused(MethodNotFound, method_id=str(OTHER))
    given(WALLET, BOTH).when(remove, ALICE, OTHER).refused(MethodNotFound)


@pytest.mark.parametrize(
    ("wrong", "refusal", "path"),
    [
        ({"token": " "}, InvalidText, "token"),
        ({"brand": "V\0"}, InvalidText, "brand"),
        ({"last_four": "424"}, InvalidMethod, "last_four"),
        ({"last_four": "42424"}, InvalidMethod, "last_four"),
        ({"last_four": "٤٢٤٢"}, InvalidMethod, "last_four"),
        ({"expiry": "2031-13"}, InvalidMethod, "expiry"),
        ({"expiry": "08/31"}, InvalidMethod, "expiry"),
    ],
)
def test_what_describes_no_card_is_refused(wrong: dict[str, str], refusal: type[InvalidText], path: str) -> None:
    given(WALLET).when(store, ALICE, VISA, **card(**wrong)).refused(refusal, path=path)


def test_a_card_is_valid_until_the_end_of_its_month() -> None:
    given(WALLET).when(store, ALICE, AMEX, **card(expiry="2026-02")).refused(MethodExpired, expiry="2026-02")
    given(WALLET).when(store, ALICE, VISA, **card(expiry="2026-03")).then(
        MethodStored(ALICE, VISA, "sandbox-ok", "Visa", "4242", "2026-03"), chosen
    )


def test_a_wallet_holds_so_many() -> None:
    few = card(rules=Rules(most_methods=2))
    given(WALLET, BOTH).when(store, ALICE, OTHER, **few).refused(TooManyMethods, most=2)


def test_an_order_is_paid_by_the_method_it_names_or_by_the_default_while_it_is_valid() -> None:
    wallet = WALLET.fold(Wallet(), BOTH)
    april = datetime(2026, 4, 1, tzinfo=UTC)

    def taken(method_id: UUID | None, now: datetime) -> UUID | None:
        method = wallet.chosen(method_id, now)
        return method.method_id if method else None

    assert [VISA, AMEX, None] == [taken(each, NOW) for each in (None, AMEX, OTHER)]
    assert [VISA, None] == [taken(each, april) for each in (None, AMEX)]
    assert Wallet().chosen(None, NOW) is None
    assert wallet.chosen(VISA, NOW) == Method(VISA, "sandbox-ok", "Visa", "4242", "2031-08")


def test_each_buyer_has_a_wallet_of_their_own() -> None:
    assert wallet_stream("alice") == wallet_stream("alice") != wallet_stream("bob")


@for_all(WALLET_LIFE.histories(20))
def test_a_wallet_with_methods_has_one_of_them_as_its_default(history: list[Event]) -> None:
    wallet = WALLET.fold(Wallet(), history)

    assert wallet.default in wallet.methods if wallet.methods else wallet.default is None
