"""Order numbers that people read out on the telephone."""

from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ordering import InvalidOrderNumber, number

ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(st.uuids(), st.integers(0, 3))
def test_a_number_is_short_and_can_be_typed_in_any_way(origin: UUID, attempt: int) -> None:
    drawn = number.draw(origin, attempt)

    assert len(drawn) == 11
    assert drawn == number.parse(drawn)
    assert drawn == number.parse(f" {drawn.lower().replace('-', '')} ".replace("1", "l"))


@given(st.uuids())
def test_the_same_origin_draws_the_same_number_and_another_attempt_another(origin: UUID) -> None:
    assert number.draw(origin) == number.draw(origin, 0) != number.draw(origin, 1)
    assert number.order_id(number.draw(origin)) == number.order_id(number.draw(origin))


@given(st.uuids(), st.integers(0, 8), st.sampled_from(ALPHABET))
def test_each_single_wrong_character_is_found(origin: UUID, place: int, wrong: str) -> None:
    compact = number.draw(origin).replace("-", "")
    mistyped = compact[:place] + wrong + compact[place + 1 :]
    if mistyped != compact:
        with pytest.raises(InvalidOrderNumber):
            number.parse(mistyped)


@given(st.uuids(), st.integers(0, 8), st.integers(0, 8))
def test_each_swap_of_two_characters_is_found(origin: UUID, one: int, other: int) -> None:
    swapped = list(number.draw(origin).replace("-", ""))
    swapped[one], swapped[other] = swapped[other], swapped[one]
    if "".join(swapped) != number.draw(origin).replace("-", ""):
        with pytest.raises(InvalidOrderNumber):
            number.parse("".join(swapped))


@pytest.mark.parametrize("text", ["", "K7Q", "K7Q-2M9-XD", "OOO-OOO-OOO", "K7Q-2M9-XD4-1", "é" * 9, "1" * 10**6])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidOrderNumber):
        number.parse(text)


def test_numbers_do_not_follow_one_another() -> None:
    drawn = [number.draw(uuid5(UUID(int=1), str(version))) for version in range(1000)]

    assert len(set(drawn)) == 1000
    assert sorted(drawn) != drawn
    assert {char for each in drawn for char in each} <= set(ALPHABET) | {"-"}
