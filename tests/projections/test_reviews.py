"""What is read of reviews, and the rating that an item gets from them."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as drawn
from msgspec.structs import replace

from domain.catalog.review import (
    PurchaseNoted,
    ReviewApproved,
    ReviewEvent,
    ReviewRejected,
    ReviewRevised,
    ReviewStatus,
    ReviewVerified,
    ReviewWithdrawn,
)
from domain.kernel import Event
from projections.item_page import ITEM_PAGE, Rating
from projections.reviews import REVIEWS
from tests.domain.catalog.examples import ITEM_ID, ORDER_ID, listed, written
from tests.given import STREAM, given_facts
from tests.strategies.catalog import REVIEW_LIFE


def seen(*events: ReviewEvent) -> Any:
    return given_facts(REVIEWS, *events).row(STREAM)


@pytest.mark.proves("CAT-14", "CAT-15")
def test_a_review_shows_what_became_of_it() -> None:
    pending = seen(written)
    assert (ReviewStatus.PENDING, 4, False, 1) == (
        pending.status,
        pending.rating,
        pending.verified_purchase,
        pending.version,
    )
    approved = seen(written, ReviewApproved(ITEM_ID, 4))
    assert replace(pending, status=ReviewStatus.APPROVED, updated_at=approved.updated_at, version=2) == approved
    rejected = seen(written, ReviewRejected(ITEM_ID, "Rude", None))
    assert (ReviewStatus.REJECTED, "Rude") == (rejected.status, rejected.reason)
    revised = ReviewRevised(item_id=ITEM_ID, rating=1, title="Torn", comment="", counted=None)
    again = seen(written, ReviewRejected(ITEM_ID, "Rude", None), revised)
    assert (ReviewStatus.PENDING, 1, "Torn", "") == (again.status, again.rating, again.title, again.reason)
    assert ReviewStatus.WITHDRAWN is seen(written, ReviewWithdrawn(ITEM_ID, None)).status


@pytest.mark.proves("CAT-15")
def test_a_review_is_verified_whenever_the_purchase_is_known() -> None:
    noted = PurchaseNoted(ITEM_ID, "alice", ORDER_ID)
    before = seen(noted, replace(written, order_id=ORDER_ID))
    after = seen(written, noted, ReviewVerified(ITEM_ID, ORDER_ID))

    assert before.verified_purchase
    assert after.verified_purchase
    assert before.order_id == after.order_id == ORDER_ID
    assert 3 == after.version
    assert None is seen(noted), "who bought it has not said anything yet"


def test_an_items_rating_is_that_of_the_reviews_that_are_shown() -> None:
    events: list[tuple[UUID, Event]] = [(ITEM_ID, listed)]
    for number, stars in enumerate((5, 4, 4, 1), 100):
        events.append((UUID(int=number), ReviewApproved(ITEM_ID, stars)))

    def rating(*more: Event) -> Rating:
        row = given_facts(ITEM_PAGE, *events, *((UUID(int=103), event) for event in more)).row(ITEM_ID)
        assert 1 == row.version, "a review changes nothing of the item itself"
        found: Rating = row.rating
        return found

    assert Rating(3.5, 4, (1, 0, 0, 2, 1)) == rating()
    without = Rating(4.33, 3, (0, 0, 0, 2, 1))
    assert without == rating(ReviewRejected(ITEM_ID, "", 1))
    assert without == rating(ReviewWithdrawn(ITEM_ID, 1))
    assert without == rating(ReviewRevised(item_id=ITEM_ID, rating=5, title="Fine", comment="", counted=1))
    assert rating() == rating(ReviewRejected(ITEM_ID, "", None))
    assert Rating() == given_facts(ITEM_PAGE, *events[:1]).row(ITEM_ID).rating


@drawn(REVIEW_LIFE.histories(20))
def test_whatever_happens_to_a_review_it_counts_once_or_not_at_all(history: list[Event]) -> None:
    state = REVIEW_LIFE.aggregate.fold(REVIEW_LIFE.aggregate.initial, history)
    other = UUID(int=100)
    row = given_facts(ITEM_PAGE, (ITEM_ID, listed), *((other, event) for event in history)).row(ITEM_ID)
    rows = given_facts(REVIEWS, *((other, event) for event in history))
    shown = rows.row(other)

    counted = [] if state.counted is None else [state.counted]
    assert counted == [star for star, count in enumerate(row.rating.stars, 1) for _ in range(count)]
    if shown is not None:
        assert (state.status, state.rating, state.title) == (shown.status, shown.rating, shown.title)
        assert (state.order_id is not None) == shown.verified_purchase
