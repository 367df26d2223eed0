"""What is due is found by indexes, however much waits."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from adapters.followers.bookmark import Pool
from application.deadlines import BASKET_EXPIRY, PAYMENT_SETTLEMENT, Deadline, Waiting
from application.deadlines.payment import Unsettled
from projections.deadlines import WAITING, due
from tests.projections.plans import START, Explained, serve

pytestmark = pytest.mark.anyio

NUMBER = 20_000
MINUTE = timedelta(minutes=1)
BASKETS = [Waiting(UUID(int=number), at, at) for number in range(NUMBER) for at in [START + number * MINUTE]]
PAYMENTS = [Unsettled(each.stream, each.since, None, each.since) for each in BASKETS]
"""To be paid out some day."""


@pytest.mark.parametrize(
    ("deadline", "rows", "patience", "now"),
    [
        (BASKET_EXPIRY, BASKETS, (NUMBER - 4) * MINUTE, START + NUMBER * MINUTE),
        (PAYMENT_SETTLEMENT, PAYMENTS, timedelta(), START + 4 * MINUTE),
    ],
)
async def test_a_few_that_are_due_are_found_by_indexes(
    pool: Pool, deadline: Deadline, rows: list[Any], patience: timedelta, now: datetime
) -> None:
    await serve(pool, WAITING[deadline.name], rows)
    async with pool.connection() as connection:
        reads = Explained(connection)
        seen = await due(cast(Any, reads), deadline, patience, now)
        indexes = await reads.indexes()

    assert [0, 1, 2, 3, 4] == [each.stream.int for each in seen.value]
    assert {"(since, stream)", "(earliest)"} <= {index.partition(" ")[2] for index in indexes}
