"""The whole shop over HTTP, with real processes: buyers all at once, requests sent over and over, processes killed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest

from domain.ordering import Status
from tests.faults.mortal import EXIT
from tests.faults.rush import check_books, rush
from tests.faults.selling import ADDRESS, Selling
from tests.services.postgres import fresh_database

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
async def shop(
    shared_postgres_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Selling]:
    """One shop for all of these tests: it must be in order after each of them."""
    with fresh_database(shared_postgres_url, migrated_template) as url:
        async with Selling.at(url, tmp_path_factory.mktemp("shop")) as shop:
            yield shop


@pytest.mark.proves("P10", "INV-02")
async def test_of_200_buyers_at_once_for_50_units_50_have_paid_and_150_were_told(shop: Selling) -> None:
    async with shop.following():
        await rush(shop, buyers=200, units=50)


@pytest.mark.soak
@pytest.mark.proves("P10", "F26")
async def test_of_all_buyers_so_many_have_paid_as_there_are_units_though_the_follower_is_killed_every_second(
    shop: Selling, at_scale: Callable[[int, int], int]
) -> None:
    rounds = at_scale(1, 10)
    async with shop.following_though_killed():
        while rounds > 0 or not shop.kills:  # on a fast machine one rush is over before anybody is killed
            await rush(shop, buyers=200, units=50)
            rounds -= 1
        if many := at_scale(0, 10_000):
            await rush(shop, buyers=many, units=500)


@pytest.mark.soak
@pytest.mark.proves("P10")
async def test_thousands_of_orders_for_one_product_are_sorted_out(
    shop: Selling, at_scale: Callable[[int, int], int], record_property: Callable[[str, object], None]
) -> None:
    async with shop.following():
        took = await rush(shop, buyers=at_scale(400, 10_000), units=at_scale(20, 500))
    record_property("seconds", took)


@pytest.mark.proves("P3", "P10", "BAS-11")
@pytest.mark.parametrize("keys", [1, 50])
async def test_a_basket_that_is_checked_out_fifty_times_at_once_is_one_order_and_one_charge(
    shop: Selling, keys: int
) -> None:
    buyer = f"buyer-{uuid4()}"
    async with shop.following():
        product = await shop.stocked(100)
        await shop.store_card(buyer)
        filled = await shop.post("/v1/basket/items", buyer, {"product_id": str(product), "quantity": 2})
        assert filled.is_success, filled.text
        before = len(await shop.orders())
        body = {"address": ADDRESS}
        answers = await shop.gather(
            [shop.post("/v1/basket/checkout", buyer, body, key=f"{buyer}-{n % keys}") for n in range(50)]
        )
        await shop.until(shop.at_rest)

    (order_id,) = {each.json()["order_id"] for each in answers if each.is_success}
    assert {True} == {each.is_success or each.status_code == 409 for each in answers}
    orders, payments = await shop.orders(), await shop.payments()
    assert before + 1 == len(orders)
    assert Status.PAID is orders[UUID(order_id)].status
    assert [UUID(order_id)] == [
        id for id, each in payments.items() if each.requested and each.requested.buyer_id == buyer
    ]
    assert 2 == (await shop.shelf(product)).reserved
    await check_books(shop)


DECISIONS = [
    *("GatewayCalled", "PaymentCaptured", "OrderPaid", "ReservationAllocated", "RefundMade", "PaymentVoided"),
    *("OrderValidationRequested", "ReservationMade", "OrderStockConfirmed", "PaymentRequested", "PaymentAuthorised"),
    *("OrderAuthorised", "OrderAllocated", "CaptureRequested", "PaymentFailed", "VoidRequested", "OrderCancelled"),
    *("ReservationCancelled", "RefundRequested", "OrderRefunded"),
]
FAILPOINTS = list(
    dict.fromkeys(
        [
            *("after authorise", "after capture", "after void", "after refund"),
            *("after GatewayCalled", "before PaymentCaptured"),
            *("before authorise", "before capture", "before void", "before refund"),
            *(f"{when} {decision}" for decision in DECISIONS for when in ("after", "before")),
        ]
    )
)
"""On the way to the gateway and back, and around each append that is decided. The most harmful first."""


@pytest.mark.soak
@pytest.mark.proves("P10", "F22")
async def test_whoever_is_killed_at_whatever_point_of_a_payment_nobody_pays_twice_or_gets_goods_for_nothing(
    shop: Selling, at_scale: Callable[[int, int], int]
) -> None:
    """Each round has an order to be paid, one whose money cannot be taken, and one that is cancelled when paid."""
    failpoints = FAILPOINTS[: at_scale(6, len(FAILPOINTS))]
    run = uuid4()
    async with shop.following():
        product = await shop.stocked(10_000)
        for buyer, token in ("paid", "sandbox-ok"), ("vain", "sandbox-capture-refused"):
            await shop.store_card(f"{buyer}-{run}", token)
        regretted = []
        for _ in failpoints:
            regretted.append(await shop.order(f"paid-{run}", product))
            await shop.until(shop.at_rest)
    died = {}
    for failpoint, regret in zip(failpoints, regretted, strict=True):
        placed = [await shop.order(f"{buyer}-{run}", product) for buyer in ("paid", "vain")]
        placed.append(await shop.post(f"/v1/orders/{regret.json()['order_id']}/cancel", "sam", {}, "staff"))
        assert all(each.is_success for each in placed), [each.text for each in placed]
        doomed = shop.follow(STORELINE_TEST_FAILPOINT=failpoint)
        died[failpoint] = await asyncio.to_thread(doomed.process.wait, 90)
        shop.kill_followers()
    async with shop.following():
        await shop.until(shop.at_rest)

    assert dict.fromkeys(failpoints, EXIT) == died
    ended = Counter((order.buyer_id, order.status) for order in (await shop.orders()).values())
    assert len(failpoints) == ended[f"paid-{run}", Status.PAID] == ended[f"paid-{run}", Status.CANCELLED]
    assert len(failpoints) == ended[f"vain-{run}", Status.CANCELLED]
    await check_books(shop)
