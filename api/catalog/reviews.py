"""Reviews of items over HTTP. What is not approved is seen by its author and by staff alone."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta

from api.commands import perform
from api.gate import Buyer, PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.paging import Page, bound_to, cut, paged
from api.queries import Computed, Sent, answer, known, look, shared
from api.requests import Request
from application.catalog import (
    ApproveReview,
    RejectReview,
    ReviewRef,
    ReviseReview,
    WithdrawReview,
    WriteReview,
    review_of,
)
from domain.catalog.item import UnknownItem
from domain.catalog.review import REVIEW, STARS, ReviewStatus, UnknownReview
from projections import reviews
from projections.item_page import Rating
from projections.kernel import Seen
from projections.reviews import FullReview, Review

EXAMPLE = WriteReview(4, "Warm and light", "Two winters so far, and the zip still runs.")


class OfItem(Query, frozen=True):
    """Newest first."""

    rating: Annotated[int, Meta(ge=1, le=STARS)] | None = None
    limit: PageSize = 20
    cursor: str | None = None


class Written(Query, frozen=True):
    """Newest first."""

    status: tuple[ReviewStatus, ...] = ()
    buyer: Buyer | None = None
    """Whose reviews; for staff."""
    limit: PageSize = 20
    cursor: str | None = None


class ItemReviews(msgspec.Struct, frozen=True):
    rating: Rating
    items: list[Review]
    next: str | None


def _made(ref: ReviewRef) -> UUID:
    return ref.id


@post("/items/{item_id:uuid}/reviews", creates=True, example=EXAMPLE)
async def write_review(request: Request, item_id: FromPath[UUID], data: JSONBody[WriteReview]) -> Response[ReviewRef]:
    """Review an item; the review is shown once the shop approved it"""
    return await perform(request, request.commands.catalog.write_review, data, item_id, created=_made)


@put("/items/{item_id:uuid}/reviews/{review_id:uuid}", example=ReviseReview(5, "Warm and light", "The zip runs fine."))
async def revise_review(
    request: Request, item_id: FromPath[UUID], review_id: FromPath[UUID], data: JSONBody[ReviseReview]
) -> Response[ReviewRef]:
    """Revise a review of one's own; it has to be approved again"""
    use_case = request.commands.catalog.revise_review
    return await perform(request, use_case, data, item_id, review_id, stream=review_id)


@delete("/items/{item_id:uuid}/reviews/{review_id:uuid}", status_code=200)
async def withdraw_review(request: Request, item_id: FromPath[UUID], review_id: FromPath[UUID]) -> Response[ReviewRef]:
    """Withdraw a review of one's own"""
    use_case = request.commands.catalog.withdraw_review
    return await perform(request, use_case, WithdrawReview(), item_id, review_id, stream=review_id)


@post("/items/{item_id:uuid}/reviews/{review_id:uuid}/approve", status_code=200)
async def approve_review(request: Request, item_id: FromPath[UUID], review_id: FromPath[UUID]) -> Response[ReviewRef]:
    """Show a review to everybody"""
    use_case = request.commands.catalog.approve_review
    return await perform(request, use_case, ApproveReview(), item_id, review_id, stream=review_id)


@post(
    "/items/{item_id:uuid}/reviews/{review_id:uuid}/reject",
    status_code=200,
    example=RejectReview("It is about the delivery, not the item"),
)
async def reject_review(
    request: Request, item_id: FromPath[UUID], review_id: FromPath[UUID], data: JSONBody[RejectReview]
) -> Response[ReviewRef]:
    """Show a review to nobody but its author, who is told why"""
    use_case = request.commands.catalog.reject_review
    return await perform(request, use_case, data, item_id, review_id, stream=review_id)


@get("/items/{item_id:uuid}/reviews", answers=ItemReviews)
async def list_item_reviews(request: Request, item_id: FromPath[UUID], asked: NamedDependency[OfItem]) -> Sent:
    """List the approved reviews of an item, with its rating"""
    bound = bound_to(request, asked)
    after = request.cursors.after(bound, asked.cursor, tuple[datetime, UUID])

    async def compute() -> Computed:
        looked = await look(
            request, reviews.item_reviews, item_id, rating=asked.rating, after=after, limit=asked.limit + 1
        )
        seen = known(looked, UnknownItem(item_id))
        page = cut(request, bound, seen.value.items, asked.limit, _place)
        return Computed(Seen(ItemReviews(seen.value.rating, page.items, page.next), seen.positions))

    key = msgspec.json.encode(asked, order="deterministic").decode()
    return await shared(request, f"reviews:{item_id}:{key}", f"item:{item_id}", compute)


@get("/items/{item_id:uuid}/reviews/{review_id:uuid}", answers=Review | FullReview)
async def get_review(request: Request, item_id: FromPath[UUID], review_id: FromPath[UUID]) -> Sent:
    """Get a review; its author and staff see it before it is approved, and what became of it"""
    if request.subject:
        seen = await look(request, reviews.one_review, item_id, review_id)
        if seen.value is not None and (request.is_staff or request.subject == seen.value.buyer_id):
            return answer(request, seen, version=seen.value.version)

    async def compute() -> Computed:
        seen = known(await look(request, reviews.approved_review, item_id, review_id), UnknownReview(review_id))
        return Computed(seen, seen.value.version)

    return await shared(request, f"review:{item_id}:{review_id}", f"item:{item_id}", compute)


@get("/reviews", answers=Page[FullReview])
async def list_reviews(request: Request, asked: NamedDependency[Written]) -> Sent:
    """List the caller's reviews; staff see everybody's"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        _place,
        reviews.list_reviews,
        buyer_id=request.whose(asked.buyer, "reviews"),
        statuses=asked.status,
    )
    return answer(request, seen)


@get("/items/{item_id:uuid}/reviews/{review_id:uuid}/history")
async def get_review_history(
    request: Request, item_id: FromPath[UUID], review_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a review"""
    await review_of(item_id, review_id, store=request.shop.store)
    return await history(request, asked, REVIEW, review_id)


def _place(review: Review) -> tuple[datetime, UUID]:
    return review.written_at, review.review_id


HANDLERS = [
    *(write_review, revise_review, withdraw_review, approve_review, reject_review),
    *(list_item_reviews, get_review, list_reviews, get_review_history),
]
