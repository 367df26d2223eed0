"""What placing an order promises: prices are the shop's, and one origin is one order."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from application import ordering
from application.commands import DryRun
from application.offers import ProductUnknown, ProductWithdrawn
from application.ordering import DraftOrder, OrderLine, OrderReceipt, PlaceOrder
from application.store import KeyReused
from application.wire import Price
from domain.kernel import InvalidText
from domain.money import CurrencyMismatch, Money
from domain.ordering import (
    ORDER,
    OrderNotFound,
    OrderPlaced,
    PendingOrderOpened,
    Status,
    TotalChanged,
    TotalOutOfRange,
    number,
)
from tests.application.market import ADDRESS, OLD, ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio


@pytest.mark.proves("ORD-01", "ORD-12", "ORD-24")
async def test_an_order_freezes_the_catalogues_prices_with_tax_and_shipping(market: Market) -> None:
    saved = await market.place((STOVE, 1), (ROPE, 2))
    placed, opened = saved.events

    assert isinstance(placed, OrderPlaced)
    assert [(line.name, line.unit_price.amount, line.quantity) for line in placed.lines] == [
        ("Pocket Stove", Decimal("34.50"), 1),
        ("Rope", Decimal("1.25"), 2),
    ]
    amounts = (placed.subtotal, placed.discount, placed.tax, placed.shipping, placed.total)
    assert amounts == tuple(Money.parse(each, "USD") for each in ("37.00", "0.00", "2.96", "4.90", "44.86"))
    assert opened == PendingOrderOpened("alice", saved.result.order_id)
    assert saved.result == OrderReceipt(saved.result.order_id, placed.number, Status.SUBMITTED, placed.total)
    market.catalogue.sell(STOVE, "Pocket Stove II", "99.00")
    order = await market.store.load(ORDER, saved.result.order_id)
    assert (order.state.lines, order.state.total) == (placed.lines, placed.total)


@pytest.mark.proves("ORD-02")
async def test_lines_of_the_same_product_become_one(market: Market) -> None:
    saved = await market.place((STOVE, 1), (ROPE, 2), (STOVE, 3))
    placed = saved.events[0]

    assert isinstance(placed, OrderPlaced)
    assert [(line.product_id, line.quantity) for line in placed.lines] == [(STOVE, 4), (ROPE, 2)]


async def test_a_line_without_a_quantity_is_one() -> None:
    body = msgspec.json.decode(f'{{"lines": [{{"product_id": "{TENT}"}}]}}'.encode(), type=DraftOrder)

    assert body == DraftOrder((OrderLine(TENT, 1),))


async def test_the_number_leads_to_the_order(market: Market) -> None:
    receipt = (await market.place((TENT, 1))).result

    assert receipt.order_id == number.order_id(number.parse(receipt.number.lower()))


@pytest.mark.proves("ORD-16")
async def test_an_order_that_comes_again_is_placed_once(market: Market) -> None:
    first, again = (
        await market.place((TENT, 1), call=market.call(key="order-1")),
        await market.place((TENT, 1), call=market.call(key="order-1")),
    )

    assert first.result == again.result
    assert again.replayed
    assert await market.orders() == [first.result.order_id]


async def test_an_order_whose_command_was_forgotten_is_still_the_same_order(market: Market) -> None:
    """The order's id comes from the key: it outlives the record of the command."""
    call = market.call(key="order-1")
    first = await market.place((TENT, 1), call=call)
    forgetful = DryRun(market.store)
    again = await ordering.place_order(
        PlaceOrder((OrderLine(TENT, 1),), ADDRESS), call, store=forgetful, till=market.till, new_id=market.new_id
    )

    assert first.result == again.result
    assert again.events == ()


async def test_a_key_never_leads_to_somebody_elses_order(market: Market) -> None:
    shared = market.call("alice", "order-1")
    await market.place((TENT, 1), call=shared)
    market.store = DryRun(market.store)
    with pytest.raises(OrderNotFound):
        await market.place((TENT, 1), call=replace(shared, actor="eve"))


async def test_the_same_key_for_another_order_is_refused(market: Market) -> None:
    call = market.call(key="order-1")
    assert call.idempotency
    await market.place((TENT, 1), call=call)
    with pytest.raises(KeyReused):
        await market.place((ROPE, 9), call=replace(call, idempotency=replace(call.idempotency, fingerprint=b"other")))


async def test_two_orders_without_a_key_are_two_orders(market: Market) -> None:
    await market.place((TENT, 1))
    await market.place((TENT, 1))

    assert len(await market.orders()) == 2


async def test_parallel_repetitions_place_one_order(market: Market) -> None:
    call = market.call(key="order-1")
    saved = await asyncio.gather(*(market.place((TENT, 1), call=call) for _ in range(8)))

    assert len({each.result.order_id for each in saved}) == 1
    assert len(await market.orders()) == 1


