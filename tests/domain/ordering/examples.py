"""The order that the tests are about: a tent and two stoves for Alice."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from domain.kernel import Event
from domain.money import total
from domain.ordering import (
    Address,
    BasketRef,
    Bill,
    CancelCause,
    Draft,
    Item,
    Line,
    NoteAdded,
    NoteKind,
    OrderAllocated,
    OrderAuthorised,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    OrderStockConfirmed,
    OrderValidationRequested,
    OutOfStock,
    Rules,
    Status,
    StockItem,
    draft,
)
from tests.money import usd

RULES = Rules()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATE = NOW - RULES.timeout
TENT, STOVE, ORIGIN, BASKET_ID, PAYMENT = (UUID(int=number) for number in range(1, 6))
ALICE = "alice"
NUMBER = "9NC-7SH-72Y"
ADDRESS = Address("Alice Alpine", "1 Ridge Road", "Innsbruck", "6020", "AT", "Tyrol")
BASKET = BasketRef(BASKET_ID, 3)
ITEMS = (
    Item(TENT, "Storm Tent", "items/storm-tent.svg", usd("289.00"), 1, usd("28.90")),
    Item(STOVE, "Pocket Stove", None, usd("34.555"), 2, usd("0")),
)
TAXES = {TENT: usd("20.81"), STOVE: usd("5.53")}
DRAFT: Draft = draft(ITEMS, TAXES, usd("4.90"), RULES)
MORE: Draft = draft((ITEMS[0], replace(ITEMS[1], quantity=3)), TAXES | {STOVE: usd("8.29")}, usd("4.90"), RULES)
"""With one more stove."""

placed = OrderPlaced(
    number=NUMBER,
    buyer_id=ALICE,
    origin=ORIGIN,
    basket=BASKET,
    address=ADDRESS,
    lines=(
        Line(
            product_id=TENT,
            name="Storm Tent",
            picture="items/storm-tent.svg",
            unit_price=usd("289.00"),
            quantity=1,
            subtotal=usd("289.00"),
            discount=usd("28.90"),
            tax=usd("20.81"),
            total=usd("280.91"),
        ),
        Line(
            product_id=STOVE,
            name="Pocket Stove",
            picture=None,
            unit_price=usd("34.555"),
            quantity=2,
            subtotal=usd("69.11"),
            discount=usd("0.00"),
            tax=usd("5.53"),
            total=usd("74.64"),
        ),
    ),
    subtotal=usd("358.11"),
    discount=usd("28.90"),
    tax=usd("26.34"),
    shipping=usd("4.90"),
    total=usd("360.45"),
)
STOCK = (StockItem(TENT, 1), StockItem(STOVE, 2))
validating = OrderValidationRequested(ALICE, STOCK)
confirmed = OrderStockConfirmed(ALICE, usd("360.45"))
authorised = OrderAuthorised(ALICE)
allocated = OrderAllocated(ALICE)
paid = OrderPaid(ALICE, usd("360.45"), STOCK, PAYMENT)
shipped = OrderShipped(ALICE, "DHL", "JD014600003828", STOCK)
cancelled = OrderCancelled(ALICE, CancelCause.BUYER, "too late", STOCK)
out_of_stock = OrderCancelled(ALICE, CancelCause.OUT_OF_STOCK, "", STOCK, (OutOfStock(STOVE, "Pocket Stove"),))
by_staff = OrderCancelled(ALICE, CancelCause.STAFF, "sold twice", STOCK)
timed_out = OrderCancelled(ALICE, CancelCause.TIMED_OUT, "", STOCK)
note = NoteAdded(TENT, NoteKind.CUSTOMER, "Please ring twice")

HISTORIES: dict[Status | None, list[Event]] = {
    None: [],
    Status.SUBMITTED: [placed],
    Status.AWAITING_VALIDATION: [placed, validating],
    Status.STOCK_CONFIRMED: [placed, validating, confirmed],
    Status.PAID: [placed, validating, confirmed, authorised, allocated, paid],
    Status.SHIPPED: [placed, validating, confirmed, authorised, allocated, paid, shipped],
    Status.CANCELLED: [placed, cancelled],
}
"""A way to each status."""
PAID, SHIPPED = HISTORIES[Status.PAID], HISTORIES[Status.SHIPPED]


def bill(draft: Draft) -> Bill:
    return Bill(draft.lines, draft.subtotal, draft.discount, draft.tax, draft.shipping, draft.total)


def assert_adds_up(given: Draft) -> None:
    currency = given.total.currency
    for line in given.lines:
        assert line.subtotal == (line.unit_price * line.quantity).rounded()
        assert line.total == line.subtotal - line.discount + line.tax
        assert line.total.amount >= 0
    assert given.subtotal == total((line.subtotal for line in given.lines), currency)
    assert given.discount == total((line.discount for line in given.lines), currency)
    assert given.tax == total((line.tax for line in given.lines), currency)
    assert given.total == given.subtotal - given.discount + given.tax + given.shipping
    assert given.total == total((line.total for line in given.lines), currency) + given.shipping
    for amount in (given.subtotal, given.discount, given.tax, given.shipping, given.total):
        assert amount == amount.rounded()
        assert amount.amount >= 0
