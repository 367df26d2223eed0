"""What holds for one buyer's orders together."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.ordering import (
    BUYER,
    BasketRef,
    CheckOutUnfinished,
    PendingOrderClosed,
    PendingOrderOpened,
    TooManyPendingOrders,
    buyer_stream,
    close_pending,
    open_pending,
)
from tests.domain.ordering.examples import ALICE, BASKET, BASKET_ID, RULES
from tests.given import given

ORDERS = [UUID(int=number) for number in range(1, 8)]


def opened(*orders: UUID) -> list[PendingOrderOpened]:
    return [PendingOrderOpened(ALICE, order) for order in orders]


def test_each_buyer_has_a_stream_of_their_own() -> None:
    assert buyer_stream("alice") == buyer_stream("alice") != buyer_stream("bob")


@pytest.mark.proves("ORD-21")
def test_a_sixth_pending_order_is_refused_until_one_is_closed() -> None:
    five = opened(*ORDERS[:5])
    sixth = (open_pending, ALICE, ORDERS[5], None, 0, RULES)
    given(BUYER, five[:4]).when(open_pending, ALICE, ORDERS[4], None, 0, RULES).then(five[4])
    given(BUYER, five).when(*sixth).refused(TooManyPendingOrders, most=5, pending=[str(each) for each in ORDERS[:5]])
    given(BUYER, [*five, PendingOrderClosed(ALICE, ORDERS[2])]).when(*sixth).then(*opened(ORDERS[5]))


def test_an_order_is_opened_and_closed_once() -> None:
    given(BUYER, opened(ORDERS[0])).when(open_pending, ALICE, ORDERS[0], None, 0, RULES).then()
    given(BUYER, opened(ORDERS[0])).when(close_pending, ALICE, ORDERS[0]).then(PendingOrderClosed(ALICE, ORDERS[0]))
    given(BUYER).when(close_pending, ALICE, ORDERS[0]).then()


def test_a_basket_that_does_not_know_of_its_last_order_yet_is_not_ordered_again() -> None:
    ordered = [PendingOrderOpened(ALICE, ORDERS[0], BASKET), PendingOrderClosed(ALICE, ORDERS[0])]
    again = replace(BASKET, version=4)
    refusal = (
        given(BUYER, ordered)
        .when(open_pending, ALICE, ORDERS[1], again, 2, RULES)
        .refused(CheckOutUnfinished, order_id=str(ORDERS[0]))
    )

    assert isinstance(refusal, CheckOutUnfinished)
    assert refusal.order_id == ORDERS[0]
    given(BUYER, ordered).when(open_pending, ALICE, ORDERS[1], again, 3, RULES).then(
        PendingOrderOpened(ALICE, ORDERS[1], again)
    )


def test_another_basket_is_another_matter() -> None:
    ordered = [PendingOrderOpened(ALICE, ORDERS[0], BasketRef(BASKET_ID, 3))]
    other = BasketRef(ORDERS[6], 1)
    given(BUYER, ordered).when(open_pending, ALICE, ORDERS[1], other, 0, RULES).then(
        PendingOrderOpened(ALICE, ORDERS[1], other)
    )
