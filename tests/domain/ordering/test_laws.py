"""Laws of ordering: they hold for whatever can happen to an order or a buyer."""

import pytest
from hypothesis import given

from domain.kernel import Event
from domain.ordering import BUYER, ORDER, PENDING, Buyer, Order, OrderPlaced, Status
from tests.strategies.ordering import BUYER_LIFE, ORDER_LIFE, TIGHT


@pytest.mark.proves("ORD-03")
@given(ORDER_LIFE.histories(20))
def test_an_order_only_ever_goes_forward(history: list[Event]) -> None:
    way = list(Status)
    statuses = [ORDER.fold(Order(), history[:end]).status for end in range(1, len(history) + 1)]

    assert sum(isinstance(event, OrderPlaced) for event in history) == 1
    places = [way.index(status) for status in statuses if status]
    assert places == sorted(places)
    if Status.SHIPPED in statuses:
        assert Status.CANCELLED not in statuses


@given(ORDER_LIFE.histories(20))
def test_a_shipped_order_is_not_cancelled_any_more(history: list[Event]) -> None:
    statuses = [ORDER.fold(Order(), history[:end]).status for end in range(1, len(history) + 1)]
    if Status.CANCELLED in statuses:
        assert statuses[statuses.index(Status.CANCELLED) - 1] in PENDING | {Status.PAID}


@given(BUYER_LIFE.histories(20))
def test_a_buyer_never_has_more_pending_orders_than_allowed(history: list[Event]) -> None:
    assert len(BUYER.fold(Buyer(), history).pending) <= TIGHT.most_pending
