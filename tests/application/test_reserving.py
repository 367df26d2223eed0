"""What inventory does when ordering speaks to it: all or nothing, once, for a while and then for good."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.contracts import (
    AmendmentRejected,
    Availability,
    Message,
    OrderAmended,
    OrderAuthorised,
    OrderAwaitingValidation,
    OrderCancelled,
    OrderShipped,
    ReturnReceived,
    Shortage,
    StockAllocated,
    StockItem,
    StockLevelChanged,
    StockRejected,
    StockReserved,
)
from application.inventory import OrderNews, reserve_stock
from application.store import EventStore, Stream, VersionConflict
from domain.inventory import RESERVATION, SHELF, NotReserved, ReservationMade, Rules, Shelf, Units, reservation_stream
from domain.kernel import Aggregate
from domain.money import Money
from tests.application.warehouse import ROPE, STOVE, TENT, Warehouse, items

pytestmark = pytest.mark.anyio

ORDER, OTHER, AMENDMENT, RETURN = (UUID(int=number) for number in range(101, 105))
TOTAL = Money.parse("10.00", "USD")


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse()


def wanted(*lines: tuple[UUID, int], order: UUID = ORDER, buyer: str = "alice") -> OrderAwaitingValidation:
    return OrderAwaitingValidation(order, buyer, items(*lines))


def authorised(order: UUID = ORDER) -> OrderAuthorised:
    return OrderAuthorised(order, "alice")


def cancelled(order: UUID = ORDER) -> OrderCancelled:
    return OrderCancelled(order, "alice", "buyer", ())


def shipped(order: UUID = ORDER) -> OrderShipped:
    return OrderShipped(order, "alice", ())


def amended(*removed: tuple[UUID, int]) -> OrderAmended:
    return OrderAmended(ORDER, "alice", AMENDMENT, (), items(*removed), TOTAL)


def counts(shelf: Shelf) -> tuple[int, int, int]:
    return shelf.on_hand, shelf.reserved, shelf.available


@pytest.mark.proves("INV-01", "INV-02", "INV-03", "INV-06")
async def test_all_lines_are_set_aside_at_once_and_lines_with_one_product_count_together(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5, stove=5)

    assert [StockReserved(ORDER)] == await warehouse.hear(wanted((TENT, 2), (STOVE, 1), (TENT, 1)))
    assert (5, 3, 2) == counts(await warehouse.shelf(TENT))
    assert (5, 1, 4) == counts(await warehouse.shelf(STOVE))


@pytest.mark.proves("INV-06")
async def test_one_line_too_many_sets_nothing_aside_and_names_every_product_that_is_short(
    warehouse: Warehouse,
) -> None:
    await warehouse.stock(tent=5, stove=1)

    assert [
        StockRejected(ORDER, "out-of-stock", (Shortage(STOVE, 2, 1), Shortage(ROPE, 1, 0)))
    ] == await warehouse.hear(wanted((TENT, 2), (STOVE, 1), (ROPE, 1), (STOVE, 1)))
    assert (5, 0, 5) == counts(await warehouse.shelf(TENT))
    assert (1, 0, 1) == counts(await warehouse.shelf(STOVE))


@pytest.mark.proves("INV-08", "CAT-08", "CAT-22")
async def test_many_orders_in_one_page_get_what_there_is_in_their_order(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=50)
    orders = [UUID(int=1000 + number) for number in range(200)]

    answers = await warehouse.hear(*(wanted((TENT, 1), order=each, buyer=f"buyer-{each.int}") for each in orders))
    assert orders[:50] == [each.order_id for each in answers if isinstance(each, StockReserved)]
    assert orders[50:] == [each.order_id for each in answers if isinstance(each, StockRejected)]
    assert [StockLevelChanged(TENT, Availability.OUT_OF_STOCK, 0)] == [
        each for each in answers if isinstance(each, StockLevelChanged)
    ]
    assert (50, 50, 0) == counts(await warehouse.shelf())


@pytest.mark.proves("P3")
async def test_a_page_that_is_told_again_decides_nothing(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    pages: tuple[list[OrderNews], ...] = (
        [wanted((TENT, 2)), wanted((ROPE, 1), order=OTHER)],
        [authorised()],
        [amended((TENT, 1)), AmendmentRejected(ORDER, "alice", OTHER)],
        [shipped(), cancelled(OTHER)],
        [ReturnReceived(ORDER, RETURN, "alice", items((TENT, 1)), ())],
    )
    for number, page in enumerate(pages, 1):
        await warehouse.hear(*page)
        for each in pages[:number]:
            assert [] == await warehouse.hear(*each)
    assert (5, 0, 5) == counts(await warehouse.shelf())


async def test_what_is_set_aside_becomes_the_orders_and_leaves_with_it(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 2)))

    assert [StockAllocated(ORDER)] == await warehouse.hear(authorised())
    assert (5, 2, 3) == counts(await warehouse.shelf())
    assert [] == await warehouse.hear(shipped())
    assert (3, 0, 3) == counts(await warehouse.shelf())
    assert [] == await warehouse.hear(cancelled())
    assert (3, 0, 3) == counts(await warehouse.shelf())


@pytest.mark.parametrize("paid", [False, True])
async def test_a_cancelled_order_lets_everything_go_and_gets_nothing_any_more(warehouse: Warehouse, paid: bool) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 2)), *([authorised()] if paid else []))
    await warehouse.hear(cancelled())

    assert (5, 0, 5) == counts(await warehouse.shelf())
    assert [] == await warehouse.hear(authorised(), shipped(), wanted((TENT, 1)), cancelled())
    assert {} == (await warehouse.shelf()).waiting


@pytest.mark.proves("INV-04", "INV-07")
async def test_what_nobody_pays_for_in_time_is_anybodys_again(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 5)))
    warehouse.advance(timedelta(minutes=4, seconds=59))

    assert () == await warehouse.expire(ORDER)
    warehouse.advance(timedelta(seconds=1))
    assert (ORDER,) == await warehouse.expire(ORDER)
    assert (5, 0, 5) == counts(await warehouse.shelf())
    assert () == await warehouse.expire(ORDER)
    assert [StockLevelChanged(TENT, Availability.IN_STOCK, 5)] == (await warehouse.told())[-1:]


async def test_what_is_the_orders_for_good_never_expires(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 5)), authorised())
    warehouse.advance(timedelta(days=365))

    assert () == await warehouse.expire(ORDER)
    assert (5, 5, 0) == counts(await warehouse.shelf())


async def test_an_expired_reservation_is_taken_anew_if_there_still_is_as_much(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 3)), wanted((TENT, 2), order=OTHER))
    warehouse.advance(timedelta(minutes=5))
    await warehouse.expire(ORDER)
    await warehouse.expire(OTHER)
    await warehouse.stock(tent=1)
    await warehouse.hear(wanted((TENT, 2), order=AMENDMENT))

    assert StockAllocated(ORDER) in await warehouse.hear(authorised())
    assert [StockRejected(OTHER, "out-of-stock", (Shortage(TENT, 2, 1),))] == await warehouse.hear(authorised(OTHER))
    assert [] == await warehouse.hear(authorised(OTHER), authorised())
    assert (6, 5, 1) == counts(await warehouse.shelf())


@pytest.mark.proves("INV-05")
async def test_a_buyer_has_at_most_five_reservations_of_a_product_until_they_are_for_good() -> None:
    warehouse = Warehouse(rules=Rules(most_reservations=2))
    await warehouse.stock(tent=50, stove=50)
    orders = [UUID(int=1000 + number) for number in range(3)]

    answers = await warehouse.hear(*(wanted((TENT, 1), (STOVE, 1), order=each) for each in orders))
    assert answers[2] == StockRejected(
        orders[2], "too-many-reservations", (Shortage(TENT, 1, 48), Shortage(STOVE, 1, 48))
    )
    assert [StockReserved(OTHER)] == await warehouse.hear(wanted((TENT, 1), order=OTHER, buyer="bob"))
    await warehouse.hear(authorised(orders[0]))
    assert [StockReserved(AMENDMENT)] == await warehouse.hear(wanted((TENT, 1), order=AMENDMENT))


async def test_an_amendment_is_a_part_of_its_own(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    more = OrderAwaitingValidation(ORDER, "alice", items((TENT, 2)), AMENDMENT)
    await warehouse.hear(wanted((TENT, 1)), authorised())

    assert [StockReserved(ORDER, AMENDMENT)] == await warehouse.hear(more)
    assert [StockAllocated(ORDER, AMENDMENT)] == await warehouse.hear(OrderAuthorised(ORDER, "alice", AMENDMENT))
    assert (5, 3, 2) == counts(await warehouse.shelf())
    assert (Units(TENT, 3),) == (await warehouse.reservation(ORDER)).allocated


@pytest.mark.parametrize("held", [False, True])
async def test_an_amendment_that_is_given_up_lets_go_what_was_set_aside_for_it(
    warehouse: Warehouse, held: bool
) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 1)), authorised())
    await warehouse.hear(OrderAwaitingValidation(ORDER, "alice", items((TENT, 2)), AMENDMENT))
    if held:
        await warehouse.hear(OrderAuthorised(ORDER, "alice", AMENDMENT))
    await warehouse.hear(AmendmentRejected(ORDER, "alice", AMENDMENT))

    assert (5, 1, 4) == counts(await warehouse.shelf())
    assert [] == await warehouse.hear(OrderAuthorised(ORDER, "alice", AMENDMENT))


async def test_what_an_amendment_takes_out_of_an_order_is_anybodys_again(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 3)), authorised(), amended((TENT, 2), (ROPE, 1)))

    assert (5, 1, 4) == counts(await warehouse.shelf())
    await warehouse.hear(shipped())
    assert (4, 0, 4) == counts(await warehouse.shelf())


async def test_an_order_that_changes_before_anything_was_set_aside_changes_no_shelf(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)

    assert [] == await warehouse.hear(amended((TENT, 2)), AmendmentRejected(ORDER, "alice", AMENDMENT), cancelled())
    assert (5, 0, 5) == counts(await warehouse.shelf())


async def test_an_order_that_is_shipped_without_its_amendment_lets_that_go(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 1)), authorised())
    await warehouse.hear(OrderAwaitingValidation(ORDER, "alice", items((TENT, 2)), AMENDMENT), shipped())

    assert (4, 0, 4) == counts(await warehouse.shelf())
    assert {} == (await warehouse.shelf()).waiting


async def test_goods_that_come_back_are_sold_again_or_written_off(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=3, stove=3)
    await warehouse.hear(wanted((TENT, 3), (STOVE, 1)), authorised(), shipped())
    returned = ReturnReceived(ORDER, RETURN, "alice", (StockItem(TENT, 2),), (StockItem(STOVE, 1),))

    assert [StockLevelChanged(TENT, Availability.IN_STOCK, 2)] == await warehouse.hear(returned)
    assert (2, 0, 2) == counts(await warehouse.shelf(TENT))
    assert (2, 0, 2) == counts(await warehouse.shelf(STOVE))


class Interrupted:
    """A store on which something happens before streams of one kind are read: shelves, where nothing else is said."""

    def __init__(
        self, store: EventStore, meanwhile: Callable[[], Awaitable[Any]], before: Aggregate[Any, Any] = SHELF
    ) -> None:
        self._store = store
        self._meanwhile = meanwhile
        self._before = before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load_many(self, aggregate: Any, ids: Sequence[UUID]) -> Any:
        if aggregate is self._before:
            await self._meanwhile()
        return await self._store.load_many(aggregate, ids)


async def react(warehouse: Warehouse, store: Any, *told: OrderNews) -> None:
    page = [Message(each, uuid4(), "ordering", each.order_id, 1, warehouse.now, "test", "test") for each in told]
    await reserve_stock(page, store, rules=warehouse.rules)


@pytest.mark.proves("INV-08")
async def test_what_changes_while_a_page_is_being_read_makes_it_be_read_again(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 2)))
    warehouse.advance(timedelta(minutes=5))

    with pytest.raises(VersionConflict):
        await react(warehouse, Interrupted(warehouse.store, lambda: warehouse.expire(ORDER)), authorised())


async def test_a_part_that_is_asked_for_while_another_expires_stays(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    await warehouse.hear(wanted((TENT, 1)))
    warehouse.advance(timedelta(minutes=5))
    more = OrderAwaitingValidation(ORDER, "alice", items((TENT, 2)), AMENDMENT)
    late = Warehouse(Interrupted(warehouse.store, lambda: warehouse.hear(more), before=RESERVATION))
    late.now = warehouse.now

    assert (ORDER,) == await late.expire(ORDER)
    assert (Units(TENT, 2),) == (await warehouse.reservation(ORDER)).reserved


async def test_a_shelf_that_really_does_not_hold_what_a_reservation_does_is_a_fault(warehouse: Warehouse) -> None:
    await warehouse.stock(tent=5)
    reservation = Stream.new(RESERVATION, reservation_stream(ORDER))
    reservation.add([ReservationMade(ORDER, ORDER, "alice", (Units(TENT, 2),))])
    await warehouse.store.save(reservation, call=warehouse.call(), result=None)

    with pytest.raises(NotReserved):
        await react(warehouse, warehouse.store, authorised())
