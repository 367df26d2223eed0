"""The whole shop over HTTP, with real processes: buyers all at once, requests sent over and over, processes killed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from domain.ordering import CancelCause, Status
from tests.faults.selling import ADDRESS, EXIT, Selling
from tests.machines.fulfilment import believed
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


async def check_books(shop: Selling) -> None:
    """Everyone who has an order has paid for it once, and nobody else has paid; stock is where the orders say."""
    orders, payments = await shop.orders(), await shop.payments()
    books = (await shop.ledger.entries()).values()
    held: Counter[UUID] = Counter()
    for id, order in orders.items():
        paid = believed(payments[id]) if id in payments else Decimal(0)
        assert order.total
        assert paid == (order.total.amount if order.status in {Status.PAID, Status.SHIPPED} else 0)
        for line in order.lines:
            held[line.product_id] += line.quantity if order.status is Status.PAID else 0
    assert sum(entry.charged for entry in books) == sum(map(believed, payments.values()))
    assert sum(entry.charged > 0 for entry in books) == sum(believed(each) > 0 for each in payments.values())
    for product, units in held.items():
        shelf = await shop.shelf(product)
        assert units == shelf.reserved == shelf.on_hand - shelf.available
        assert shelf.available >= 0


async def rush(shop: Selling, buyers: int, units: int) -> float:
    """So many buyers want one of a product each, at once, and there are so many units; the seconds until all know."""
    product = await shop.stocked(units)
    names = [f"buyer-{uuid4()}" for _ in range(buyers)]
    await shop.gather([shop.store_card(name) for name in names])
    cancelled, began = len(await shop.cancellations()), time.monotonic()
    placed = await shop.gather([shop.order(name, product) for name in names])
    await shop.until(shop.settled, 60 + buyers / 10)
    took = time.monotonic() - began

    told_at_once = [each for each in placed if each.status_code == 409]
    assert {201, 409} >= {each.status_code for each in placed}
    assert all(each.json()["code"] == "not-enough-stock" for each in told_at_once)
    told_later = (await shop.cancellations())[cancelled:]
    assert all(each.cause is CancelCause.OUT_OF_STOCK and each.out_of_stock for each in told_later)
    mine = [order for order in (await shop.orders()).values() if order.lines[0].product_id == product]
    assert units == sum(order.status is Status.PAID for order in mine)
    assert buyers - units == len(told_at_once) + len(told_later)
    shelf = await shop.shelf(product)
    assert (units, units, 0) == (shelf.on_hand, shelf.reserved, shelf.available)
    await check_books(shop)
    return took


@pytest.mark.proves("P10", "INV-02")
async def test_of_200_buyers_at_once_for_50_units_50_have_paid_and_150_were_told(shop: Selling) -> None:
    async with shop.following():
        await rush(shop, buyers=200, units=50)


@pytest.mark.proves("P10", "F26")
async def test_of_200_buyers_50_have_paid_though_the_follower_is_killed_every_second(
    shop: Selling, at_scale: Callable[[int, int], int]
) -> None:
    async with shop.following_though_killed():
        for _ in range(at_scale(1, 20)):
            await rush(shop, buyers=200, units=50)
    assert shop.kills


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
        await shop.until(shop.settled)

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


STEPS = ["authorise", "capture", "void", "refund"]
DECISIONS = [
    *("OrderValidationRequested", "ReservationMade", "OrderStockConfirmed", "PaymentRequested"),
    *("GatewayCalled", "PaymentAuthorised", "OrderAuthorised", "ReservationAllocated", "OrderAllocated"),
    *("CaptureRequested", "PaymentCaptured", "OrderPaid"),
    *("PaymentFailed", "VoidRequested", "PaymentVoided", "OrderCancelled", "ReservationCancelled"),
    *("RefundRequested", "RefundMade", "OrderRefunded"),
]
FAILPOINTS = [f"{when} {what}" for what in (*STEPS, *DECISIONS) for when in ("before", "after")]


@pytest.mark.soak
@pytest.mark.proves("P10", "F22")
async def test_whoever_is_killed_at_whatever_point_of_a_payment_nobody_pays_twice_or_gets_goods_for_nothing(
    shop: Selling, at_scale: Callable[[int, int], int]
) -> None:
    """Each round has an order that is paid, one whose money cannot be taken, and one that is cancelled when paid."""
    died = []
    async with shop.following():
        product = await shop.stocked(1000)
    buyers = {"paid": "sandbox-ok", "vain": "sandbox-capture-refused", "regretted": "sandbox-ok"}
    for buyer, token in buyers.items():
        await shop.store_card(buyer, token)
    regretted: list[str] = []
    for failpoint in FAILPOINTS[:: at_scale(5, 1)]:
        placed = await shop.gather([shop.order(buyer, product) for buyer in buyers])
        assert all(each.status_code == 201 for each in placed), [each.text for each in placed]
        for order_id in regretted:
            await shop.post(f"/v1/orders/{order_id}/cancel", "sam", {"reason": "regret"}, "staff")
        doomed = shop.follow(STORELINE_TEST_FAILPOINT=failpoint)
        died.append((failpoint, await asyncio.to_thread(doomed.process.wait, 60)))
        shop.kill_followers()
        async with shop.following():
            await shop.until(shop.settled)
        regretted = [placed[2].json()["order_id"]]

    assert {EXIT} == {code for _, code in died}, died
    orders = await shop.orders()
    assert all(order.status is Status.CANCELLED for order in orders.values() if order.buyer_id == "vain")
    assert all(order.status is Status.PAID for order in orders.values() if order.buyer_id == "paid")
    await check_books(shop)
