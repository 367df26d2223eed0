"""An order is placed once, as it was ordered, for a total that the shop takes and the buyer agreed to."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.ordering import ORDER, Order, OrderCannotChange, Rules, Status, TotalChanged, TotalOutOfRange, place
from tests.domain.ordering.examples import (
    ADDRESS,
    ALICE,
    BASKET,
    DRAFT,
    NUMBER,
    ORIGIN,
    RULES,
    TENT,
    cancelled,
    placed,
)
from tests.given import given
from tests.money import usd

PLACING: dict[str, Any] = {
    "number": NUMBER,
    "buyer_id": ALICE,
    "origin": ORIGIN,
    "basket": BASKET,
    "address": ADDRESS,
    "draft": DRAFT,
    "expected_total": None,
    "rules": RULES,
}


@pytest.mark.proves("ORD-01", "ORD-04", "ORD-10", "ORD-11", "ORD-12")
def test_a_placed_order_freezes_what_was_ordered_and_what_it_costs() -> None:
    order = given(ORDER).when(place, **PLACING).then(placed)

    assert order == Order(Status.SUBMITTED, NUMBER, ALICE, ORIGIN, ADDRESS, placed.lines, placed.total, None, ())


def test_placing_from_the_same_origin_twice_places_once() -> None:
    given(ORDER, [placed]).when(place, **PLACING).then()
    given(ORDER, [placed, cancelled]).when(place, **PLACING).then()


def test_an_order_is_not_placed_over_another() -> None:
    given(ORDER, [placed]).when(place, **PLACING | {"origin": TENT}).refused(OrderCannotChange, to="submitted")


@pytest.mark.proves("ORD-17", "ORD-18")
@pytest.mark.parametrize(
    ("rules", "fits"),
    [
        (Rules(least_total=DRAFT.total.amount), True),
        (Rules(least_total=DRAFT.total.amount + usd("0.01").amount), False),
        (Rules(most_total=DRAFT.total.amount), True),
        (Rules(most_total=DRAFT.total.amount - usd("0.01").amount), False),
    ],
)
def test_a_total_below_the_least_or_above_the_most_is_refused(rules: Rules, fits: bool) -> None:
    placing = given(ORDER).when(place, **PLACING | {"rules": rules})
    if fits:
        placing.then(placed)
    else:
        placing.refused(TotalOutOfRange, total=usd("360.45"))


@pytest.mark.proves("ORD-17", "ORD-18", "ORD-19", "ORD-20", "ORD-21")
def test_the_limits_are_those_of_the_shop_unless_set_otherwise() -> None:
    assert (
        Rules(
            least_total=usd("10").amount,
            most_total=usd("10000").amount,
            most_lines=50,
            timeout=timedelta(minutes=30),
            most_pending=5,
        )
        == Rules()
    )


def test_a_total_that_the_buyer_did_not_agree_to_is_refused_and_told() -> None:
    given(ORDER).when(place, **PLACING | {"expected_total": usd("360.45")}).then(placed)
    given(ORDER).when(place, **PLACING | {"expected_total": usd("360.44")}).refused(
        TotalChanged, expected=usd("360.44"), total=usd("360.45")
    )


def test_where_an_order_goes_is_marked_as_personal_data() -> None:
    personal = {
        field.name
        for field in msgspec.inspect.type_info(type(ADDRESS)).fields  # type: ignore[attr-defined]
        if isinstance(field.type, msgspec.inspect.Metadata) and (field.type.extra or {}).get("personal")
    }

    assert personal == {"recipient", "street", "city", "postal_code", "region"}
