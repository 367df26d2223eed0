"""What reviews promise as commands: one a buyer and item, theirs alone, and verified however messages arrive."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from uuid_utils.compat import uuid7

from adapters.eventstore.memory import MemoryEventStore
from application import catalog
from application.catalog import (
    ApproveReview,
    ListItem,
    RejectReview,
    ReviewRef,
    ReviseReview,
    WithdrawItem,
    WithdrawReview,
    WriteReview,
)
from application.catalog.reacting import note_purchases
from application.contracts import Message, OrderShipped, StockItem
from application.store import Call, EventStore, Idempotency, Saved
from application.wire import Price
from domain.catalog import CONTEXT, REVIEW
from domain.catalog.item import UnknownItem
from domain.catalog.review import AlreadyReviewed, ReviewStatus, UnknownReview, review_id
from domain.kernel import StaleVersion

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
STAFF = Call("sam", NOW, "test", roles=frozenset({"staff"}))
ALICE = Call("alice", NOW, "test", roles=frozenset({"customer"}))
MALLORY = replace(ALICE, actor="mallory")
SAID = WriteReview(4, "Warm and light", "Two winters so far.")


@pytest.fixture
def store() -> EventStore:
    return MemoryEventStore([CONTEXT])


async def listed(store: EventStore) -> UUID:
    cmd = ListItem(name="Alpine Parka", sku=uuid4().hex, slug=f"parka-{uuid4()}", price=Price("249.00", "USD"))
    return (await catalog.list_item(cmd, STAFF, store=store, currency="USD", new_id=uuid7)).result.id


async def written(store: EventStore, item: UUID, call: Call = ALICE) -> Saved[ReviewRef]:
    return await catalog.write_review(SAID, call, item, store=store)


async def hear(store: EventStore, *orders: OrderShipped) -> int:
    """The reactor hears of these orders on one page; how many streams it changed."""
    heard = [Message(each, uuid4(), "ordering", each.order_id, 1, NOW, "test", "test") for each in orders]
    streams = await note_purchases(heard, store)
    await store.save(*streams, call=replace(STAFF, actor="system:note-purchase"), result=None, context="catalog")
    return len(streams)


def shipped(item: UUID, buyer: str = "alice") -> OrderShipped:
    return OrderShipped(uuid4(), buyer, (StockItem(item, 2), StockItem(uuid4(), 1)))


@pytest.mark.proves("CAT-14")
async def test_a_buyer_has_one_review_of_an_item(store: EventStore) -> None:
    item = await listed(store)
    first = await written(store, item)
    again = await written(store, item)

    assert first.result == again.result == ReviewRef(review_id(item, "alice"), item, ReviewStatus.PENDING, False)
    assert () == again.events
    with pytest.raises(AlreadyReviewed):
        await catalog.write_review(WriteReview(1, "Changed my mind"), ALICE, item, store=store)
    assert first.result.id != (await written(store, item, MALLORY)).result.id


async def test_of_two_reviews_at_once_by_one_buyer_one_is_recorded(store: EventStore) -> None:
    item = await listed(store)
    two = (WriteReview(rating, "Written twice") for rating in (4, 5))
    done = await asyncio.gather(
        *(catalog.write_review(each, ALICE, item, store=store) for each in two), return_exceptions=True
    )

    assert ["AlreadyReviewed", "Saved"] == sorted(type(each).__name__ for each in done)
    assert 1 == (await store.load(REVIEW, review_id(item, "alice"))).version


async def test_only_what_is_sold_can_be_reviewed(store: EventStore) -> None:
    item = await listed(store)
    await catalog.withdraw_item(WithdrawItem(), STAFF, item, store=store)
    for id in (item, uuid4()):
        with pytest.raises(UnknownItem):
            await written(store, id)


async def test_a_repeated_request_is_answered_even_when_the_item_is_gone(store: EventStore) -> None:
    item = await listed(store)
    call = replace(ALICE, idempotency=Idempotency("one", "alice", "test", b"body"))
    first = await written(store, item, call)
    await catalog.withdraw_item(WithdrawItem(), STAFF, item, store=store)

    assert first.result == (again := await written(store, item, call)).result
    assert again.replayed


@pytest.mark.proves("S1")
async def test_somebody_elses_review_is_like_one_that_does_not_exist(store: EventStore) -> None:
    item, other = await listed(store), await listed(store)
    id = (await written(store, item)).result.id
    revised = ReviseReview(1, "Mine now")
    for call, of, review in ((MALLORY, item, id), (ALICE, other, id), (ALICE, item, uuid4()), (STAFF, item, id)):
        with pytest.raises(UnknownReview):
            await catalog.revise_review(revised, call, of, review, store=store)
        with pytest.raises(UnknownReview):
            await catalog.withdraw_review(WithdrawReview(), call, of, review, store=store)
    with pytest.raises(UnknownReview):
        await catalog.approve_review(ApproveReview(), STAFF, other, id, store=store)


@pytest.mark.proves("CAT-15")
async def test_what_is_approved_is_what_was_seen(store: EventStore) -> None:
    item = await listed(store)
    saved = await written(store, item)
    id = saved.result.id
    seen = replace(STAFF, expected=saved.versions[id])
    await catalog.revise_review(ReviseReview(1, "Something else"), ALICE, item, id, store=store)
    with pytest.raises(StaleVersion):
        await catalog.approve_review(ApproveReview(), seen, item, id, store=store)
    seen = replace(STAFF, expected=2)
    shown = await catalog.approve_review(ApproveReview(), seen, item, id, store=store)
    hidden = await catalog.reject_review(RejectReview("Rude"), STAFF, item, id, store=store)
    gone = await catalog.withdraw_review(WithdrawReview(), ALICE, item, id, store=store)

    assert ["approved", "rejected", "withdrawn"] == [each.result.status for each in (shown, hidden, gone)]


@pytest.mark.proves("CAT-15")
async def test_a_purchase_verifies_whether_it_is_heard_of_before_the_review_or_after(store: EventStore) -> None:
    item = await listed(store)
    early, late = shipped(item, "alice"), shipped(item, "bob")
    await hear(store, early)
    assert (await written(store, item)).result.verified_purchase
    await written(store, item, replace(ALICE, actor="bob"))
    await hear(store, late)

    for buyer, order in (("alice", early), ("bob", late)):
        assert order.order_id == (await store.load(REVIEW, review_id(item, buyer))).state.order_id
    assert not (await written(store, item, MALLORY)).result.verified_purchase


async def test_messages_that_come_again_change_nothing(store: EventStore) -> None:
    item = await listed(store)
    first, second = shipped(item), shipped(item)
    assert 3 == await hear(store, first, second, first), "one stream a buyer and product"
    head = await store.head("catalog")

    assert 0 == await hear(store, second, first)
    assert head == await store.head("catalog")
    assert first.order_id == (await store.load(REVIEW, review_id(item, "alice"))).state.order_id
