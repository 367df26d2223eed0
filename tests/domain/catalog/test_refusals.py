"""What a refusal tells its caller: a stable code to branch on, what it was about, and a sentence for a person."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.catalog import brand, category, item, item_type, review, tree
from domain.catalog.claim import Claim, Kind, claim
from domain.catalog.values import Image, Status, clean_images, clean_metadata, clean_picture, clean_sku, clean_slug
from domain.kernel import Conflict, Invalid, NotFound, Refusal, StaleVersion
from domain.money import Money
from tests.domain.catalog.examples import PARKA

ONE, OTHER = UUID(int=1), UUID(int=2)
LONG = "x" * 1_000
ACTIVE_TREE = tree.Tree({ONE: None, OTHER: ONE})


def raise_(refusal: Refusal) -> None:
    raise refusal


REFUSALS: list[tuple[Callable[[], Any], type[Refusal], str, dict[str, Any]]] = [
    (lambda: clean_slug(LONG), Invalid, "invalid-slug", {"slug": LONG[:140]}),
    (lambda: clean_sku(LONG), Invalid, "invalid-sku", {"sku": LONG[:40]}),
    (lambda: clean_picture(LONG), Invalid, "invalid-picture", {"picture": LONG[:500]}),
    (lambda: clean_images([Image("a.svg")] * 21), Invalid, "too-many", {"path": "images", "most": 20}),
    (lambda: clean_images([Image("a.svg")] * 2), Invalid, "invalid-images", {}),
    (lambda: clean_metadata({"a": "x" * 8_190}), Invalid, "invalid-metadata", {"bytes": 8_198}),
    (lambda: Money.parse(LONG, "USD"), Invalid, "invalid-money", {"amount": LONG[:40]}),
    (lambda: Money.parse("1", LONG), Invalid, "invalid-money", {"currency": LONG[:40]}),
    (lambda: Money(Decimal(1), LONG).checked(), Invalid, "invalid-money", {"currency": LONG[:40]}),
    (lambda: Money(Decimal(-1), "USD").checked(), Invalid, "invalid-money", {"currency": "USD"}),
    (
        lambda: item.reprice(item.Item(), Money.zero("USD"), cost_price=Money.zero("EUR")),
        Invalid,
        "invalid-price",
        {},
    ),
    (
        lambda: item.reprice(item.Item(), Money(Decimal(1), "USD"), cost_price=Money.zero("EUR")),
        Conflict,
        "currency-mismatch",
        {"expected": "USD", "given": "EUR"},
    ),
    (
        lambda: item.list_item(item.Item(status=Status.ACTIVE, slug="rope"), **PARKA),
        Conflict,
        "item-already-listed",
        {"slug": "rope"},
    ),
    (lambda: item.withdraw(item.Item()), Conflict, "item-not-active", {"status": "absent"}),
    (lambda: raise_(item.UnknownItem(ONE)), NotFound, "item-not-found", {"item_id": str(ONE)}),
    (
        lambda: brand.add(brand.Brand(Status.ACTIVE, "Nordwand"), "Südwand"),
        Conflict,
        "brand-already-added",
        {"name": "Nordwand"},
    ),
    (lambda: brand.withdraw(brand.Brand()), Conflict, "brand-not-active", {"status": "absent"}),
    (lambda: raise_(brand.UnknownBrand(ONE)), NotFound, "brand-not-found", {"brand_id": str(ONE)}),
    (
        lambda: item_type.add(item_type.ItemType(Status.ACTIVE, "Jackets"), "Coats"),
        Conflict,
        "type-already-added",
        {"name": "Jackets"},
    ),
    (lambda: item_type.withdraw(item_type.ItemType()), Conflict, "type-not-active", {"status": "absent"}),
    (lambda: raise_(item_type.UnknownType(ONE)), NotFound, "type-not-found", {"type_id": str(ONE)}),
    (
        lambda: category.add(category.Category(status=Status.ACTIVE, slug="ropes"), name="Slings", slug="slings"),
        Conflict,
        "category-already-added",
        {"slug": "ropes"},
    ),
    (
        lambda: category.add(category.Category(), name=LONG, slug="x"),
        Invalid,
        "invalid-text",
        {"path": "name"},
    ),
    (
        lambda: category.describe(category.Category(), name=LONG),
        Invalid,
        "invalid-text",
        {"path": "name"},
    ),
    (
        lambda: category.describe(category.Category(), sort_order=-1),
        Invalid,
        "invalid-sort-order",
        {"sort_order": -1},
    ),
    (lambda: category.withdraw(category.Category()), Conflict, "category-not-active", {"status": "absent"}),
    (lambda: raise_(category.UnknownCategory(ONE)), NotFound, "category-not-found", {"category_id": str(ONE)}),
    (
        lambda: tree.place(ACTIVE_TREE, ONE, OTHER),
        Conflict,
        "category-cycle",
        {"category_id": str(ONE), "parent_id": str(OTHER)},
    ),
    (lambda: tree.place(tree.Tree(), ONE, OTHER), Invalid, "parent-not-found", {"parent_id": str(OTHER)}),
    (lambda: tree.remove(ACTIVE_TREE, ONE), Conflict, "category-not-empty", {"children": 1}),
    (
        lambda: claim(Claim(OTHER), Kind.BRAND_NAME, "Nordwand", ONE),
        Conflict,
        "name-taken",
        {"kind": "brand-name", "name": "Nordwand"},
    ),
    (
        lambda: review.write(review.Review(), ONE, "alice", rating=0, title="x"),
        Invalid,
        "invalid-rating",
        {"path": "rating", "rating": 0, "most": 5},
    ),
    (
        lambda: review.write(review.Review(review.ReviewStatus.PENDING), ONE, "alice", rating=5, title="x"),
        Conflict,
        "already-reviewed",
        {"review_id": str(review.review_id(ONE, "alice"))},
    ),
    (lambda: review.approve(review.Review()), Conflict, "review-withdrawn", {}),
    (
        lambda: review.write(review.Review(changes=50), ONE, "alice", rating=5, title="x"),
        Conflict,
        "too-many-revisions",
        {"most": 50},
    ),
    (lambda: raise_(review.UnknownReview(ONE)), NotFound, "review-not-found", {"review_id": str(ONE)}),
    (lambda: raise_(StaleVersion(1, 2)), Conflict, "stale-version", {"expected": 1, "actual": 2}),
]


@pytest.mark.parametrize(("ask", "kind", "code", "fields"), REFUSALS, ids=[refusal[2] for refusal in REFUSALS])
def test_a_refusal_says_what_it_is_about(
    ask: Callable[[], Any], kind: type[Refusal], code: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(kind) as refused:
        ask()

    assert (code, fields) == (refused.value.code, refused.value.fields)
    assert refused.value.detail[0] == "`" or refused.value.detail[0].isupper()
    assert refused.value.detail.endswith(".")
    assert refused.value.detail == str(refused.value)
