"""The decision records: numbered once each, all of one form, all listed."""

import re
from pathlib import Path

import pytest

from tests.docs.guides import DOCS

RECORDS = sorted((DOCS / "adr").glob("*.md"))


@pytest.mark.parametrize("file", RECORDS, ids=lambda file: file.stem)
def test_a_record_is_of_the_one_form(file: Path) -> None:
    number, title = file.stem.split("-", 1)
    first, *sections = re.findall(r"^(#{1,2} .*)$", file.read_text(), re.MULTILINE)

    assert re.fullmatch(r"\d{4}", number)
    assert title == title.lower()
    assert first.startswith(f"# {int(number)}. ")
    assert sections[:2] == ["## Context", "## Decision"]
    assert sections[-1] == "## Consequences"


def test_every_number_is_given_once() -> None:
    numbers = [file.stem[:4] for file in RECORDS]

    assert len(numbers) == len(set(numbers))


def test_every_record_is_listed_in_order_by_its_title() -> None:
    listed = re.findall(r"^- (\d+)\. \[(.*)\]\(adr/(.*)\)$", (DOCS / "README.md").read_text(), re.MULTILINE)

    assert [(str(int(file.stem[:4])), title(file), file.name) for file in RECORDS] == listed


def title(file: Path) -> str:
    return file.read_text().partition("\n")[0].partition(". ")[2]
