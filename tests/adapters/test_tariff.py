"""A tariff in a file: read exactly, or refused with a line that says what is wrong."""

from pathlib import Path
from uuid import UUID

import pytest

from adapters import tariff
from adapters.settings import SettingsError, load
from adapters.tariff import read_tariff
from application.ports import Destination, QuoteLine
from application.tariff import InvalidTariff
from domain.money import Money

BOOKS = UUID("0199f3a1-7c00-7a10-8a51-0000000000c1")
TABLES = f"""
home = "DE"
tax = [
    {{ rate = 0 }},
    {{ country = "DE", rate = 0.19 }},
    {{ country = "DE", category = "{BOOKS}", rate = "0.07" }},
    {{ country = "US", region = "California", rate = 0.0725 }},
]
shipping = [
    {{ country = "DE", amount = 4.90 }},
    {{ country = "DE", from = 50, amount = 0 }},
]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tariff.toml"


@pytest.fixture
def written(file: Path) -> Path:
    file.write_text(TABLES)
    return file


@pytest.mark.anyio
async def test_rates_and_amounts_are_read_as_they_are_written(written: Path) -> None:
    lines = [
        QuoteLine(UUID(int=1), Money.parse("10.10", "EUR"), Money.zero("EUR"), categories)
        for categories in ((), (BOOKS,))
    ]
    read = read_tariff(written)
    here = await read.quote(lines, None, "EUR")
    there = await read.quote(lines, Destination("DE", "Hessen"), "EUR")

    assert ["1.92", "0.71"] == [str(each.amount) for each in here.taxes]
    assert "4.90" == str(here.shipping.amount)
    assert here == there


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tax = [", "Invalid value"),
        ("", "missing required field `tax`"),
        (TABLES.replace("0.0725", '"7 %"'), "Invalid decimal string"),
        (TABLES.replace("0.19", "1.9"), "a rate is from 0 to 1"),
        (TABLES.replace('"US"', '"us"'), "matching regex"),
        (TABLES.replace('"US"', '"USA"'), "of length <= 2"),
        (TABLES.replace("0.19", "nan"), "a rate is from 0 to 1"),
        (TABLES.replace("rate = 0 ", "rat = 0 "), "unknown field `rat`"),
        (TABLES.replace('home = "DE"', 'home = "FR"'), "shipping: needs a row for `home`"),
        ("a = " + "[" * 5000, ""),
    ],
)
def test_a_file_that_makes_no_tariff_is_refused_and_stops_the_start(
    file: Path, text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(text)
    with pytest.raises(InvalidTariff) as refused:
        read_tariff(file)
    assert problem in str(refused.value)
    monkeypatch.setenv("STORELINE_TARIFF", str(file))
    with pytest.raises(SettingsError) as stopped:
        load()
    assert [f"STORELINE_TARIFF: {file}: {refused.value}."] == stopped.value.problems


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(InvalidTariff, match="No such file"):
        read_tariff(file)


def test_the_example_that_the_module_shows_is_a_tariff(file: Path) -> None:
    _, _, example = (tariff.__doc__ or "").partition("\n\n")
    file.write_text(example.replace("0199f3a1-…", str(BOOKS)))

    assert read_tariff(file)