async def test_two_origins_that_draw_the_same_number_get_two_numbers(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = number.draw

    def unlucky(origin: UUID, attempt: int = 0) -> str:
        return real(UUID(int=1), 0) if attempt == 0 else real(origin, attempt)

    monkeypatch.setattr(number, "draw", unlucky)
    calls = [market.call(buyer, key="order-1") for buyer in ("alice", "bob", "carol")]
    first = await asyncio.gather(*(market.place((TENT, 1), call=call) for call in calls))
    again = [await market.place((TENT, 1), call=call) for call in calls]

    assert len({each.result.number for each in first}) == 3
    assert [each.result for each in first] == [each.result for each in again]


@pytest.mark.proves("ORD-25")
async def test_unknown_and_withdrawn_products_are_refused_by_name_and_nothing_is_recorded(market: Market) -> None:
    with pytest.raises(ProductUnknown) as unknown:
        await market.place((TENT, 1), (UUID(int=404), 1))
    with pytest.raises(ProductWithdrawn) as withdrawn:
        await market.place((TENT, 1), (OLD, 1))

    assert unknown.value.fields == {"product_ids": [str(UUID(int=404))]}
    assert withdrawn.value.fields == {"product_ids": [str(OLD)]}
    assert await market.store.head("ordering") == 0


@pytest.mark.proves("ORD-17", "ORD-18")
async def test_orders_below_10_and_above_10000_are_refused(market: Market) -> None:
    for lines in ([(ROPE, 1)], [(TENT, 99)]):
        with pytest.raises(TotalOutOfRange):
            await market.place(*lines)


async def test_a_total_that_was_not_agreed_to_is_refused_and_told(market: Market) -> None:
    await market.place((STOVE, 1), expected_total="42.16")
    with pytest.raises(TotalChanged) as caught:
        await market.place((STOVE, 1), expected_total="42.15")

    told = {name: str(amount) for name, amount in caught.value.fields.items()}
    assert told == {"expected": "42.15 USD", "total": "42.16 USD"}
    assert len(await market.orders()) == 1


@pytest.mark.proves("B39")
async def test_an_order_in_another_currency_is_refused(market: Market) -> None:
    market.catalogue.sell(ROPE, "Rope", "20.00", "EUR")
    with pytest.raises(CurrencyMismatch):
        await market.place((ROPE, 1))
    cmd = PlaceOrder((OrderLine(TENT),), ADDRESS, Price("317.02", "EUR"))
    with pytest.raises(CurrencyMismatch):
        await ordering.place_order(cmd, market.call(), store=market.store, till=market.till, new_id=market.new_id)


async def test_an_address_that_cannot_be_read_is_refused(market: Market) -> None:
    cmd = PlaceOrder((OrderLine(TENT),), replace(ADDRESS, city=" \0"))
    with pytest.raises(InvalidText):
        await ordering.place_order(cmd, market.call(), store=market.store, till=market.till, new_id=market.new_id)


async def test_a_draft_costs_what_the_order_will_cost_and_records_nothing(market: Market) -> None:
    cmd = DraftOrder((OrderLine(STOVE, 1), OrderLine(ROPE, 2)))
    draft, _ = await ordering.draft_order(cmd, market.call(), store=market.store, till=market.till)
    assert await market.store.head("ordering") == 0

    assert draft.total == (await market.place((STOVE, 1), (ROPE, 2))).result.total


async def test_a_rehearsed_order_says_what_it_would_record(market: Market) -> None:
    market.store, store = DryRun(market.store), market.store
    saved = await market.place((TENT, 1))

    assert [type(event) for event in saved.events] == [OrderPlaced, PendingOrderOpened]
    assert await store.head("ordering") == 0


@pytest.mark.proves("B13", "B15", "B16", "B17", "B18")
@pytest.mark.parametrize(
    "change",
    [
        {"lines": []},
        {"lines": [{"product_id": str(TENT), "quantity": 0}]},
        {"lines": [{"product_id": str(TENT), "quantity": 1.5}]},
        {"lines": [{"product_id": str(TENT), "unit_price": "0.01"}]},
        {"lines": None},
        {"address": None},
        {"address": {"city": "Innsbruck"}},
        {"address": msgspec.to_builtins(ADDRESS) | {"is_admin": True}},
        {"total": "0.01"},
        {"expected_total": {"amount": 19.99, "currency": "USD"}},
        {"expected_total": {"amount": "-1", "currency": "USD"}},
    ],
)
async def test_a_body_that_is_not_an_order_is_refused(change: dict[str, Any]) -> None:
    body = {"lines": [{"product_id": str(TENT)}], "address": msgspec.to_builtins(ADDRESS)}
    msgspec.json.decode(msgspec.json.encode(body), type=PlaceOrder)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(body | change), type=PlaceOrder)
