"""Ids that callers choose, and streams whose ids the shop derives: neither gets in the other's way unseen."""

from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from adapters.eventstore.memory import MemoryEventStore
from adapters.followers.worker import passes
from application.catalog.reacting import note_purchases
from application.contracts import Contract, Message, OrderAwaitingValidation, OrderShipped, StockItem, StockReserved
from application.inventory import reserve_stock
from application.store import IdTaken, Stream
from domain import catalog, inventory
from domain.catalog.brand import BRAND, BrandAdded
from domain.catalog.review import review_id
from domain.inventory import DELIVERY, SHELF, reservation_stream
from domain.inventory.delivery import DeliveryPromised
from tests.application.warehouse import START, TENT, Warehouse, items

pytestmark = pytest.mark.anyio

C = TypeVar("C", bound=Contract)

ORDER = UUID(int=101)


def heard(contract: C) -> Message[C]:
    return Message(contract, uuid4(), "ordering", ORDER, 1, START, "test", "test")


async def promised(warehouse: Warehouse, id: UUID) -> None:
    delivery = Stream.new(DELIVERY, id)
    delivery.add([DeliveryPromised(uuid4(), (), START.date() + timedelta(days=1))])
    await warehouse.store.save(delivery, call=warehouse.call(), result=None)


async def test_a_delivery_under_the_id_of_an_order_is_in_nobodys_way() -> None:
    warehouse = Warehouse()
    await warehouse.stock(tent=5)
    await promised(warehouse, ORDER)

    assert [StockReserved(ORDER)] == await warehouse.hear(OrderAwaitingValidation(ORDER, "alice", items((TENT, 2))))


async def test_a_reservation_whose_stream_belongs_to_something_else_is_a_fault_with_a_name() -> None:
    warehouse = Warehouse()
    await warehouse.stock(tent=5)
    await promised(warehouse, reservation_stream(ORDER))
    told = OrderAwaitingValidation(ORDER, "alice", items((TENT, 2)))
    streams = await reserve_stock([heard(told)], warehouse.store, rules=warehouse.rules)

    with pytest.raises(IdTaken, match=str(reservation_stream(ORDER))) as caught:
        await warehouse.store.save(*streams, call=warehouse.call(), result=None)
    assert not passes(caught.value)
    assert 0 == (await warehouse.store.load(SHELF, TENT)).state.reserved


async def test_a_review_whose_stream_belongs_to_something_else_is_a_fault_with_a_name() -> None:
    warehouse = Warehouse(MemoryEventStore([catalog.CONTEXT, inventory.CONTEXT]))
    taken = Stream.new(BRAND, review_id(TENT, "alice"))
    taken.add([BrandAdded("Bergwerk")])
    await warehouse.store.save(taken, call=warehouse.call(), result=None)
    told = OrderShipped(ORDER, "alice", (StockItem(TENT, 1),))
    streams = await note_purchases([heard(told)], warehouse.store)

    with pytest.raises(IdTaken, match=str(taken.id)) as caught:
        await warehouse.store.save(*streams, call=warehouse.call(), result=None)
    assert not passes(caught.value)
