"""The terms that a request states in its headers."""

import pytest

from api.conditions import accepts, positions, unchanged, version_of, written
from api.problems import Refused


@pytest.mark.proves("B53")
@pytest.mark.parametrize(
    ("accept", "media_type", "fits"),
    [
        ("application/json", "application/json", True),
        ("*/*", "application/json", True),
        ("application/*", "application/json", True),
        ("text/html, application/json;q=0.5", "application/json", True),
        ("APPLICATION/JSON", "application/json", True),
        ("text/html", "application/json", False),
        ("application/json;q=0", "application/json", False),
        ("application/json; q=0.000", "application/json", False),
        ("application", "application/json", False),
        ("", "application/json", False),
        ("text/plain", "text/plain; version=0.0.4", True),
        ("image/webp", "image/*", True),
        ("image/avif,image/*,*/*;q=0.8", "image/*", True),
        ("text/html", "image/*", False),
        ("text/css", "*/*", True),
    ],
)
def test_a_client_gets_what_it_accepts(accept: str, media_type: str, fits: bool) -> None:
    assert fits == accepts(accept, media_type)


def test_a_tag_names_a_version() -> None:
    assert [7, 7, 0, None] == [version_of(tag) for tag in ('"7"', '"7-0123456789abcdef"', '"0"', "*")]


@pytest.mark.parametrize("tags", ['"7", W/"8"', '"x","7"', '"7-0123456789abcdef" , "7"'])
def test_of_several_tags_the_one_that_can_be_is_meant(tags: str) -> None:
    assert 7 == version_of(tags)


@pytest.mark.parametrize(("tags", "status"), [('"7", "8"', 400), ('W/"7", "x"', 412), ('"7",', 400), ('"7" "8"', 400)])
def test_tags_that_name_no_one_version_are_refused(tags: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        version_of(tags)

    assert status == refused.value.status


def test_positions_are_read_as_they_are_written() -> None:
    known = {"ordering": 4711, "catalog": 12}

    assert known == positions(written(known), known)


@pytest.mark.parametrize("known", ['"a"', 'W/"a"', '"b", "a"', "*"])
def test_what_a_client_has_is_not_sent_again(known: str) -> None:
    assert unchanged(known, '"a"')
    assert not unchanged('"b"', '"a"')
