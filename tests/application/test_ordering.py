"""What ordering's commands promise: prices are the shop's, one origin is one order, and others see nothing of it."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from application import ordering
from application.commands import DryRun
from application.deadlines import ORDER_TIMEOUT, Waiting
from application.offers import ProductUnknown, ProductWithdrawn
from application.ordering import (
    AddNote,
    CancelStaleOrder,
    DraftOrder,
    OrderLine,
    OrderReceipt,
    PlaceOrder,
    ShipOrder,
    StaffOnly,
)
from application.store import Call, KeyReused, Saved
from application.wire import Price
from domain.kernel import InvalidText, Refusal, StaleVersion
from domain.money import CurrencyMismatch, Money
from domain.ordering import (
    BUYER,
    ORDER,
    CancelCause,
    NoteAdded,
    NoteKind,
    OrderCancelled,
    OrderCannotChange,
    OrderNotFound,
    OrderPlaced,
    OrderShipped,
    ParcelSent,
    PendingOrderClosed,
    PendingOrderOpened,
    Rules,
    Status,
    StockItem,
    TooManyPendingOrders,
    TotalChanged,
    TotalOutOfRange,
    buyer_stream,
    number,
)
from tests.application.market import ADDRESS, OLD, ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def market() -> Market:
    return Market()


async def status(market: Market, order_id: UUID) -> Status | None:
    return (await market.store.load(ORDER, order_id)).state.status


async def pending(market: Market, buyer_id: str = "alice") -> frozenset[UUID]:
    return (await market.store.load(BUYER, buyer_stream(buyer_id))).state.pending


async def time_out(market: Market, order_id: UUID) -> Saved[OrderReceipt]:
    call = market.call("system:deadlines")
    return await ordering.cancel_stale_order(
        CancelStaleOrder(), call, order_id, store=market.store, rules=market.till.rules
    )


async def ship(market: Market, order_id: UUID, call: Call) -> Saved[OrderReceipt]:
    return await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), call, order_id, store=market.store)


async def note(market: Market, order_id: UUID, cmd: AddNote, call: Call) -> Saved[ordering.NoteReceipt]:
    return await ordering.add_note(
        cmd, call, order_id, store=market.store, rules=market.till.rules, new_id=market.new_id
    )


# Placing


@pytest.mark.proves("ORD-01", "ORD-12", "ORD-24")
async def test_an_order_freezes_the_catalogues_prices_with_tax_and_shipping(market: Market) -> None:
    saved = await market.place((STOVE, 1), (ROPE, 2))
    placed, opened = saved.events

    assert isinstance(placed, OrderPlaced)
    assert [(line.name, line.unit_price.amount, line.quantity) for line in placed.lines] == [
        ("Pocket Stove", Decimal("34.50"), 1),
        ("Rope", Decimal("1.25"), 2),
    ]
    amounts = (placed.subtotal, placed.discount, placed.tax, placed.shipping, placed.total)
    assert amounts == tuple(Money.parse(each, "USD") for each in ("37.00", "0.00", "2.96", "4.90", "44.86"))
    assert opened == PendingOrderOpened("alice", saved.result.order_id)
    assert saved.result == OrderReceipt(saved.result.order_id, placed.number, Status.SUBMITTED, placed.total)
    market.catalogue.sell(STOVE, "Pocket Stove II", "99.00")
    order = await market.store.load(ORDER, saved.result.order_id)
    assert (order.state.lines, order.state.total) == (placed.lines, placed.total)


@pytest.mark.proves("ORD-02")
async def test_lines_of_the_same_product_become_one(market: Market) -> None:
    saved = await market.place((STOVE, 1), (ROPE, 2), (STOVE, 3))
    placed = saved.events[0]

    assert isinstance(placed, OrderPlaced)
    assert [(line.product_id, line.quantity) for line in placed.lines] == [(STOVE, 4), (ROPE, 2)]


async def test_a_line_without_a_quantity_is_one() -> None:
    body = msgspec.json.decode(f'{{"lines": [{{"product_id": "{TENT}"}}]}}'.encode(), type=DraftOrder)

    assert body == DraftOrder((OrderLine(TENT, 1),))


async def test_the_number_leads_to_the_order(market: Market) -> None:
    receipt = (await market.place((TENT, 1))).result

    assert receipt.order_id == number.order_id(number.parse(receipt.number.lower()))


@pytest.mark.proves("ORD-16")
async def test_an_order_that_comes_again_is_placed_once(market: Market) -> None:
    first, again = (
        await market.place((TENT, 1), call=market.call(key="order-1")),
        await market.place((TENT, 1), call=market.call(key="order-1")),
    )

    assert first.result == again.result
    assert again.replayed
    assert await market.orders() == [first.result.order_id]


async def test_an_order_whose_command_was_forgotten_is_still_the_same_order(market: Market) -> None:
    """The order's id comes from the key: it outlives the record of the command."""
    call = market.call(key="order-1")
    first = await market.place((TENT, 1), call=call)
    forgetful = DryRun(market.store)
    again = await ordering.place_order(
        PlaceOrder((OrderLine(TENT, 1),), ADDRESS), call, store=forgetful, till=market.till, new_id=market.new_id
    )

    assert first.result == again.result
    assert again.events == ()


