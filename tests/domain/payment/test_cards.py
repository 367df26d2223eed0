"""The numbers of cards are recognised however they are written, and nothing else is taken for one."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.payment.cards import holds_card_number

NUMBERS = {
    "Visa": "4111111111111111",
    "Visa of 13": "4222222222222",
    "Visa of 19": "4000000000000000006",
    "Mastercard": "5555555555554444",
    "Mastercard of the second series": "2223003122003222",
    "American Express": "378282246310005",
    "Diners Club": "30569309025904",
    "Discover": "6011111111111117",
    "JCB": "3530111333300000",
    "UnionPay": "6200000000000005",
    "Maestro": "6759649826438453",
}
every_number = pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)


def check_digit(digits: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value - 9 * (value > 9) for value in doubled) % 10)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """Of the large schemes, right to their check digit."""
    prefix, length = draw(st.sampled_from([("4", 16), ("4", 19), ("51", 16), ("2720", 16), ("34", 15), ("6011", 16)]))
    missing = length - len(prefix) - 1
    digits = prefix + draw(st.text("0123456789", min_size=missing, max_size=missing))
    return digits + check_digit(digits)


@pytest.mark.proves("PAY-12")
@every_number
@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "my card is {}, thanks",
        "No.{}",
        "{} 12/30 123",
        "{}.",
    ],
)
def test_a_number_is_found_in_a_text(number: str, written: str) -> None:
    assert holds_card_number(written.format(number))


@pytest.mark.proves("PAY-12")
@every_number
@pytest.mark.parametrize(
    "separator",
    [" ", "-", ".", " - ", "   ", "\u00a0", "\u2013", "\u200b", "/", "\n", ":", ";", "|", "*", "=", "+"],
)
def test_a_number_is_found_however_it_is_grouped(number: str, separator: str) -> None:
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    if len(groups[-1]) < 3:
        groups[-2:] = ["".join(groups[-2:])]

    assert holds_card_number(separator.join(groups))
    assert holds_card_number(separator.join(number))


@pytest.mark.proves("PAY-12")
@every_number
@pytest.mark.parametrize("separator", [" ", "#", " ~ ", "<|>", "     "])
def test_where_nobody_writes_prose_a_number_is_found_in_groups_of_any_size(number: str, separator: str) -> None:
    for size in (1, 2, 5):
        written = separator.join(number[start : start + size] for start in range(0, len(number), size))
        assert holds_card_number(written, prose=False)


def test_digits_between_letters_are_no_number_of_a_card() -> None:
    assert not holds_card_number("tok_4111a1111b1111c1111", prose=False)


def test_digits_of_every_script_count() -> None:
    assert holds_card_number("".join(chr(ord("\uff10") + int(digit)) for digit in NUMBERS["Visa"]))
    assert holds_card_number("".join(chr(ord("\u0660") + int(digit)) for digit in NUMBERS["Visa"]))


@pytest.mark.proves("PAY-12")
@given(card_numbers(), st.sampled_from(["{}", "x{}y", "a {} b", "{}, 01/31"]))
def test_any_number_of_a_scheme_is_found(number: str, written: str) -> None:
    assert holds_card_number(written.format(number))


@given(card_numbers(), st.integers(1, 9))
def test_a_wrong_digit_makes_it_none(number: str, added: int) -> None:
    wrong = number[:-1] + str((int(number[-1]) + added) % 10)

    assert not holds_card_number(wrong)


@given(st.uuids())
def test_an_id_is_none(id: UUID) -> None:
    assert not holds_card_number(str(id))


def accounts() -> st.SearchStrategy[str]:
    """Numbers of bank accounts with a card's number in them, right to their check digits."""
    return st.builds(
        lambda country, number, rest: f"{country}{iban_digits(country, number + rest)}{number}{rest}",
        st.sampled_from(["DE", "ES", "PL", "GB"]),
        card_numbers(),
        st.text("0123456789ABZ", max_size=10),
    )


def iban_digits(country: str, account: str) -> str:
    number = "".join(str(int(sign, 36)) for sign in f"{account}{country}00")
    return f"{98 - int(number) % 97:02}"


@given(accounts(), st.sampled_from(["{}", "to {}, please", "IBAN: {}."]), st.booleans())
def test_the_number_of_a_bank_account_is_none(account: str, written: str, grouped: bool) -> None:
    if grouped:
        account = " ".join(account[start : start + 4] for start in range(0, len(account), 4))

    assert not holds_card_number(written.format(account))


@pytest.mark.proves("PAY-12")
@pytest.mark.parametrize("text", ["DE00 4111 1111 1111 1111 34", "DE89 3704 0044 0532 0130 00 4111 1111 1111 1111"])
def test_what_only_looks_like_a_bank_account_hides_none(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize("text", ["+4111 1111 1111 1111", "+41 79 123 45 67 4111111111111111"])
def test_a_plus_hides_none(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "00000000-0000-4000-4111-111111111111",
        "parka-00000000-0000-4000-4111-111111111111",
        "Brand 4A9B4111-1111-1111-1111-0C0FFEE00000, and 4a9b4111-1111-1111-1111-0c0ffee00000",
        "parka_4111111111111111c0ffee0000000000",
    ],
)
def test_an_id_in_a_name_is_none(text: str) -> None:
    assert not holds_card_number(text)


@given(st.decimals(0, 999_999_999_999, places=4) | st.dates() | st.datetimes())
def test_neither_an_amount_nor_a_moment_is_one(value: Decimal | object) -> None:
    assert not holds_card_number(str(value)[:20])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "JD014600003828",
        "+4222222222222",  # a telephone number that would add up
        "Room 12, +4222222222222",
        "12 St James's Square, London SW1Y 4JH",
        "9EQ-YX4-TAF",
        "EAN 4006381330060",  # which would add up as a Visa of 13 digits, and of which none are issued any more
        "1111111111111111",
        "0000000000000000",
        "12345678901234567890123456",
    ],
)
def test_what_people_write_otherwise_is_none(text: str) -> None:
    assert not holds_card_number(text)


@pytest.mark.parametrize("piece", ["1 ", "4 ", "44 ", "444 ", "4444 ", "4111111111111112 ", "4", "  4", "+4 "])
def test_a_text_as_long_as_a_body_is_searched_to_its_end(piece: str) -> None:
    digits = piece * (250_000 // len(piece))

    assert not holds_card_number(digits)
    assert holds_card_number(f"{digits} and {NUMBERS['Visa']}")
