"""What can happen to a shelf and to an order's reservation."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from msgspec import UNSET

from domain.inventory import (
    CATEGORY,
    DELIVERY,
    RESERVATION,
    SHELF,
    SUPPLIER,
    AdjustmentReason,
    ReleaseCause,
    Rules,
    Shelf,
    Units,
    category,
    delivery,
    supplier,
)
from domain.inventory.reservation import decisions as reservation
from domain.inventory.shelf import decisions as shelf
from tests.laws import Life, Step, step
from tests.strategies.catalog import ids, names, texts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIGHT = Rules(most_reservations=2)
"""Limits that are met often."""

BUYERS = ("alice", "bob")

_buyers = st.sampled_from(BUYERS)
_few = st.integers(1, 9)
_reasons = st.sampled_from(AdjustmentReason)
_comments = st.just("") | texts(20)

_RECEIVE = step(shelf.receive, _few, st.none() | ids())
_ONCE: st.SearchStrategy[Step] = st.one_of(
    step(shelf.set_thresholds, st.integers(0, 5), st.none() | st.integers(6, 20)),
    step(shelf.assign_supplier, st.none() | ids()),
    step(shelf.assign_category, st.none() | ids()),
)
_MOVES: st.SearchStrategy[Step] = st.one_of(
    step(shelf.adjust, st.integers(-9, 9), _reasons, _comments),
    step(shelf.remove, _few, _reasons, _comments),
    step(shelf.reorder, ids(), _few),
    step(shelf.close_reorder, ids(), _few),
    step(shelf.reserve, ids(), _buyers, _few, st.just(TIGHT)),
    step(shelf.allocate, ids(), _buyers, _few),
    step(shelf.allocate_anew, ids(), _buyers, _few),
    step(shelf.release, ids(), _buyers, _few, st.sampled_from(ReleaseCause), allocated=st.booleans()),
    step(shelf.ship, ids(), _few),
    step(shelf.take_back, ids(), ids(), _few),
    step(shelf.write_off, ids(), ids(), _few),
)

# All else counts again: it is done once by its key, or by the reservation.
SHELF_LIFE = Life(SHELF, first=_RECEIVE, then=_RECEIVE | _MOVES | _MOVES | _ONCE, once=_ONCE)


def units(most: int = 3) -> st.SearchStrategy[list[Units]]:
    return st.lists(st.builds(Units, ids(), _few), max_size=most)


def shelves(most: int = 12) -> st.SearchStrategy[dict[UUID, Shelf]]:
    """One for each id, with some stock or none."""
    stocked = st.integers(0, most).map(lambda on_hand: Shelf(on_hand=on_hand))
    return st.fixed_dictionaries({UUID(int=number): stocked for number in range(1, 7)})


def _moments() -> st.SearchStrategy[dict[UUID, datetime]]:
    """When each part was made: some of them longer ago than is allowed."""
    moment = st.integers(0, 10).map(lambda minutes: NOW - timedelta(minutes=minutes))
    return st.fixed_dictionaries({UUID(int=number): moment for number in range(1, 7)})


_MAKE = step(reservation.make, ids(), ids(), st.just("alice"), units(), shelves(), st.just(TIGHT))
_STEPS: st.SearchStrategy[Step] = st.one_of(
    step(reservation.allocate, ids(), shelves()),
    step(reservation.expire, _moments(), st.just(NOW), st.just(TIGHT)),
    step(reservation.release, ids()),
    step(reservation.reduce, ids(), units()),
    step(reservation.cancel),
    step(reservation.ship),
    step(reservation.take_back, ids(), ids(), units(), units()),
)

RESERVATION_LIFE = Life(RESERVATION, first=_MAKE, then=_STEPS | _STEPS | _MAKE)

_DAYS = st.integers(0, 365)
_ADD_SUPPLIER = step(supplier.add, names(12), _DAYS)
SUPPLIER_LIFE = Life(
    SUPPLIER,
    first=_ADD_SUPPLIER,
    then=_ADD_SUPPLIER
    | step(supplier.describe, name=st.just(UNSET) | names(12), lead_time_days=st.just(UNSET) | _DAYS)
    | step(supplier.withdraw),
)

_PROMISE = step(delivery.promise, ids(), units().filter(bool), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
DELIVERY_LIFE = Life(
    DELIVERY,
    first=_PROMISE,
    then=_PROMISE | step(delivery.receive, st.none() | units()) | step(delivery.call_off),
)

_ADD_CATEGORY = step(category.add, names(12))
CATEGORY_LIFE = Life(
    CATEGORY,
    first=_ADD_CATEGORY,
    then=_ADD_CATEGORY | step(category.rename, names(12)) | step(category.withdraw),
)

LIVES = (SHELF_LIFE, RESERVATION_LIFE, SUPPLIER_LIFE, DELIVERY_LIFE, CATEGORY_LIFE)
