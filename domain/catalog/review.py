"""A review: what one buyer says about one item. One stream for the two of them, for ever.

    Pending → Approved | Rejected    by the shop, which may change its mind
    each of them → Pending           revised by its author
    each of them → Withdrawn         by its author, who may write another

That the buyer had the item shipped to them is noted in the same stream, before the review is written or after it, so
that neither can miss the other. Only an approved review is shown, and counts for the item's rating.

Refusals
├── UnknownReview      no such review, or not for this caller
├── InvalidRating      not 1 to 5 stars
├── AlreadyReviewed    the buyer's review of this item says something else
├── TooManyRevisions   it was written and revised too often
└── ReviewNotStanding  its author withdrew it
"""

from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, Personal, clean, members

STARS = 5
"""The best rating; one is the worst."""
TITLE = 100
COMMENT = 4000
REASON = 500
"""Characters at most."""
CHANGES = 50
"""So often a review is written and revised at most: its stream is folded from the beginning."""


def review_id(item_id: UUID, buyer_id: str) -> UUID:
    """The stream of a buyer's one review of an item."""
    return uuid5(item_id, f"review:{buyer_id}")


# Events


class PurchaseNoted(Event, frozen=True, tag="catalog.PurchaseNoted"):
    """The item was shipped to the buyer."""

    item_id: UUID
    buyer_id: str
    order_id: UUID


class ReviewWritten(Event, frozen=True, kw_only=True, tag="catalog.ReviewWritten"):
    item_id: UUID
    buyer_id: str
    rating: int
    """Stars, 1 to 5."""
    title: Personal[str]
    comment: Personal[str]
    """May be empty."""
    order_id: UUID | None
    """The purchase that is known of."""


class ReviewRevised(Event, frozen=True, kw_only=True, tag="catalog.ReviewRevised"):
    """It says something else, and is to be approved anew."""

    item_id: UUID
    rating: int
    title: Personal[str]
    comment: Personal[str]
    counted: int | None
    """The rating that counted until now; None where the review was not shown. So in what follows."""


class ReviewVerified(Event, frozen=True, tag="catalog.ReviewVerified"):
    """The review turns out to be of somebody who bought the item."""

    item_id: UUID
    order_id: UUID


class ReviewApproved(Event, frozen=True, tag="catalog.ReviewApproved"):
    item_id: UUID
    rating: int


class ReviewRejected(Event, frozen=True, tag="catalog.ReviewRejected"):
    item_id: UUID
    reason: Personal[str]
    """What its author is told; may be empty."""
    counted: int | None


class ReviewWithdrawn(Event, frozen=True, tag="catalog.ReviewWithdrawn"):
    """By its author, who may write another."""

    item_id: UUID
    counted: int | None


ReviewEvent: TypeAlias = (
    PurchaseNoted | ReviewWritten | ReviewRevised | ReviewVerified | ReviewApproved | ReviewRejected | ReviewWithdrawn
)

# State


class ReviewStatus(StrEnum):
    ABSENT = "absent"
    """Not written; that the buyer bought the item may be known."""
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Review(Struct, frozen=True):
    status: ReviewStatus = ReviewStatus.ABSENT
    item_id: UUID | None = None
    buyer_id: str = ""
    rating: int = 0
    title: str = ""
    comment: str = ""
    reason: str = ""
    """Why it was rejected."""
    order_id: UUID | None = None
    """The first order by which the buyer got the item."""
    changes: int = 0
    """How often it was written and revised."""

    @property
    def counted(self) -> int | None:
        """The rating that counts for the item."""
        return self.rating if self.status is ReviewStatus.APPROVED else None


def evolve(review: Review, event: ReviewEvent) -> Review:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case PurchaseNoted(item_id, buyer_id, order_id):
            return replace(review, item_id=item_id, buyer_id=buyer_id, order_id=order_id)
        case ReviewWritten():
            return Review(
                ReviewStatus.PENDING,
                event.item_id,
                event.buyer_id,
                event.rating,
                event.title,
                event.comment,
                order_id=event.order_id,
                changes=review.changes + 1,
            )
        case ReviewRevised(rating=rating, title=title, comment=comment):
            return replace(
                review,
                status=ReviewStatus.PENDING,
                rating=rating,
                title=title,
                comment=comment,
                reason="",
                changes=review.changes + 1,
            )
        case ReviewVerified():
            return review
        case ReviewApproved():
            return replace(review, status=ReviewStatus.APPROVED, reason="")
        case ReviewRejected(reason=reason):
            return replace(review, status=ReviewStatus.REJECTED, reason=reason)
        case ReviewWithdrawn():
            return replace(review, status=ReviewStatus.WITHDRAWN)
        case _:
            assert_never(event)


