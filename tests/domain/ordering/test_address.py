"""Where an order can go."""

import pytest
from msgspec.structs import replace

from domain.kernel import InvalidText
from domain.ordering import cleaned
from tests.domain.ordering.examples import ADDRESS


def test_an_address_is_kept_clean() -> None:
    messy = replace(ADDRESS, recipient="  Alice Alpine ", city="Innsbru\u0063\u006b\n".strip(), street="1 Ridge Road\n")

    assert ADDRESS == cleaned(messy)


def test_a_region_is_not_needed() -> None:
    assert cleaned(replace(ADDRESS, region=" ")).region == ""


@pytest.mark.proves("B19", "B20", "B21", "B22")
@pytest.mark.parametrize("field", ["recipient", "street", "city", "postal_code", "country"])
@pytest.mark.parametrize("bad", ["", "   ", "a\0b", "\ud800", "x" * 1000])
def test_a_field_that_is_empty_or_unreadable_is_refused_by_its_name(field: str, bad: str) -> None:
    with pytest.raises(InvalidText) as caught:
        cleaned(replace(ADDRESS, **{field: bad}))

    assert caught.value.fields == {"path": f"address.{field}"}


@pytest.mark.parametrize("country", ["de", "Germany", "D", "D1", "ÄÖ"])
def test_a_country_is_two_capital_letters(country: str) -> None:
    with pytest.raises(InvalidText) as caught:
        cleaned(replace(ADDRESS, country=country))

    assert caught.value.fields == {"path": "address.country"}
