"""Reviews: what customers read of an item, what authors see of theirs, and what waits for the shop to look at it."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain.catalog import review
from domain.catalog.review import ReviewStatus
from domain.kernel import Fact
from projections.item_page import ITEM_PAGE, Rating
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one, where


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody sees of an approved review. Who wrote it is between them and the shop."""

    review_id: UUID
    item_id: UUID
    rating: int
    title: str
    comment: str
    verified_purchase: bool
    """The shop shipped the item to its author."""
    written_at: datetime
    version: int
    """Version of the review's stream: its ETag."""


class FullReview(Review, frozen=True, kw_only=True):
    """What its author and the staff see."""

    buyer_id: str
    status: ReviewStatus
    reason: str
    """Why it was rejected."""
    order_id: UUID | None
    """The order by which its author got the item."""
    updated_at: datetime


def evolve(row: FullReview | None, fact: Fact[review.ReviewEvent], key: Key) -> FullReview | None:
    if isinstance(fact.event, review.ReviewWritten):
        return _written(fact, fact.event)
    if row is None:
        return None
    row = replace(row, updated_at=fact.recorded_at, version=fact.version)
    match fact.event:
        case review.ReviewRevised(rating=rating, title=title, comment=comment):
            return replace(row, status=ReviewStatus.PENDING, rating=rating, title=title, comment=comment, reason="")
        case review.ReviewVerified(order_id=order_id):
            return replace(row, verified_purchase=True, order_id=order_id)
        case review.ReviewApproved():
            return replace(row, status=ReviewStatus.APPROVED, reason="")
        case review.ReviewRejected(reason=reason):
            return replace(row, status=ReviewStatus.REJECTED, reason=reason)
        case review.ReviewWithdrawn():
            return replace(row, status=ReviewStatus.WITHDRAWN)
        case review.PurchaseNoted():
            return row
        case _:
            assert_never(fact.event)


def _written(fact: Fact[review.ReviewEvent], event: review.ReviewWritten) -> FullReview:
    return FullReview(
        review_id=fact.stream,
        item_id=event.item_id,
        buyer_id=event.buyer_id,
        status=ReviewStatus.PENDING,
        rating=event.rating,
        title=event.title,
        comment=event.comment,
        reason="",
        verified_purchase=event.order_id is not None,
        order_id=event.order_id,
        written_at=fact.recorded_at,
        updated_at=fact.recorded_at,
        version=fact.version,
    )


REVIEWS = Projection(
    name="reviews",
    version=1,
    context="catalog",
    row=FullReview,
    key=("review_id",),
    events=review.REVIEW.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        "(item_id, written_at DESC, review_id DESC) WHERE status = 'approved'",
        "(item_id, rating, written_at DESC, review_id DESC) WHERE status = 'approved'",
        "(buyer_id, written_at DESC, review_id DESC)",
        "(status, written_at DESC, review_id DESC)",
        "(written_at DESC, review_id DESC)",
    ),
)

READS = (REVIEWS, ITEM_PAGE)


class ItemReviews(msgspec.Struct, frozen=True):
    rating: Rating
    items: list[Review]


_OF_ITEM = sql.SQL(
    "SELECT i.rating, (SELECT coalesce(json_agg(r ORDER BY written_at DESC, review_id DESC), '[]') FROM"
    " (SELECT {shown} FROM read.reviews WHERE item_id = %(item_id)s AND status = 'approved'{rated}{beyond}"
    " ORDER BY written_at DESC, review_id DESC LIMIT %(limit)s) AS r) AS items"
    " FROM read.item_page AS i WHERE i.item_id = %(item_id)s AND i.status = 'active'"
)

_SHOWN = sql.SQL("review_id, item_id, rating, title, comment, verified_purchase, written_at, version")

_ONE_APPROVED = sql.SQL(
    "SELECT {} FROM read.reviews WHERE review_id = %(review_id)s AND item_id = %(item_id)s AND status = 'approved'"
).format(_SHOWN)

_BEYOND = sql.SQL(" AND (written_at, review_id) < (%(after)s, %(after_id)s)")


async def item_reviews(
    connection: AsyncConnection,
    item_id: UUID,
    *,
    rating: int | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[ItemReviews | None]:
    """The approved reviews of an item, newest first, of one rating or of all; None where there is no such item."""
    value, id = after or (None, None)
    query = _OF_ITEM.format(
        shown=_SHOWN,
        rated=sql.SQL("" if rating is None else " AND rating = %(rating)s"),
        beyond=_BEYOND if after else sql.SQL(""),
    )
    parameters = {"item_id": item_id, "rating": rating, "after": value, "after_id": id, "limit": limit}
    return await ask_one(connection, ItemReviews, query, parameters, *READS)


async def approved_review(connection: AsyncConnection, item_id: UUID, review_id: UUID) -> Seen[Review | None]:
    """As everybody may see it; None where it is not approved, too."""
    parameters = {"review_id": review_id, "item_id": item_id}
    return await ask_one(connection, Review, _ONE_APPROVED, parameters, REVIEWS)


async def one_review(connection: AsyncConnection, item_id: UUID, review_id: UUID) -> Seen[FullReview | None]:
    """In whatever state it is: for its author and staff alone."""
    return await ask_one(
        connection,
        FullReview,
        "SELECT * FROM read.reviews WHERE review_id = %(review_id)s AND item_id = %(item_id)s",
        {"review_id": review_id, "item_id": item_id},
        REVIEWS,
    )


async def list_reviews(
    connection: AsyncConnection,
    *,
    buyer_id: str | None = None,
    statuses: Sequence[ReviewStatus] = (),
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[FullReview]]:
    """Newest first; of one author or of all. `after` is `written_at` and `review_id` of the last one seen."""
    given = {
        "buyer_id = %(buyer_id)s": buyer_id,
        "status = ANY(%(statuses)s)": list(statuses) or None,
        "(written_at, review_id) < (%(after)s, %(after_id)s)": after,
    }
    value, id = after or (None, None)
    return await ask(
        connection,
        FullReview,
        sql.SQL("SELECT * FROM read.reviews WHERE {} ORDER BY written_at DESC, review_id DESC LIMIT %(limit)s").format(
            where(given)
        ),
        {
            "buyer_id": buyer_id,
            "statuses": [str(status) for status in statuses],
            "after": value,
            "after_id": id,
            "limit": limit,
        },
        REVIEWS,
    )
