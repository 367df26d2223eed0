"""Reservations and the shelves that they hold units of, changed together and saved in one append."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.store import EventStore, Stream, VersionConflict
from domain.inventory import RESERVATION, SHELF, Reservation, ReservationEvent, Rules, Shelf, ShelfEvent, effects


class States(Mapping[UUID, Shelf]):
    """The shelves as they are at this moment."""

    def __init__(self, streams: Mapping[UUID, Stream[Shelf, ShelfEvent]]) -> None:
        self._streams = streams

    def __getitem__(self, product_id: UUID) -> Shelf:
        return self._streams[product_id].state

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._streams)

    def __len__(self) -> int:
        return len(self._streams)


@dataclass(frozen=True, slots=True)
class Stockroom:
    reservations: Mapping[UUID, Stream[Reservation, ReservationEvent]]
    shelves: Mapping[UUID, Stream[Shelf, ShelfEvent]]
    rules: Rules

    @property
    def states(self) -> States:
        return States(self.shelves)

    def carry_out(self, reservation_id: UUID, events: Iterable[ReservationEvent]) -> None:
        """What was decided on an order's reservation, and what follows from it for the shelves."""
        reservation = self.reservations[reservation_id]
        for event in events:
            reservation.add([event])
            for product_id, decide in effects(reservation.state.buyer_id, event, self.rules):
                shelf = self.shelves[product_id]
                shelf.add(decide(shelf.state))

    @property
    def changed(self) -> list[Stream[Any, Any]]:
        """The streams to save."""
        streams: list[Stream[Any, Any]] = [*self.reservations.values(), *self.shelves.values()]
        return [stream for stream in streams if stream.pending]


async def stockroom(
    store: EventStore, reservation_ids: Iterable[UUID], product_ids: Iterable[UUID], rules: Rules
) -> Stockroom:
    """These reservations, and the shelves of these products and of those that they hold: two queries."""
    reservations = await store.load_many(RESERVATION, [*reservation_ids])
    held = (product_id for each in reservations.values() for product_id in each.state.product_ids)
    shelves = await store.load_many(SHELF, [*product_ids, *held])
    return Stockroom(reservations, shelves, rules)


async def check_untorn(room: Stockroom, store: EventStore) -> None:
    """To be asked when a shelf does not hold what a reservation does: the reservation was read first.

    Raises VersionConflict where somebody changed both in between. Otherwise they really do not fit together.
    """
    now = await store.load_many(RESERVATION, list(room.reservations))
    for id, stream in now.items():
        if stream.version != room.reservations[id].version:
            raise VersionConflict(id)
