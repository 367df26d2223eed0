"""Shelves and reservations on a store in memory, told by messages as ordering tells them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from adapters.eventstore.memory import MemoryEventStore
from application import inventory
from application.contracts import Contract, Message, StockItem
from application.inventory import ExpireReservation, OrderNews
from application.publishing import publish
from application.store import Call, EventStore
from domain.inventory import CONTEXT, RESERVATION, SHELF, Reservation, Rules, Shelf, reservation_stream
from domain.inventory.shelf import decisions as shelves

TENT, STOVE, ROPE = (UUID(int=number) for number in range(1, 4))
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def items(*wanted: tuple[UUID, int]) -> tuple[StockItem, ...]:
    return tuple(StockItem(*each) for each in wanted)


class Warehouse:
    def __init__(self, store: EventStore | None = None, rules: Rules | None = None) -> None:
        self.now = START
        self.store = store or MemoryEventStore([CONTEXT], clock=lambda: self.now)
        self.rules = rules or Rules()

    def call(self, actor: str = "system:test") -> Call:
        return Call(actor, self.now, "test", roles=frozenset({"staff"}))

    def advance(self, by: timedelta) -> None:
        self.now += by

    async def stock(self, **quantities: int) -> None:
        """`stock(tent=5)`: that many come in."""
        products = {"tent": TENT, "stove": STOVE, "rope": ROPE}
        streams = await self.store.load_many(SHELF, [products[name] for name in quantities])
        for name, quantity in quantities.items():
            stream = streams[products[name]]
            stream.add(shelves.receive(stream.state, quantity))
        await self.store.save(*streams.values(), call=self.call(), result=None)

    async def hear(self, *told: OrderNews) -> list[Contract]:
        """Tells inventory all of it in one page. Returns what it answers."""
        page = [
            Message(each, uuid4(), "ordering", each.order_id, position, self.now, "test", "test")
            for position, each in enumerate(told, 1)
        ]
        streams = await inventory.reserve_stock(page, self.store, rules=self.rules)
        before = await self.store.head("inventory")
        await self.store.save(*streams, call=self.call(), result=None, context="inventory")
        return await self.told(after=before)

    async def told(self, after: int = 0) -> list[Contract]:
        """What inventory told the others since then, in its order."""
        facts = await self.store.read("inventory", after=after, limit=1_000_000)
        return [message.contract for fact in facts for message in publish(fact)]

    async def expire(self, order_id: UUID) -> tuple[UUID, ...]:
        saved = await inventory.expire_reservation(
            ExpireReservation(), self.call(), reservation_stream(order_id), store=self.store, rules=self.rules
        )
        return saved.result.expired

    async def shelf(self, product_id: UUID = TENT) -> Shelf:
        return (await self.store.load_many(SHELF, [product_id]))[product_id].state

    async def reservation(self, order_id: UUID) -> Reservation:
        id = reservation_stream(order_id)
        return (await self.store.load_many(RESERVATION, [id]))[id].state