# Refusals


class UnknownReview(NotFound):
    code = "review-not-found"

    def __init__(self, id: UUID) -> None:
        super().__init__("There is no such review.", review_id=str(id))


class InvalidRating(Invalid):
    code = "invalid-rating"

    def __init__(self, rating: int) -> None:
        super().__init__(f"A rating is 1 to {STARS} stars, not {rating}.", path="rating", rating=rating, most=STARS)


class AlreadyReviewed(Conflict):
    code = "already-reviewed"

    def __init__(self, review_id: UUID) -> None:
        super().__init__("You reviewed this item before. Revise that review.", review_id=str(review_id))


class TooManyRevisions(Conflict):
    code = "too-many-revisions"

    def __init__(self, most: int) -> None:
        super().__init__(f"A review is written and revised {most} times at most. It can be withdrawn.", most=most)


class ReviewNotStanding(Conflict):
    code = "review-withdrawn"

    def __init__(self) -> None:
        super().__init__("The review was withdrawn. Its author may write another one.")


REVIEW: Aggregate[Review, ReviewEvent] = Aggregate(
    name="catalog.review",
    initial=Review(),
    evolve=evolve,
    events=members(ReviewEvent),
    missing=UnknownReview,
)

_STANDING = frozenset({ReviewStatus.PENDING, ReviewStatus.APPROVED, ReviewStatus.REJECTED})


# Decisions


def note_purchase(review: Review, item_id: UUID, buyer_id: str, order_id: UUID) -> list[ReviewEvent]:
    """The first purchase counts; those that follow decide nothing."""
    if review.order_id is not None:
        return []
    noted = PurchaseNoted(item_id, buyer_id, order_id)
    return [noted] if review.status is ReviewStatus.ABSENT else [noted, ReviewVerified(item_id, order_id)]


def write(
    review: Review, item_id: UUID, buyer_id: str, *, rating: int, title: str, comment: str = ""
) -> list[ReviewEvent]:
    rating, title, comment = _clean(rating, title, comment)
    if review.status in _STANDING:
        if (rating, title, comment) == (review.rating, review.title, review.comment):
            return []
        raise AlreadyReviewed(review_id(item_id, buyer_id))
    _check_changes(review)
    return [
        ReviewWritten(
            item_id=item_id,
            buyer_id=buyer_id,
            rating=rating,
            title=title,
            comment=comment,
            order_id=review.order_id,
        )
    ]


def revise(review: Review, *, rating: int, title: str, comment: str = "") -> list[ReviewEvent]:
    """Says something else; until that is approved, nothing of it is shown."""
    rating, title, comment = _clean(rating, title, comment)
    item_id = _standing(review)
    if (rating, title, comment) == (review.rating, review.title, review.comment):
        return []
    _check_changes(review)
    return [ReviewRevised(item_id=item_id, rating=rating, title=title, comment=comment, counted=review.counted)]


def approve(review: Review) -> list[ReviewEvent]:
    item_id = _standing(review)
    return [] if review.status is ReviewStatus.APPROVED else [ReviewApproved(item_id, review.rating)]


def reject(review: Review, reason: str = "") -> list[ReviewEvent]:
    """Shows it no longer, or never; the author is told the reason."""
    reason = clean("reason", reason, most=REASON, least=0, lines=True)
    item_id = _standing(review)
    if review.status is ReviewStatus.REJECTED and review.reason == reason:
        return []
    return [ReviewRejected(item_id, reason, review.counted)]


def withdraw(review: Review) -> list[ReviewEvent]:
    if review.status is ReviewStatus.WITHDRAWN:
        return []
    return [ReviewWithdrawn(_standing(review), review.counted)]


def _clean(rating: int, title: str, comment: str) -> tuple[int, str, str]:
    if not 1 <= rating <= STARS:
        raise InvalidRating(rating)
    return (
        rating,
        clean("title", title, most=TITLE),
        clean("comment", comment, most=COMMENT, least=0, lines=True),
    )


def _check_changes(review: Review) -> None:
    if review.changes >= CHANGES:
        raise TooManyRevisions(CHANGES)


def _standing(review: Review) -> UUID:
    """The item that it is about. Raises ReviewNotStanding where it was never written or is withdrawn."""
    if review.status not in _STANDING or review.item_id is None:
        raise ReviewNotStanding
    return review.item_id
