"""Orders and returns are found by indexes, however many there are."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adapters.followers.bookmark import Pool
from domain.ordering import ReturnStatus, Status
from projections.kernel import Projection, fold
from projections.order_detail import ORDER_DETAIL, order_detail
from projections.order_money import PaymentProgress
from projections.order_summary import ORDER_SUMMARY, OrderSummary, list_orders
from projections.parcels import PARCELS, ParcelRow
from projections.returns import RETURNS, ReturnRow, list_returns
from projections.tables import Table
from tests.given import facts
from tests.projections.plans import START, Explained, serve
from tests.projections.shop import history, money

pytestmark = pytest.mark.anyio

ORDERS = 20_000


def orders() -> Iterator[OrderSummary]:
    random = Random(2)
    for number in range(ORDERS):
        at = START + timedelta(minutes=number)
        yield OrderSummary(
            order_id=UUID(int=random.getrandbits(128)),
            number=f"SL-{number}",
            buyer_id=f"buyer-{random.randrange(2_000)}",
            status=random.choices(list(Status), [2, 1, 1, 20, 970, 6])[0],
            payment_status=random.choices(list(PaymentProgress), [10, 1, 970, 10, 9])[0],
            total=Decimal(random.randrange(1_000, 90_000)) / 100,
            currency="USD",
            lines=1,
            units=1,
            product_ids=(UUID(int=random.randrange(1_000)),),
            disputed=money("10.00") if number % 500 == 0 else None,
            placed_at=at,
            updated_at=at,
            version=1,
        )


def returns() -> Iterator[ReturnRow]:
    random = Random(4)
    for number in range(ORDERS):
        at = START + timedelta(minutes=number)
        yield ReturnRow(
            return_id=UUID(int=number),
            order_id=UUID(int=random.getrandbits(128)),
            buyer_id=f"buyer-{random.randrange(2_000)}",
            status=random.choices(list(ReturnStatus), [2, 10, 968, 2, 18])[0],
            lines=(),
            comment="",
            requested_at=at,
            updated_at=at,
            version=1,
        )


def parcels() -> Iterator[ParcelRow]:
    random = Random(5)
    for number in range(ORDERS):
        yield ParcelRow(UUID(int=number), UUID(int=random.getrandbits(128)), "DHL", "JD014600003828", START)


@pytest.mark.proves("ORD-31", "ORD-32")
async def test_orders_are_found_by_indexes(pool: Pool, reads: Explained) -> None:
    """By buyer, status, payment, time, product, dispute and id; lines are part of their order."""
    await serve(pool, ORDER_SUMMARY, list(orders()))
    details = fold(ORDER_DETAIL, facts("ordering", *history(1_000))).values()
    await serve(pool, ORDER_DETAIL, list(details))
    connection: Any = reads
    by = partial(reads.went_by, ORDER_SUMMARY)

    await list_orders(connection, buyer_id="buyer-77")
    assert await by("(buyer_id, placed_at DESC, order_id DESC)")
    await list_orders(connection, statuses=[Status.SUBMITTED])
    assert await by("(status, placed_at DESC, order_id DESC)")
    await list_orders(connection, payment_statuses=[PaymentProgress.AUTHORISED])
    assert await by("(payment_status, placed_at DESC, order_id DESC)")
    await list_orders(connection)
    assert await by("(placed_at DESC, order_id DESC)")
    await list_orders(connection, placed_from=START + timedelta(days=3), placed_before=START + timedelta(days=4))
    assert await by("(placed_at DESC, order_id DESC)")
    await list_orders(connection, disputed=True)
    assert await by("(placed_at DESC, order_id DESC) WHERE (disputed IS NOT NULL)")
    await list_orders(connection, product_id=UUID(int=77))
    assert await by("gin (product_ids)")
    await list_orders(connection, buyer_id="buyer-77", number="SL-77")
    assert await by("(number)")
    await serve(pool, RETURNS, list(returns()))
    await serve(pool, PARCELS, list(parcels()))
    await order_detail(connection, next(iter(details)).order_id)
    used = await reads.indexes()
    shown: tuple[Projection[Any], ...] = (ORDER_DETAIL, RETURNS, PARCELS)
    assert {f"{Table(each).name} (order_id)" for each in shown} <= set(used)
    await list_returns(connection, buyer_id="buyer-77")
    assert await reads.went_by(RETURNS, "(buyer_id, requested_at DESC, return_id DESC)")
    await list_returns(connection, statuses=[ReturnStatus.REQUESTED])
    assert await reads.went_by(RETURNS, "(status, requested_at DESC, return_id DESC)")
    await list_returns(connection)
    assert await reads.went_by(RETURNS, "(requested_at DESC, return_id DESC)")
