"""What time does to reservations."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from application.commands import command
from application.inventory.stockroom import check_untorn, stockroom
from application.store import Call, EventStore, Saved
from domain import inventory
from domain.inventory import RESERVATION, NotReserved, ReservationMade, Rules

_PAGE = 100


class ExpireReservation(Struct, frozen=True):
    pass


class ReservationReceipt(Struct, frozen=True):
    """An order's reservation after a command."""

    order_id: UUID
    expired: tuple[UUID, ...]
    """Its parts that ended now."""


@command("inventory")
async def expire_reservation(
    cmd: ExpireReservation, call: Call, reservation_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[ReservationReceipt]:
    """Releases what was set aside for too long. The reservation's own history decides that, not the caller."""
    room = await stockroom(store, [reservation_id], (), rules)
    made_at = await _made_at(reservation_id, store)  # read last, so that no part is without its time
    reservation = room.reservations[reservation_id].state
    events = inventory.expire(reservation, made_at, call.now, rules)
    try:
        room.carry_out(reservation_id, events)
    except NotReserved:
        await check_untorn(room, store)
        raise
    result = ReservationReceipt(reservation.order_id, tuple(event.part_id for event in events))
    return await store.save(*room.changed, call=call, result=result, context="inventory")


async def _made_at(reservation_id: UUID, store: EventStore) -> Mapping[UUID, datetime]:
    """Part to when it was set aside."""
    found: dict[UUID, datetime] = {}
    version = 0
    while facts := await store.history(RESERVATION, reservation_id, after=version, limit=_PAGE):
        found |= {fact.event.part_id: fact.recorded_at for fact in facts if isinstance(fact.event, ReservationMade)}
        version = facts[-1].version
    return found
