"""Reviews: what buyers say about items, and whether the shop shows it."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.commands import command
from application.store import Call, EventStore, Saved, Stream, check_expected
from domain.catalog import review
from domain.catalog.item import ITEM, UnknownItem
from domain.catalog.review import REVIEW, Review, ReviewEvent, ReviewStatus, UnknownReview, review_id
from domain.catalog.values import Status

Stars = Annotated[int, Meta(ge=1, le=review.STARS, examples=[4])]
Title = Annotated[str, Meta(min_length=1, max_length=review.TITLE, examples=["Warm and light"])]
Comment = Annotated[str, Meta(max_length=review.COMMENT)]


class WriteReview(Struct, frozen=True, forbid_unknown_fields=True):
    rating: Stars
    title: Title
    comment: Comment = ""


class ReviseReview(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole review as it is to be."""

    rating: Stars
    title: Title
    comment: Comment = ""


class WithdrawReview(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ApproveReview(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class RejectReview(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=review.REASON, examples=["It is about the delivery, not the item"])] = ""
    """Why. The author is shown it, word for word."""


class ReviewRef(Struct, frozen=True):
    id: UUID
    item_id: UUID
    status: ReviewStatus
    verified_purchase: bool


@command("catalog")
async def write_review(cmd: WriteReview, call: Call, item_id: UUID, *, store: EventStore) -> Saved[ReviewRef]:
    """A buyer has one review of each item that is sold, wherever they bought it. It is shown once it is approved."""
    item = await store.load(ITEM, item_id)
    if item.state.status is not Status.ACTIVE:
        raise UnknownItem(item_id)
    id = review_id(item_id, call.actor)
    stream = (await store.load_many(REVIEW, [id]))[id]
    stream.add(review.write(stream.state, item_id, call.actor, rating=cmd.rating, title=cmd.title, comment=cmd.comment))
    return await store.save(stream, call=call, result=_ref(stream, item_id))


@command("catalog")
async def revise_review(
    cmd: ReviseReview, call: Call, item_id: UUID, review_id: UUID, *, store: EventStore
) -> Saved[ReviewRef]:
    stream = await review_of(item_id, review_id, store=store, author=call.actor, expected=call.expected)
    stream.add(review.revise(stream.state, rating=cmd.rating, title=cmd.title, comment=cmd.comment))
    return await store.save(stream, call=call, result=_ref(stream, item_id))


@command("catalog")
async def withdraw_review(
    cmd: WithdrawReview, call: Call, item_id: UUID, review_id: UUID, *, store: EventStore
) -> Saved[ReviewRef]:
    stream = await review_of(item_id, review_id, store=store, author=call.actor, expected=call.expected)
    stream.add(review.withdraw(stream.state))
    return await store.save(stream, call=call, result=_ref(stream, item_id))


@command("catalog")
async def approve_review(
    cmd: ApproveReview, call: Call, item_id: UUID, review_id: UUID, *, store: EventStore
) -> Saved[ReviewRef]:
    stream = await review_of(item_id, review_id, store=store, expected=call.expected)
    stream.add(review.approve(stream.state))
    return await store.save(stream, call=call, result=_ref(stream, item_id))


@command("catalog")
async def reject_review(
    cmd: RejectReview, call: Call, item_id: UUID, review_id: UUID, *, store: EventStore
) -> Saved[ReviewRef]:
    stream = await review_of(item_id, review_id, store=store, expected=call.expected)
    stream.add(review.reject(stream.state, cmd.reason))
    return await store.save(stream, call=call, result=_ref(stream, item_id))


async def review_of(
    item_id: UUID, id: UUID, *, store: EventStore, author: str | None = None, expected: int | None = None
) -> Stream[Review, ReviewEvent]:
    """Raises UnknownReview where it was never written, is of another item, or is not by `author` where one is named."""
    stream = await store.load(REVIEW, id)
    written = stream.state.status is not ReviewStatus.ABSENT
    if not written or stream.state.item_id != item_id or author not in (None, stream.state.buyer_id):
        raise UnknownReview(id)
    check_expected(expected, stream.version)
    return stream


def _ref(stream: Stream[Review, ReviewEvent], item_id: UUID) -> ReviewRef:
    return ReviewRef(stream.id, item_id, stream.state.status, stream.state.order_id is not None)
