"""What the catalogue promises about names: nobody has the name of another."""

from uuid import UUID

import pytest

from domain.catalog.claim import CLAIM, Kind, NameClaimed, NameReleased, NameTaken, claim, claim_id, release
from tests.given import given

ONE, OTHER = UUID(int=1), UUID(int=2)
claimed = NameClaimed(Kind.ITEM_SKU, "AP-100", ONE)
released = NameReleased(Kind.ITEM_SKU, "AP-100", ONE)


def test_a_free_name_can_be_claimed() -> None:
    assert ONE == given(CLAIM).when(claim, Kind.ITEM_SKU, "AP-100", ONE).then(claimed).holder


@pytest.mark.proves("B25")
def test_a_taken_name_is_refused() -> None:
    refusal = (
        given(CLAIM, [claimed])
        .when(claim, Kind.ITEM_SKU, "ap-100", OTHER)
        .refused(NameTaken, kind="item-sku", name="ap-100")
    )

    assert "The item sku `ap-100` is taken. Choose another." == refusal.detail


def test_claiming_twice_claims_once() -> None:
    given(CLAIM, [claimed]).when(claim, Kind.ITEM_SKU, "AP-100", ONE).then()


def test_a_name_that_was_given_up_is_free_again() -> None:
    given(CLAIM, [claimed]).when(release, Kind.ITEM_SKU, "AP-100", ONE).then(released)
    given(CLAIM, [claimed, released]).when(claim, Kind.ITEM_SKU, "AP-100", OTHER).then(
        NameClaimed(Kind.ITEM_SKU, "AP-100", OTHER)
    )


def test_only_the_holder_gives_a_name_up_and_only_once() -> None:
    given(CLAIM, [claimed]).when(release, Kind.ITEM_SKU, "AP-100", OTHER).then()
    given(CLAIM, [claimed, released]).when(release, Kind.ITEM_SKU, "AP-100", ONE).then()


@pytest.mark.proves("B23", "B25")
def test_names_that_read_alike_are_one_claim_within_their_kind() -> None:
    assert claim_id(Kind.BRAND_NAME, "Nordwand") == claim_id(Kind.BRAND_NAME, "NORDWAND")
    assert claim_id(Kind.BRAND_NAME, "Nordwand") != claim_id(Kind.TYPE_NAME, "Nordwand")
    assert claim_id(Kind.BRAND_NAME, "Nordwand") != claim_id(Kind.BRAND_NAME, "Nord wand")


@pytest.mark.parametrize(
    ("kind", "stream"),
    [
        (Kind.ITEM_SLUG, "ad747c3c-fefd-57fc-8889-6d016f4b3a52"),
        (Kind.ITEM_SKU, "e8c60505-58a8-5c7a-8955-6c6989c5b2e7"),
        (Kind.BRAND_NAME, "35ff12e6-6938-53f9-b0d2-7a4fdb0894c8"),
        (Kind.TYPE_NAME, "5183d17f-d7f0-5b05-9af4-dce8dea5bddf"),
        (Kind.CATEGORY_SLUG, "65980d34-f602-5d51-8d35-da4a98427a1f"),
    ],
)
def test_where_a_name_is_claimed_never_changes(kind: Kind, stream: str) -> None:
    assert UUID(stream) == claim_id(kind, "Alpine Parka")
