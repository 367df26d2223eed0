"""What the catalogue accepts, at the edges."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.values import (
    Image,
    InvalidImages,
    InvalidMetadata,
    InvalidPicture,
    InvalidSku,
    InvalidSlug,
    TooMany,
    clean_images,
    clean_metadata,
    clean_picture,
    clean_sku,
    clean_slug,
    clean_tags,
    slug_of,
)
from domain.kernel import InvalidText
from tests.strategies.catalog import image_lists, metadata, names, skus, slugs


@pytest.mark.parametrize("slug", ["a", "7", "alpine-parka", "a-1-b", "x" * 140])
def test_a_slug_can_stand_in_a_url(slug: str) -> None:
    assert slug == clean_slug(slug)


@pytest.mark.proves("B23", "B29", "B31")
@pytest.mark.parametrize(
    "slug", ["", "-a", "a-", "a--b", "A", "ä", "a b", "a/b", "..", "a\n", "x" * 141, "\u0661", "a' OR 1=1--"]
)
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(InvalidSlug):
        clean_slug(slug)


@pytest.mark.parametrize("sku", ["A", "0", "AP-100.M_2", "x" * 40])
def test_a_sku_is_kept_as_it_is_written(sku: str) -> None:
    assert sku == clean_sku(sku)


@pytest.mark.proves("B20", "B21", "B23", "B31")
@pytest.mark.parametrize("sku", ["", " A", "A B", "-A", "A-", "A--B", "\u0410", "A\0", "A\n", "x" * 41, "A;B"])
def test_what_is_no_sku_is_refused(sku: str) -> None:
    with pytest.raises(InvalidSku):
        clean_sku(sku)


@given(slugs(), skus())
def test_slugs_and_skus_that_are_drawn_are_accepted(slug: str, sku: str) -> None:
    assert (slug, sku) == (clean_slug(slug), clean_sku(sku))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Alpine Parka II", "alpine-parka-ii"),
        ("  Café & Crème -- 100% ", "cafe-creme-100"),
        ("Ångström's", "angstrom-s"),
        ("\ufb01eld", "field"),
        ("雪山", ""),
        ("x" * 139 + "-y", "x" * 139),
    ],
)
def test_a_name_makes_a_slug(name: str, slug: str) -> None:
    assert slug == slug_of(name)


@given(names(120))
def test_a_slug_made_from_a_name_is_one_or_empty(name: str) -> None:
    slug = slug_of(name)

    assert not slug or slug == clean_slug(slug) == slug_of(slug)


@pytest.mark.proves("B25")
def test_tags_are_folded_and_each_is_kept_once() -> None:
    assert ("summer", "two words", "straße".casefold()) == clean_tags(["Summer", "SUMMER ", "Two  Words", "Straße"])


def test_too_many_or_too_long_tags_are_refused() -> None:
    assert 20 == len(clean_tags([f"tag {number}" for number in range(20)]))
    with pytest.raises(TooMany):
        clean_tags(["tag"] * 21)
    with pytest.raises(InvalidText):
        clean_tags(["x" * 41])
    with pytest.raises(InvalidText):
        clean_tags(["\ufdfa" * 40])  # becomes longer where it is folded
    with pytest.raises(InvalidText):
        clean_tags([" "])


@pytest.mark.parametrize(
    "picture",
    [
        "items/alpine-parka.svg",
        "a",
        "https://pictures.example/a%20b.png?w=200",
        "http://127.0.0.1:8000/x",
        "https://a.example",
    ],
)
def test_a_picture_is_a_url_or_a_key(picture: str) -> None:
    assert picture == clean_picture(picture)


@pytest.mark.proves("B23", "B29", "B62")
@pytest.mark.parametrize(
    "picture",
    [
        "",
        "../secret",
        "a/../b",
        "/etc/passwd",
        "a//b",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/b",
        "//a.example/b",
        "https://",
        "https://user:pass@a.example/",
        "https://a.example/<script>",
        'https://a.example/"onload',
        "https://a.example/a b",
        "https://a.example/\u202egnp",
        "HTTPS://A.EXAMPLE/",
        "https://a.example/" + "x" * 500,
        "a.svg\n",
    ],
)
def test_what_is_no_picture_is_refused(picture: str) -> None:
    with pytest.raises(InvalidPicture):
        clean_picture(picture)


@pytest.mark.proves("CAT-16")
@given(image_lists())
def test_exactly_one_image_is_primary_where_there_are_any(images: list[Image]) -> None:
    cleaned = clean_images(images)

    assert min(1, len(images)) == sum(image.primary for image in cleaned)
    assert [image.picture for image in images] == [image.picture for image in cleaned]
    assert cleaned == clean_images(cleaned)


@pytest.mark.proves("CAT-16")
def test_images_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InvalidImages):
        clean_images([Image("a.svg", primary=True), Image("b.svg", primary=True)])
    with pytest.raises(InvalidImages):
        clean_images([Image("a.svg"), Image("a.svg", "again")])
    with pytest.raises(TooMany):
        clean_images([Image(f"{number}.svg") for number in range(21)])


@given(metadata())
def test_metadata_is_kept_as_it_is(value: dict[str, Any]) -> None:
    assert value == clean_metadata(value)


def test_a_zero_has_no_sign() -> None:
    assert repr({"a": 0.0, "b": 0}) == repr(clean_metadata({"a": -0.0, "b": 0}))


def test_metadata_is_cleaned_to_its_leaves() -> None:
    assert {"a": [{"b": "é"}]} == clean_metadata({" a ": [{"b": " e\u0301 "}]})


@pytest.mark.proves("B7", "B8", "B10", "B11", "B20", "B21", "B22")
@pytest.mark.parametrize(
    "value",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**53},
        {"a": -(10**400)},
        {"a": 1e16},
        {"a": -1.7976931348623157e308},
        {"a": object()},
        {"a": ("tuple",)},
        {"a": [[[[[1]]]]]},
        {"a": {"b": {"c": {"d": {"e": {}}}}}},
        {"a": "x" * 8192},
        {f"key {number}": "x" * 100 for number in range(100)},
        {"a": 1, " a": 2},
    ],
)
def test_metadata_that_cannot_be_kept_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidMetadata):
        clean_metadata(value)


@pytest.mark.proves("B19", "B20", "B21", "B22")
@pytest.mark.parametrize("key", ["", " ", "a\0", "\ud800", "x" * 61, "a\nb"])
def test_keys_of_metadata_are_clean_text(key: str) -> None:
    with pytest.raises(InvalidText):
        clean_metadata({key: 1})
    with pytest.raises(InvalidText):
        clean_metadata({"a": [{key: 1}]})


@given(st.integers(1, 200_000))
def test_depth_never_ends_in_a_recursion_error(depth: int) -> None:
    bomb: Any = 1
    for _ in range(min(depth, 2_000)):
        bomb = [bomb]

    if depth > 4:
        with pytest.raises(InvalidMetadata):
            clean_metadata({"a": bomb})
    else:
        assert {"a": bomb} == clean_metadata({"a": bomb})