async def test_a_key_never_leads_to_somebody_elses_order(market: Market) -> None:
    shared = market.call("alice", "order-1")
    await market.place((TENT, 1), call=shared)
    market.store = DryRun(market.store)
    with pytest.raises(OrderNotFound):
        await market.place((TENT, 1), call=replace(shared, actor="eve"))


async def test_the_same_key_for_another_order_is_refused(market: Market) -> None:
    call = market.call(key="order-1")
    assert call.idempotency
    await market.place((TENT, 1), call=call)
    with pytest.raises(KeyReused):
        await market.place((ROPE, 9), call=replace(call, idempotency=replace(call.idempotency, fingerprint=b"other")))


async def test_two_orders_without_a_key_are_two_orders(market: Market) -> None:
    await market.place((TENT, 1))
    await market.place((TENT, 1))

    assert len(await market.orders()) == 2


async def test_parallel_repetitions_place_one_order(market: Market) -> None:
    call = market.call(key="order-1")
    saved = await asyncio.gather(*(market.place((TENT, 1), call=call) for _ in range(8)))

    assert len({each.result.order_id for each in saved}) == 1
    assert len(await market.orders()) == 1


async def test_two_origins_that_draw_the_same_number_get_two_numbers(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = number.draw

    def unlucky(origin: UUID, attempt: int = 0) -> str:
        return real(UUID(int=1), 0) if attempt == 0 else real(origin, attempt)

    monkeypatch.setattr(number, "draw", unlucky)
    calls = [market.call(buyer, key="order-1") for buyer in ("alice", "bob", "carol")]
    first = await asyncio.gather(*(market.place((TENT, 1), call=call) for call in calls))
    again = [await market.place((TENT, 1), call=call) for call in calls]

    assert len({each.result.number for each in first}) == 3
    assert [each.result for each in first] == [each.result for each in again]


@pytest.mark.proves("ORD-25")
async def test_unknown_and_withdrawn_products_are_refused_by_name_and_nothing_is_recorded(market: Market) -> None:
    with pytest.raises(ProductUnknown) as unknown:
        await market.place((TENT, 1), (UUID(int=404), 1))
    with pytest.raises(ProductWithdrawn) as withdrawn:
        await market.place((TENT, 1), (OLD, 1))

    assert unknown.value.fields == {"product_ids": [str(UUID(int=404))]}
    assert withdrawn.value.fields == {"product_ids": [str(OLD)]}
    assert await market.store.head("ordering") == 0


@pytest.mark.proves("ORD-17", "ORD-18")
async def test_orders_below_10_and_above_10000_are_refused(market: Market) -> None:
    for lines in ([(ROPE, 1)], [(TENT, 99)]):
        with pytest.raises(TotalOutOfRange):
            await market.place(*lines)


async def test_a_total_that_was_not_agreed_to_is_refused_and_told(market: Market) -> None:
    await market.place((STOVE, 1), expected_total="42.16")
    with pytest.raises(TotalChanged) as caught:
        await market.place((STOVE, 1), expected_total="42.15")

    assert caught.value.fields == {"expected": "42.15", "total": "42.16", "currency": "USD"}
    assert len(await market.orders()) == 1


@pytest.mark.proves("B39")
async def test_an_order_in_another_currency_is_refused(market: Market) -> None:
    market.catalogue.sell(ROPE, "Rope", "20.00", "EUR")
    with pytest.raises(CurrencyMismatch):
        await market.place((ROPE, 1))
    cmd = PlaceOrder((OrderLine(TENT),), ADDRESS, Price("317.02", "EUR"))
    with pytest.raises(CurrencyMismatch):
        await ordering.place_order(cmd, market.call(), store=market.store, till=market.till, new_id=market.new_id)


async def test_an_address_that_cannot_be_read_is_refused(market: Market) -> None:
    cmd = PlaceOrder((OrderLine(TENT),), replace(ADDRESS, city=" \0"))
    with pytest.raises(InvalidText):
        await ordering.place_order(cmd, market.call(), store=market.store, till=market.till, new_id=market.new_id)


async def test_a_draft_costs_what_the_order_will_cost_and_records_nothing(market: Market) -> None:
    cmd = DraftOrder((OrderLine(STOVE, 1), OrderLine(ROPE, 2)))
    draft, _ = await ordering.draft_order(cmd, market.call(), store=market.store, till=market.till)
    assert await market.store.head("ordering") == 0

    assert draft.total == (await market.place((STOVE, 1), (ROPE, 2))).result.total


async def test_a_rehearsed_order_says_what_it_would_record(market: Market) -> None:
    market.store, store = DryRun(market.store), market.store
    saved = await market.place((TENT, 1))

    assert [type(event) for event in saved.events] == [OrderPlaced, PendingOrderOpened]
    assert await store.head("ordering") == 0


@pytest.mark.proves("B13", "B15", "B16", "B17", "B18")
@pytest.mark.parametrize(
    "change",
    [
        {"lines": []},
        {"lines": [{"product_id": str(TENT), "quantity": 0}]},
        {"lines": [{"product_id": str(TENT), "quantity": 1.5}]},
        {"lines": [{"product_id": str(TENT), "unit_price": "0.01"}]},
        {"lines": None},
        {"address": None},
        {"address": {"city": "Innsbruck"}},
        {"address": msgspec.to_builtins(ADDRESS) | {"is_admin": True}},
        {"total": "0.01"},
        {"expected_total": {"amount": 19.99, "currency": "USD"}},
        {"expected_total": {"amount": "-1", "currency": "USD"}},
    ],
)
async def test_a_body_that_is_not_an_order_is_refused(change: dict[str, Any]) -> None:
    body = {"lines": [{"product_id": str(TENT)}], "address": msgspec.to_builtins(ADDRESS)}
    msgspec.json.decode(msgspec.json.encode(body), type=PlaceOrder)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(body | change), type=PlaceOrder)


