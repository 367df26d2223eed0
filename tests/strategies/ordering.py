"""What can be ordered, and what can happen to an order and a buyer."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain import ordering
from domain.money import Money, most_of
from domain.ordering import (
    BUYER,
    ORDER,
    PARCEL,
    RETURN,
    Address,
    BasketRef,
    CancelCause,
    Draft,
    Item,
    NoteKind,
    Order,
    OrderEvent,
    ReceivedLine,
    RequestedLine,
    ReturnReason,
    Rules,
    StockItem,
)
from tests.laws import Life, Step, step
from tests.strategies.catalog import ids, messy_money, money, names, pictures, texts

BUYER_ID = "alice"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIGHT = Rules(
    most_lines=4,
    most_quantity=9,
    most_notes=3,
    most_changes=3,
    most_pending=2,
    most_total=Decimal("1e20"),
    least_total=Decimal(0),
)
"""Limits that are met often, and totals that are not limited."""
ROOMY = Rules(most_total=Decimal("1e20"), least_total=Decimal(0))


def small_money() -> st.SearchStrategy[Money]:
    return st.decimals(0, 100, places=4).map(lambda amount: Money(amount, "USD"))


def addresses() -> st.SearchStrategy[Address]:
    country = st.sampled_from(["DE", "US", "JP"])
    return st.builds(Address, texts(30), texts(30), texts(20), texts(8), country, st.just("") | texts(10))


@st.composite
def items(draw: st.DrawFn, most_quantity: int = 9) -> Item:
    """An item whose discount fits, as long as it stands alone."""
    price = draw(small_money() | money())
    quantity = draw(st.integers(1, most_of(price, most_quantity)))
    share = draw(st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.5")]))
    discount = Money((price.amount * quantity * share).quantize(Decimal("0.0001")), "USD")
    return Item(draw(ids()), draw(names(12)), draw(st.none() | pictures()), price, quantity, discount)


@st.composite
def carts(draw: st.DrawFn, most: int = 4) -> tuple[list[Item], dict[UUID, Money], Money]:
    """What `draft` takes: items, each product once, with the tax on each, and the shipping."""
    chosen = draw(st.lists(items(), min_size=1, max_size=most, unique_by=lambda item: item.product_id))
    taxes = {item.product_id: draw(small_money()) for item in chosen}
    return chosen, taxes, draw(small_money())


def drafts() -> st.SearchStrategy[Draft]:
    return carts().map(lambda cart: ordering.draft(*cart, TIGHT))


def baskets() -> st.SearchStrategy[BasketRef | None]:
    return st.none() | st.builds(BasketRef, ids(), st.integers(1, 9))


PAYMENT = UUID(int=1)
REFUSED = ("try-later", ordering.NOTHING_LEFT)
_WAY = (
    ordering.request_validation,
    ordering.confirm_stock,
    ordering.authorise,
    ordering.allocate,
    partial(ordering.pay, payment_id=PAYMENT),
    partial(ordering.ship, carrier="DHL", tracking_number="JD014600003828"),
)


def placed_and_driven(order: Order, far: int, **placing: Any) -> list[OrderEvent]:
    """An order that has come so far already."""
    events = ordering.place(order, **placing)
    for decide in _WAY[: far if events else 0]:
        events += decide(ORDER.fold(order, events))
    return events


_PLACING: dict[str, Any] = {
    "number": st.just("9NC-7SH-72Y"),
    "buyer_id": st.just(BUYER_ID),
    "origin": ids(),
    "basket": baskets(),
    "address": addresses(),
    "draft": drafts(),
    "expected_total": st.none(),
    "rules": st.just(TIGHT),
}
_PLACE = step(ordering.place, **_PLACING) | step(placed_and_driven, st.integers(1, len(_WAY)), **_PLACING)

_STEPS: st.SearchStrategy[Step] = st.one_of(
    step(ordering.request_validation),
    step(ordering.end_grace_period, st.sampled_from([NOW, NOW - timedelta(minutes=1)]), st.just(NOW), st.just(TIGHT)),
    step(ordering.confirm_stock),
    step(ordering.authorise),
    step(ordering.allocate),
    step(ordering.reject_stock, st.frozensets(ids(), max_size=3)),
    step(ordering.pay, ids()),
    step(ordering.fail_payment, st.sampled_from(["declined", "expired"])),
    step(ordering.ship, texts(10), texts(10)),
    step(ordering.cancel, st.sampled_from(CancelCause), st.just("") | texts(20)),
    step(
        ordering.time_out,
        st.integers(0, 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
        st.just(NOW),
        st.just(TIGHT),
    ),
    step(ordering.edit, ids(), addresses(), drafts(), st.none(), st.just(TIGHT)),
    step(ordering.confirm_amendment_stock, ids()),
    step(ordering.authorise_amendment, ids()),
    step(ordering.allocate_amendment, ids()),
    step(ordering.pay_amendment, ids()),
    step(ordering.reject_amendment, ids(), st.sampled_from(["out-of-stock", "declined"]), st.frozensets(ids())),
    step(ordering.time_out_amendment, st.just(NOW - timedelta(hours=1)), st.just(NOW), st.just(TIGHT)),
    step(ordering.open_return, ids(), st.lists(st.builds(StockItem, ids(), st.integers(0, 3)), max_size=2)),
    step(ordering.close_return, ids(), st.dictionaries(ids(), st.integers(0, 3), max_size=2)),
    step(ordering.note_refund, ids() | st.just(PAYMENT), ids(), small_money(), st.just("returned")),
    step(ordering.fail_refund, ids() | st.just(PAYMENT), ids(), small_money(), st.sampled_from(REFUSED)),
    step(ordering.note_charge, ids() | st.just(PAYMENT), small_money()),
    step(ordering.note_dispute, ids() | st.just(PAYMENT), ids(), small_money()),
    step(ordering.note_outcome, ids() | st.just(PAYMENT), ids(), small_money(), won=st.booleans()),
    step(ordering.add_note, ids(), st.sampled_from(NoteKind), texts(20), st.just(TIGHT)),
)

ORDER_LIFE = Life(ORDER, first=_PLACE, then=_STEPS | _STEPS | _PLACE)

_OPEN = step(ordering.open_pending, st.just(BUYER_ID), ids(), baskets(), st.integers(0, 9), st.just(TIGHT))
BUYER_LIFE = Life(BUYER, first=_OPEN, then=_OPEN | step(ordering.close_pending, st.just(BUYER_ID), ids()))


_RETURN_LINES = st.lists(
    st.builds(RequestedLine, ids(), st.integers(1, 3), st.sampled_from(ReturnReason)), min_size=1, max_size=2
)
_RECEIVED_LINES = st.lists(
    st.builds(ReceivedLine, ids(), st.integers(0, 2), st.integers(0, 2), small_money()),
    max_size=2,
    unique_by=lambda line: line.product_id,
)
RETURN_LIFE = Life(
    RETURN,
    first=step(ordering.request_return, ids(), st.just(BUYER_ID), _RETURN_LINES, st.just("") | texts(20)),
    then=st.one_of(
        step(ordering.receive_return, _RECEIVED_LINES, st.lists(ids(), max_size=2), small_money()),
        step(ordering.reject_return, texts(20)),
        step(ordering.note_return_refund, ids(), small_money()),
        step(
            ordering.fail_return_refund, ids(), small_money(), st.sampled_from(REFUSED), st.just(()) | st.tuples(ids())
        ),
    ),
)
PARCEL_LIFE = Life(
    PARCEL,
    first=step(ordering.send, ids(), st.just(BUYER_ID), texts(10), texts(10)),
    then=step(ordering.deliver, ids()),
)


def messy_drafts() -> st.SearchStrategy[Any]:
    """What `draft` can be asked for with anything in it."""
    amounts = messy_money() | money()
    quantities = st.integers() | st.integers(1, 9)
    anything = st.lists(st.builds(Item, ids(), names(5), st.none(), amounts, quantities, amounts), max_size=6)
    return st.tuples(anything, st.dictionaries(ids(), amounts, max_size=6), amounts)
