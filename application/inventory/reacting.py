"""What inventory decides by itself when ordering tells it something: a page at a time, all of it in one append.

Thousands of orders for one product are one look at its shelf and one append for each page of them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, assert_never

from application.contracts import (
    AmendmentRejected,
    Contract,
    Message,
    OrderAmended,
    OrderAuthorised,
    OrderAwaitingValidation,
    OrderCancelled,
    OrderShipped,
    ReturnReceived,
    StockItem,
)
from application.inventory.stockroom import Stockroom, check_untorn, stockroom
from application.store import EventStore, Stream
from domain import inventory
from domain.inventory import NotReserved, Reservation, ReservationEvent, Rules, Units, reservation_stream
from domain.kernel import members

OrderNews: TypeAlias = (
    OrderAwaitingValidation
    | OrderAuthorised
    | OrderCancelled
    | OrderShipped
    | OrderAmended
    | AmendmentRejected
    | ReturnReceived
)
ORDER_NEWS: tuple[type[Contract], ...] = members(OrderNews)


async def reserve_stock(
    messages: Sequence[Message[OrderNews]], store: EventStore, *, rules: Rules
) -> list[Stream[Any, Any]]:
    told = [message.contract for message in messages]
    products = (item.product_id for each in told for item in _named(each))
    room = await stockroom(store, (reservation_stream(each.order_id) for each in told), products, rules)
    try:
        for each in told:
            id = reservation_stream(each.order_id)
            room.carry_out(id, _decide(room.reservations[id].state, each, room))
    except NotReserved:
        await check_untorn(room, store)
        raise
    return room.changed


def _decide(reservation: Reservation, told: OrderNews, room: Stockroom) -> list[ReservationEvent]:
    match told:
        case OrderAwaitingValidation(order_id, buyer_id, items, amendment_id):
            part_id = amendment_id or order_id
            return inventory.make(reservation, order_id, part_id, buyer_id, _units(items), room.states, room.rules)
        case OrderAuthorised(order_id, amendment_id=amendment_id):
            return inventory.allocate(reservation, amendment_id or order_id, room.states)
        case OrderCancelled():
            return inventory.cancel(reservation)
        case OrderShipped():
            return inventory.ship(reservation)
        case OrderAmended(amendment_id=amendment_id, removed=removed):
            return inventory.reduce(reservation, amendment_id, _units(removed))
        case AmendmentRejected(amendment_id=amendment_id):
            return inventory.release(reservation, amendment_id)
        case ReturnReceived(order_id, return_id, restocked=restocked, written_off=written_off):
            return inventory.take_back(reservation, order_id, return_id, _units(restocked), _units(written_off))
        case _:
            assert_never(told)


def _named(told: OrderNews) -> tuple[StockItem, ...]:
    """The products that it may be the first to speak of."""
    match told:
        case OrderAwaitingValidation(stock_items=items):
            return items
        case ReturnReceived(restocked=restocked, written_off=written_off):
            return restocked + written_off
        case _:
            return ()


def _units(items: Iterable[StockItem]) -> list[Units]:
    return [Units(item.product_id, item.quantity) for item in items]