# Pending orders


@pytest.mark.proves("ORD-21")
async def test_a_sixth_pending_order_is_refused_however_many_come_at_once(market: Market) -> None:
    outcomes = await asyncio.gather(*(market.place((TENT, 1)) for _ in range(7)), return_exceptions=True)

    assert len(await market.orders()) == len(await pending(market)) == 5
    assert sum(isinstance(each, TooManyPendingOrders) for each in outcomes) == 2


@pytest.mark.proves("ORD-21")
async def test_a_cancelled_and_a_paid_order_make_room(market: Market) -> None:
    first, second, *_ = [(await market.place((TENT, 1))).result.order_id for _ in range(5)]
    with pytest.raises(TooManyPendingOrders):
        await market.place((TENT, 1))
    await market.cancel(first)
    await market.paid(second)
    for _ in range(2):
        await market.place((TENT, 1))

    assert len(await pending(market)) == 5
    assert (await market.place((TENT, 1), call=market.call("bob"))).result.status is Status.SUBMITTED


# Cancelling


async def test_an_order_and_its_place_among_the_pending_are_given_up_together(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    saved = await market.cancel(order_id, reason=" Changed my mind ")
    cancelled, closed = saved.events

    assert isinstance(cancelled, OrderCancelled)
    assert (cancelled.cause, cancelled.comment) == (CancelCause.BUYER, "Changed my mind")
    assert closed == PendingOrderClosed("alice", order_id)
    assert saved.result.status is Status.CANCELLED
    assert (await market.cancel(order_id)).events == ()


async def test_staff_cancels_in_the_name_of_staff(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    cancelled = (await market.cancel(order_id, market.call("sam", staff=True))).events[0]

    assert isinstance(cancelled, OrderCancelled)
    assert cancelled.cause is CancelCause.STAFF


@pytest.mark.proves("B47")
async def test_an_order_is_cancelled_until_it_is_shipped(market: Market) -> None:
    paid, shipped = [(await market.place((TENT, 1))).result.order_id for _ in range(2)]
    for order_id in (paid, shipped):
        await market.paid(order_id)
    await ship(market, shipped, market.call("sam", staff=True))
    with pytest.raises(OrderCannotChange):
        await market.cancel(shipped)

    assert (await market.cancel(paid)).result.status is Status.CANCELLED


@pytest.mark.proves("B41")
async def test_an_order_that_changed_meanwhile_is_not_cancelled_on_an_old_version(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    await note(market, order_id, AddNote("Wait!"), market.call())
    with pytest.raises(StaleVersion):
        await market.cancel(order_id, market.call(expected=1))


# Whose order it is


@pytest.mark.proves("B28", "P16")
async def test_somebody_elses_order_answers_exactly_like_one_that_does_not_exist(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    eve = market.call("eve", expected=7)

    async def answers(id: UUID) -> list[tuple[type[Refusal], str, dict[str, Any]]]:
        asked = (
            market.cancel(id, eve),
            ship(market, id, eve),
            note(market, id, AddNote("Mine", NoteKind.INTERNAL), eve),
            ordering.order_of(eve, id, store=market.store),
        )
        refusals = await asyncio.gather(*asked, return_exceptions=True)
        return [(type(each), each.detail, each.fields) for each in refusals if isinstance(each, Refusal)]

    missing = await answers(UUID(int=404))
    hers = await answers(order_id)
    assert len(hers) == len(missing) == 4
    assert {kind for kind, *_ in hers} == {OrderNotFound}
    assert [(kind, detail) for kind, detail, _ in hers] == [(kind, detail) for kind, detail, _ in missing]
    assert {str(fields) for *_, fields in hers} == {str({"order_id": str(order_id)})}


@pytest.mark.proves("B27")
async def test_the_id_of_something_else_is_no_order(market: Market) -> None:
    await market.place((TENT, 1))
    with pytest.raises(OrderNotFound):
        await market.cancel(buyer_stream("alice"))


async def test_staff_may_see_and_change_any_order(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    sam = market.call("sam", staff=True)

    assert (await ordering.order_of(sam, order_id, store=market.store)).state.buyer_id == "alice"
    assert (await note(market, order_id, AddNote("Called", NoteKind.INTERNAL), sam)).versions[order_id] == 2


# Shipping


async def test_only_staff_ships_and_only_what_is_paid(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    sam = market.call("sam", staff=True)
    with pytest.raises(StaffOnly):
        await ship(market, order_id, market.call())
    with pytest.raises(OrderCannotChange):
        await ship(market, order_id, sam)
    await market.paid(order_id)
    saved = await ship(market, order_id, sam)

    assert saved.events == (
        OrderShipped("alice", "DHL", "JD014600003828", (StockItem(TENT, 1),)),
        ParcelSent(order_id, "alice", "DHL", "JD014600003828"),
    )
    assert (await ship(market, order_id, sam)).events == ()


# Notes


@pytest.mark.proves("ORD-14")
async def test_a_note_that_comes_again_is_kept_once(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    for key in ("note-1", "note-1", "note-2"):
        await note(market, order_id, AddNote("Please ring twice"), market.call(key=key))
    facts = await market.store.history(ORDER, order_id)

    assert [type(fact.event) for fact in facts] == [OrderPlaced, NoteAdded, NoteAdded]


async def test_internal_notes_are_for_staff(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    with pytest.raises(StaffOnly):
        await note(market, order_id, AddNote("Hm", NoteKind.INTERNAL), market.call())


# Deadlines


@pytest.mark.proves("ORD-20", "ORD-23")
async def test_a_pending_order_is_cancelled_after_30_minutes(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    market.clock.advance(HALF_AN_HOUR - timedelta(seconds=1))
    await note(market, order_id, AddNote("Still thinking"), market.call())
    assert (await time_out(market, order_id)).events == ()
    market.clock.advance(timedelta(seconds=1))
    cancelled, closed = (await time_out(market, order_id)).events

    assert isinstance(cancelled, OrderCancelled)
    assert cancelled.cause is CancelCause.TIMED_OUT
    assert closed == PendingOrderClosed("alice", order_id)
    assert (await time_out(market, order_id)).events == ()


async def test_an_order_that_was_paid_in_time_does_not_time_out(market: Market) -> None:
    order_id = (await market.place((TENT, 1))).result.order_id
    market.clock.advance(HALF_AN_HOUR)
    await asyncio.gather(market.paid(order_id), time_out(market, order_id), return_exceptions=True)
    final = await status(market, order_id)
    await time_out(market, order_id)

    assert final in {Status.PAID, Status.CANCELLED}
    assert await status(market, order_id) is final
    assert await pending(market) == frozenset()


async def test_the_deadline_knows_the_orders_that_are_pending(market: Market) -> None:
    orders = [(await market.place((TENT, 1))).result.order_id for _ in range(3)]
    await market.paid(orders[0])
    await market.cancel(orders[1])
    await note(market, orders[2], AddNote("Hello"), market.call())
    waiting: dict[UUID, Waiting | None] = {}
    for fact in await market.store.read("ordering"):
        if type(fact.event) in ORDER_TIMEOUT.events:
            waiting[fact.stream] = ORDER_TIMEOUT.evolve(waiting.get(fact.stream), fact)

    assert [each for each in waiting.values() if each] == [Waiting(orders[2], market.clock.now)]


async def test_the_least_time_is_a_setting(market: Market) -> None:
    market = Market(Rules(timeout=timedelta(0)))
    order_id = (await market.place((TENT, 1))).result.order_id

    assert (await time_out(market, order_id)).result.status is Status.CANCELLED
