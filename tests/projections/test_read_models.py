"""What each read model shows, as sentences; and what its queries answer."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.followers.bookmark import Pool
from application.deadlines import ORDER_TIMEOUT
from domain import basket, ordering
from domain.catalog import item
from domain.money import Money
from projections.basket import BASKET, basket_view
from projections.best_sellers import BEST_SELLERS, BestSeller, best_sellers
from projections.cart_metrics import CART_METRICS, cart_metrics
from projections.deadlines import WAITING, due
from projections.freshness import Freshness
from projections.item_page import ITEM_PAGE
from projections.kernel import Stale
from projections.order_detail import ORDER_DETAIL, order_detail
from projections.order_history import ORDER_HISTORY, order_history
from projections.order_summary import ORDER_SUMMARY, list_orders
from projections.parcels import PARCELS
from projections.product_sales import PRODUCT_SALES, product_sales
from projections.reading import NotServed
from projections.returns import RETURNS, list_returns, return_detail
from tests.given import START, STREAM, facts, given_facts
from tests.projections.logs import FactLog, follow
from tests.projections.shop import ADDRESS, CATALOGUE, line, money, placed, stock

ORDER = placed()
ITEMS = stock(ORDER)
CHANGE, PAYMENT, REFUND, RETURN = (UUID(int=number) for number in range(60, 64))
PAID = ordering.OrderPaid("alice", ORDER.total, ITEMS, PAYMENT)
CANCELLED = ordering.OrderCancelled("alice", ordering.CancelCause.BUYER, "changed my mind", ITEMS)
OTHER = UUID(int=99)


def test_an_order_is_summed_up() -> None:
    row = given_facts(ORDER_SUMMARY, ORDER, PAID).row(STREAM)

    assert (ordering.Status.PAID, 2, 3, 2) == (row.status, row.lines, row.units, row.version)
    assert (ORDER.total.amount, START) == (row.total, row.placed_at)


def test_a_product_that_was_cancelled_was_not_sold() -> None:
    first, second = CATALOGUE[:2]
    given_facts(
        BEST_SELLERS, (STREAM, ORDER), (OTHER, placed("SL-2", "bob", line(first, 5))), (STREAM, CANCELLED)
    ).then(
        BestSeller(first, "Product 1", 5, 1, START + timedelta(seconds=1)),
        BestSeller(second, "Product 2", 0, 0, START),
    )


def change(quantity: int, amount: str, orders: int = 0) -> ordering.LineChange:
    return ordering.LineChange(CATALOGUE[0], "Product 0", quantity, money(amount), orders)


def bill(*lines: ordering.Line) -> ordering.Bill:
    new = placed("SL-1", "alice", *lines)
    return ordering.Bill(new.lines, new.subtotal, new.discount, new.tax, new.shipping, new.total)


FEWER = bill(line(CATALOGUE[0], 1))
EDITED = ordering.OrderEdited("alice", ADDRESS, FEWER, (change(-1, "-19.90"),))
AMENDED = ordering.OrderAmended(
    CHANGE,
    "alice",
    ADDRESS,
    FEWER,
    (ordering.StockItem(CATALOGUE[0], 1),),
    (change(-1, "-19.90"),),
    refunds=(ordering.Refund(PAYMENT, REFUND, money("19.90")),),
)
CAME_BACK = ordering.ReturnClosed("alice", RETURN, (ordering.ReturnedLine(CATALOGUE[0], 1, money("19.90")),), ())


@pytest.mark.parametrize("less", [EDITED, AMENDED])
def test_what_is_no_longer_ordered_and_what_came_back_was_not_sold(less: Any) -> None:
    first = CATALOGUE[0]
    sold = given_facts(BEST_SELLERS, ORDER, less).row(first)
    assert (1, 1) == (sold.units, sold.orders)
    sold = given_facts(BEST_SELLERS, ORDER, less, CAME_BACK).row(first)
    assert (0, 1) == (sold.units, sold.orders)
    day = given_facts(PRODUCT_SALES, ORDER, less, CAME_BACK).row(first, START.date())
    assert (1, 1, Decimal("19.90"), 1) == (day.orders, day.units, day.amount, day.returned_units)


def test_an_order_shows_what_is_ordered_now_and_what_was_paid_and_paid_back() -> None:
    refunded = ordering.OrderRefunded("alice", PAYMENT, REFUND, money("19.90"), "amended")
    detail = given_facts(ORDER_DETAIL, ORDER, PAID, AMENDED, refunded).row(STREAM)
    summary = given_facts(ORDER_SUMMARY, ORDER, PAID, AMENDED, refunded).row(STREAM)

    assert (FEWER.lines, FEWER.total, 1) == (detail.lines, detail.total, summary.units)
    assert (ORDER.total, money("19.90")) == (detail.paid, detail.refunded)
    assert detail.money == summary.money
    assert "partly-refunded" == detail.payment_status == summary.payment_status
    assert [("applied", CHANGE)] == [(each.status, each.amendment_id) for each in detail.changes]


def test_an_order_shows_money_that_came_too_late_and_refunds_that_failed() -> None:
    cancelled = ordering.OrderCancelled("alice", ordering.CancelCause.BUYER, "", ITEMS)
    charged = ordering.OrderCharged("alice", PAYMENT, ORDER.total)
    failed = ordering.OrderRefundFailed("alice", PAYMENT, REFUND, ORDER.total, "try-later")
    detail = given_facts(ORDER_DETAIL, ORDER, cancelled, charged, failed).row(STREAM)
    summary = given_facts(ORDER_SUMMARY, ORDER, cancelled, charged, failed).row(STREAM)

    assert "paid" == detail.payment_status == summary.payment_status
    assert ORDER.total == detail.paid == summary.money.paid
    assert ORDER.total == detail.owed


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (ordering.AmendmentRejected(CHANGE, "alice", "declined"), "declined"),
        (ordering.OrderCancelled("alice", ordering.CancelCause.BUYER, "", ITEMS), "order-cancelled"),
    ],
)
def test_an_order_shows_why_a_change_did_not_come_about(end: Any, reason: str) -> None:
    asked = ordering.AmendmentRequested(CHANGE, "alice", ADDRESS, FEWER, (), money("1.00"))
    row = given_facts(ORDER_DETAIL, ORDER, PAID, asked, end).row(STREAM)

    assert [("rejected", reason)] == [(each.status, each.reason) for each in row.changes]
    assert ORDER.total == row.total


def test_a_return_shows_what_was_asked_what_came_and_what_was_paid_back() -> None:
    lines = (ordering.RequestedLine(CATALOGUE[0], 2, ordering.ReturnReason.DAMAGED),)
    asked = ordering.ReturnRequested(STREAM, "alice", lines, "It leaks")
    came = ordering.ReturnReceived(
        STREAM, "alice", (ordering.ReceivedLine(CATALOGUE[0], 1, 1, money("39.80")),), money("39.80"), (REFUND, CHANGE)
    )
    part = ordering.ReturnRefunded(STREAM, "alice", REFUND, money("20.00"))
    rest = ordering.ReturnRefunded(STREAM, "alice", CHANGE, money("19.80"))
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, came), (OTHER, part)).row(OTHER)
    assert ("received", money("20.00"), (1, 1)) == (
        row.status,
        row.refunded,
        (row.lines[0].restocked, row.lines[0].written_off),
    )
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, came), (OTHER, part), (OTHER, rest)).row(OTHER)
    assert ("refunded", money("39.80")) == (row.status, row.refunded)
    failed = ordering.ReturnRefundFailed(STREAM, "alice", CHANGE, money("19.80"), "try-later")
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, came), (OTHER, failed), (OTHER, part)).row(OTHER)
    assert ("refund-failed", money("20.00"), money("19.80")) == (row.status, row.refunded, row.owed)
    assert 0 == row.refunds_under_way
    hand = ordering.ReturnRefunded(STREAM, "alice", OTHER, money("19.80"), by_hand=True)
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, came), (OTHER, failed), (OTHER, part), (OTHER, hand)).row(OTHER)
    assert ("refunded", money("39.80"), None, None) == (row.status, row.refunded, row.owed, row.failure)
    dropped = [ordering.ReturnRefundDropped(STREAM, "alice", money(amount)) for amount in ("9.80", "10.00")]
    history = [(OTHER, asked), (OTHER, came), (OTHER, failed), (OTHER, part)]
    row = given_facts(RETURNS, *history, (OTHER, dropped[0])).row(OTHER)
    assert ("refund-failed", money("10.00"), "try-later") == (row.status, row.owed, row.failure)
    row = given_facts(RETURNS, *history, *((OTHER, each) for each in dropped)).row(OTHER)
    assert ("refunded", money("20.00"), None) == (row.status, row.refunded, row.owed)
    assert ordering.NOTHING_LEFT == row.failure
    short, gone = replace(part, again=(UUID(int=99),)), replace(failed, reason=ordering.NOTHING_LEFT)
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, came), (OTHER, short), (OTHER, gone)).row(OTHER)
    assert ("received", 1, None) == (row.status, row.refunds_under_way, row.owed)
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, came), (OTHER, part), (OTHER, gone)).row(OTHER)
    assert ("refunded", ordering.NOTHING_LEFT, None) == (row.status, row.failure, row.owed)
    row = given_facts(RETURNS, (OTHER, asked), (OTHER, ordering.ReturnRejected(STREAM, "alice", "It was used"))).row(
        OTHER
    )
    assert ("rejected", "It was used") == (row.status, row.reject_comment)


@pytest.mark.anyio
@pytest.mark.proves("ORD-15", "ORD-30")
async def test_an_order_is_shown_with_its_parcel_and_its_returns_in_one_query(pool: Pool) -> None:
    lines = (ordering.RequestedLine(CATALOGUE[0], 1, ordering.ReturnReason.UNWANTED),)
    events = [
        (STREAM, ORDER),
        (UUID(int=70), ordering.ParcelSent(STREAM, "alice", "DHL", "JD014600003828")),
        (UUID(int=71), ordering.ReturnRequested(STREAM, "alice", lines, "")),
        (UUID(int=72), ordering.ReturnRequested(OTHER, "bob", lines, "")),
        (UUID(int=70), ordering.ParcelDelivered(STREAM, "alice")),
    ]
    await shop(pool, "ordering", *events, projections=(ORDER_DETAIL, PARCELS, RETURNS))
    async with pool.connection() as connection:
        executed: list[Any] = []
        execute = connection.execute
        connection.execute = lambda *asked: executed.append(asked) or execute(*asked)  # type: ignore[method-assign,assignment,func-returns-value]
        shown = (await order_detail(connection, STREAM, buyer_id="alice")).value

        assert 1 == len(executed)
        assert shown
        assert shown.delivered_at
        assert [UUID(int=71)] == [each.return_id for each in shown.returns]
        mine = (await list_returns(connection, buyer_id="alice")).value
        assert [UUID(int=71)] == [each.return_id for each in mine]
        everybodys = (await list_returns(connection, limit=1)).value
        last = everybodys[-1]
        everybodys += (await list_returns(connection, after=(last.requested_at, last.return_id))).value
        assert [UUID(int=72), UUID(int=71)] == [each.return_id for each in everybodys]
        assert [] == (await list_returns(connection, statuses=[ordering.ReturnStatus.REFUNDED])).value
        assert [UUID(int=72)] == [each.return_id for each in (await list_returns(connection, order_id=OTHER)).value]
        assert (await return_detail(connection, UUID(int=71), buyer_id="bob")).value is None
        assert (await return_detail(connection, UUID(int=71), buyer_id="alice")).value == mine[0]


def test_sales_are_booked_on_the_day_they_are_made_and_cancelled() -> None:
    sold = given_facts(PRODUCT_SALES, ORDER, CANCELLED).row(CATALOGUE[0], START.date())

    assert (1, 2, Decimal("39.80"), 1, 2) == (
        sold.orders,
        sold.units,
        sold.amount,
        sold.cancelled_orders,
        sold.cancelled_units,
    )


def test_every_status_of_an_order_is_told() -> None:
    out = ordering.OrderCancelled(
        "alice", ordering.CancelCause.OUT_OF_STOCK, "", ITEMS, (ordering.OutOfStock(CATALOGUE[0], "Boots"),)
    )
    rows = given_facts(ORDER_HISTORY, ORDER, ordering.OrderValidationRequested("alice", ITEMS), out).rows

    assert ["The order was placed.", "Its items are being checked against the stock.", "Out of stock: Boots."] == [
        row.description for row in rows.values()
    ]


@pytest.mark.parametrize(
    ("cause", "failure", "why"),
    [
        ("too-many-reservations", None, "The order was cancelled: too many others of its buyer wait for Boots."),
        ("payment-failed", "declined", "The order was cancelled: it could not be paid (declined)."),
        ("payment-failed", None, "The order was cancelled: it could not be paid."),
        ("timed-out", None, "The order was cancelled: it was not paid in time."),
        ("buyer", None, "The order was cancelled."),
    ],
)
def test_why_an_order_was_cancelled_is_told(cause: str, failure: str | None, why: str) -> None:
    short = (ordering.OutOfStock(CATALOGUE[0], "Boots"),) if cause == "too-many-reservations" else ()
    event = ordering.OrderCancelled("alice", ordering.CancelCause(cause), "", ITEMS, short, failure)

    assert why == given_facts(ORDER_HISTORY, ORDER, event).row(STREAM, 2).description


def test_an_expired_basket_no_longer_waits() -> None:
    started = basket.BasketStarted("buyer:alice", 1)
    given_facts(WAITING["basket_expiry"], started, basket.BasketExpired()).then()


async def shop(pool: Pool, context: str, *events: Any, projections: tuple[Any, ...]) -> None:
    log = FactLog(facts(context, *events, start=datetime.now(UTC)))
    for projection in projections:
        await follow(projection, log, pool)


@pytest.mark.anyio
@pytest.mark.proves("ORD-10", "ORD-12", "ORD-13", "ORD-14", "ORD-29", "ORD-35")
async def test_orders_are_shown_to_their_buyers_and_to_staff(pool: Pool) -> None:
    notes = [ordering.NoteAdded(UUID(int=number), kind, "Hello") for number, kind in enumerate(ordering.NoteKind)]
    events = [(STREAM, ORDER), *((STREAM, note) for note in notes), (STREAM, PAID)]
    events += [(UUID(int=number), placed(f"SL-{number}", "bob")) for number in range(100, 105)]
    models = (ORDER_SUMMARY, ORDER_DETAIL, ORDER_HISTORY, PARCELS, RETURNS)
    await shop(pool, "ordering", *events, projections=models)
    async with pool.connection() as connection:
        mine = (await list_orders(connection, buyer_id="alice")).value
        assert [STREAM] == [order.order_id for order in mine]
        found = await list_orders(connection, number="SL-102")
        assert [UUID(int=102)] == [order.order_id for order in found.value]
        assert [] == (await list_orders(connection, number="SL-102", buyer_id="alice")).value
        all_of_them = (await list_orders(connection, limit=4)).value
        last = all_of_them[-1]
        all_of_them += (await list_orders(connection, after=(last.placed_at, last.order_id))).value
        assert 6 == len({order.order_id for order in all_of_them}) == len(all_of_them)
        paid = await list_orders(connection, statuses=[ordering.Status.PAID], product_id=CATALOGUE[0])
        assert [STREAM] == [order.order_id for order in paid.value]
        assert {"ordering": len(events)} == paid.positions

        shown = (await order_detail(connection, STREAM, buyer_id="alice")).value
        assert shown
        assert [ordering.NoteKind.CUSTOMER] == [note.kind for note in shown.notes]
        assert (ADDRESS, ORDER.lines, ORDER.total) == (shown.address, shown.lines, shown.total)
        whole = (await order_detail(connection, STREAM)).value
        assert whole
        assert 2 == len(whole.notes)
        assert (await order_detail(connection, STREAM, buyer_id="bob")).value is None
        assert ["submitted", "paid"] == [each.status for each in (await order_history(connection, STREAM)).value]
        assert [] == (await order_history(connection, STREAM, buyer_id="bob")).value


@pytest.mark.anyio
@pytest.mark.proves("ORD-29")
async def test_reports_say_what_sold(pool: Pool) -> None:
    more = placed("SL-2", "bob", line(CATALOGUE[2], 9))
    await shop(pool, "ordering", (STREAM, ORDER), (OTHER, more), projections=(BEST_SELLERS, PRODUCT_SALES))
    today = datetime.now(UTC).date()
    async with pool.connection() as connection:
        assert [9, 2, 1] == [each.units for each in (await best_sellers(connection)).value]
        assert 1 == len((await best_sellers(connection, limit=1)).value)
        sold = await product_sales(connection, first=today - timedelta(1), last=today + timedelta(1))
        assert 3 == len(sold.value)
        assert [] == (await product_sales(connection, first=date(2020, 1, 1), last=date(2020, 1, 2))).value


@pytest.mark.anyio
@pytest.mark.proves("BAS-01", "BAS-05")
async def test_a_basket_shows_which_prices_changed_since(pool: Pool) -> None:
    kept, dearer, gone = CATALOGUE[:3]
    listed = [
        (each, item.ItemListed(name="Boots", slug="boots", sku="B", price=money("10.00"))) for each in CATALOGUE[:3]
    ]
    changed = [(dearer, item.ItemRepriced(money("10.00"), money("12.50"))), (gone, item.ItemWithdrawn())]
    await shop(pool, "catalog", *listed, *changed, projections=(ITEM_PAGE,))
    lines = [basket.Line(each, "Boots", None, money("10.00"), 2) for each in (kept, dearer, gone)]
    filled = [basket.BasketStarted("buyer:alice", 1), *(basket.ItemAdded(each, 2) for each in lines)]
    await shop(pool, "basket", *filled, projections=(BASKET, CART_METRICS))
    async with pool.connection() as connection:
        seen = await basket_view(connection, STREAM)
        assert seen.value
        assert [(kept, False, True), (dearer, True, True), (gone, False, False)] == [
            (each.product_id, each.price_changed, each.available) for each in seen.value.lines
        ]
        assert (money("60.00"), money("45.00")) == (seen.value.subtotal, seen.value.current_subtotal)
        assert {"basket": 4, "catalog": 5} == seen.positions
        assert (await basket_view(connection, OTHER)).value is None
        today = datetime.now(UTC).date()
        days = (await cart_metrics(connection, STREAM, first=today - timedelta(1), last=today)).value
        assert (3, 6) == (days[0].added, days[0].units_added)


@pytest.mark.anyio
async def test_who_waits_longest_is_due_first(pool: Pool) -> None:
    streams = [UUID(int=number) for number in range(1, 6)]
    waiting = WAITING["order_timeout"]
    await shop(pool, "ordering", *((stream, ORDER) for stream in streams), (streams[1], PAID), projections=(waiting,))
    async with pool.connection() as connection:
        soon, hour = datetime.now(UTC) + timedelta(minutes=1), timedelta(hours=1)
        first = (await due(connection, ORDER_TIMEOUT, timedelta(), soon, limit=2)).value
        rest = (await due(connection, ORDER_TIMEOUT, timedelta(), soon, after=first[-1])).value
        assert [streams[0], *streams[2:]] == [each.stream for each in (*first, *rest)]
        assert [] == (await due(connection, ORDER_TIMEOUT, hour, soon)).value
        set_back = await due(connection, ORDER_TIMEOUT, hour, soon - 2 * hour)
        assert [streams[0], *streams[2:]] == [each.stream for each in set_back.value], "it would be too long till then"


@pytest.mark.anyio
@pytest.mark.proves("P13")
async def test_a_reader_waits_until_its_own_write_is_seen_and_is_told_when_it_is_not(pool: Pool) -> None:
    await shop(pool, "ordering", ORDER, PAID, projections=(ORDER_SUMMARY,))
    freshness = Freshness(pool)
    await freshness.wait_for([ORDER_SUMMARY], "ordering", 2, timeout=1)
    await freshness.wait_for([ORDER_SUMMARY], "catalog", 99, timeout=0)  # it does not follow that one
    with pytest.raises(Stale) as stale:
        await freshness.wait_for([ORDER_SUMMARY], "ordering", 5, timeout=0.05)
    assert (2, 5) == (stale.value.position, stale.value.wanted)


@pytest.mark.anyio
async def test_a_read_model_that_was_never_built_says_so(pool: Pool) -> None:
    async with pool.connection() as connection:
        with pytest.raises(NotServed, match="order_summary"):
            await list_orders(connection)


def test_money_keeps_its_places() -> None:
    exact = replace(ORDER, total=Money(Decimal("0.1000"), "USD"))

    assert Decimal("0.1000").as_tuple() == given_facts(ORDER_SUMMARY, exact).row(STREAM).total.as_tuple()
