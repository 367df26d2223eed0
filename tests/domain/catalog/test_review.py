"""What a review promises: one a buyer and item, shown only once approved, marked when its author bought the item."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as drawn
from msgspec.structs import replace

from domain.catalog.review import (
    CHANGES,
    REVIEW,
    AlreadyReviewed,
    InvalidRating,
    PurchaseNoted,
    Review,
    ReviewApproved,
    ReviewNotStanding,
    ReviewRejected,
    ReviewRevised,
    ReviewStatus,
    ReviewVerified,
    ReviewWithdrawn,
    TooManyRevisions,
    approve,
    note_purchase,
    reject,
    review_id,
    revise,
    withdraw,
    write,
)
from domain.kernel import Event, InvalidText
from tests.domain.catalog.examples import ITEM_ID, ORDER_ID, SAID, written
from tests.given import given
from tests.strategies.catalog import REVIEW_LIFE

bought = PurchaseNoted(ITEM_ID, "alice", ORDER_ID)
approved = ReviewApproved(ITEM_ID, 4)
rejected = ReviewRejected(ITEM_ID, "About the delivery", counted=None)
withdrawn = ReviewWithdrawn(ITEM_ID, counted=None)


@pytest.mark.proves("CAT-14")
def test_a_review_waits_for_approval() -> None:
    state = given(REVIEW).when(write, ITEM_ID, "alice", **SAID | {"title": " Warm and light "}).then(written)

    assert ReviewStatus.PENDING is state.status
    assert state.counted is None


@pytest.mark.proves("CAT-15")
def test_an_approved_review_counts_until_it_is_rejected_revised_or_withdrawn() -> None:
    assert 4 == given(REVIEW, [written]).when(approve).then(approved).counted
    shown = given(REVIEW, [written, approved])
    shown.when(reject, "Rude").then(ReviewRejected(ITEM_ID, "Rude", counted=4))
    shown.when(withdraw).then(ReviewWithdrawn(ITEM_ID, counted=4))
    worse: dict[str, Any] = {"rating": 1, "title": "The zip broke", "comment": ""}
    state = shown.when(revise, **worse).then(ReviewRevised(item_id=ITEM_ID, counted=4, **worse))
    assert ReviewStatus.PENDING is state.status
    given(REVIEW, [written, rejected]).when(approve).then(approved)


@pytest.mark.proves("CAT-15")
def test_a_purchase_that_is_known_marks_the_review() -> None:
    state = given(REVIEW, [bought]).when(write, ITEM_ID, "alice", **SAID).then(replace(written, order_id=ORDER_ID))

    assert ORDER_ID == state.order_id


@pytest.mark.proves("CAT-15")
def test_a_purchase_that_becomes_known_later_marks_the_review_too() -> None:
    verified = ReviewVerified(ITEM_ID, ORDER_ID)
    review = given(REVIEW, [written]).when(note_purchase, ITEM_ID, "alice", ORDER_ID).then(bought, verified)

    assert ORDER_ID == review.order_id


def test_the_first_purchase_counts() -> None:
    given(REVIEW, [bought]).when(note_purchase, ITEM_ID, "alice", UUID(int=8)).then()


def test_one_buyer_has_one_review_of_an_item() -> None:
    given(REVIEW, [written]).when(write, ITEM_ID, "alice", **SAID).then()
    given(REVIEW, [written]).when(write, ITEM_ID, "alice", **SAID | {"rating": 5}).refused(
        AlreadyReviewed, review_id=str(review_id(ITEM_ID, "alice"))
    )
    assert len({review_id(item, buyer) for item in (ITEM_ID, ORDER_ID) for buyer in ("alice", "bob")}) == 4


@pytest.mark.proves("CAT-17")
def test_a_withdrawn_review_can_be_written_anew_and_is_still_verified() -> None:
    history = [bought, replace(written, order_id=ORDER_ID), withdrawn]
    given(REVIEW, history).when(write, ITEM_ID, "alice", **SAID).then(replace(written, order_id=ORDER_ID))
    for decision in (approve, reject):
        given(REVIEW, history).when(decision).refused(ReviewNotStanding)
    given(REVIEW, history).when(revise, **SAID).refused(ReviewNotStanding)


def test_a_review_is_written_and_revised_so_often_at_most() -> None:
    """Its stream is folded from the beginning: nobody makes it longer without end."""
    revised = ReviewRevised(item_id=ITEM_ID, counted=None, rating=4, title="Once more", comment="")
    often: list[Event] = [written, withdrawn, written, *[revised] * (CHANGES - 2)]
    given(REVIEW, often).when(revise, **SAID).refused(TooManyRevisions, most=CHANGES)
    given(REVIEW, [*often, withdrawn]).when(write, ITEM_ID, "alice", **SAID).refused(TooManyRevisions)
    given(REVIEW, often).when(revise, rating=4, title="Once more").then()
    given(REVIEW, often).when(approve).then(approved)
    given(REVIEW, often).when(withdraw).then(withdrawn)


def test_what_was_done_to_a_review_is_done_once() -> None:
    given(REVIEW, [written]).when(revise, **SAID).then()
    given(REVIEW, [written, approved]).when(approve).then()
    given(REVIEW, [written, rejected]).when(reject, " About the delivery").then()
    given(REVIEW, [written, withdrawn]).when(withdraw).then()


@pytest.mark.parametrize("decision", [approve, reject, withdraw])
def test_what_was_never_written_cannot_be_moderated(decision: Any) -> None:
    given(REVIEW, [bought]).when(decision).refused(ReviewNotStanding)


@pytest.mark.proves("B13")
@pytest.mark.parametrize("rating", [0, 6, -1, 10**30])
def test_a_rating_is_one_to_five_stars(rating: int) -> None:
    said = SAID | {"rating": rating}
    given(REVIEW).when(write, ITEM_ID, "alice", **said).refused(InvalidRating, path="rating", rating=rating)
    given(REVIEW, [written]).when(revise, **said).refused(InvalidRating)


@pytest.mark.parametrize(
    ("field", "text"), [("title", " "), ("title", "x" * 101), ("comment", "x" * 4001), ("comment", "a\0")]
)
def test_words_are_cleaned(field: str, text: str) -> None:
    given(REVIEW).when(write, ITEM_ID, "alice", **SAID | {field: text}).refused(InvalidText, path=field)


@drawn(REVIEW_LIFE.histories(20))
def test_what_the_events_say_of_counted_ratings_is_what_the_reviews_count(history: list[Event]) -> None:
    """So a read model can add up ratings from the events alone."""
    state, counted = Review(), None
    for event in history:
        if isinstance(event, ReviewRevised | ReviewRejected | ReviewWithdrawn):
            assert counted == event.counted
            counted = None
        elif isinstance(event, ReviewApproved):
            assert counted is None
            counted = event.rating
        state = REVIEW.evolve(state, event)
        assert state.counted == counted
