"""What a reservation's events do to the shelves: both are saved in one append, so that neither is without the other."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.inventory.reservation.events import (
    ReservationAllocated,
    ReservationCancelled,
    ReservationEvent,
    ReservationExpired,
    ReservationMade,
    ReservationReduced,
    ReservationRejected,
    ReservationReleased,
    ReservationReturned,
    ReservationShipped,
)
from domain.inventory.shelf import decisions as shelf
from domain.inventory.shelf.events import ShelfEvent
from domain.inventory.shelf.state import Shelf
from domain.inventory.values import ReleaseCause, Rules, Units

Decision: TypeAlias = Callable[[Shelf], list[ShelfEvent]]


def effects(buyer_id: str, event: ReservationEvent, rules: Rules) -> Iterator[tuple[UUID, Decision]]:
    """A product and what is to be decided on its shelf, as often as the event changes one."""
    order_id = event.order_id

    def released(items: Iterable[Units], cause: ReleaseCause, *, allocated: bool) -> Iterator[tuple[UUID, Decision]]:
        for item in items:
            yield (
                item.product_id,
                partial(
                    shelf.release,
                    order_id=order_id,
                    buyer_id=buyer_id,
                    quantity=item.quantity,
                    cause=cause,
                    allocated=allocated,
                ),
            )

    match event:
        case ReservationMade(items=items):
            for item in items:
                yield (
                    item.product_id,
                    partial(shelf.reserve, order_id=order_id, buyer_id=buyer_id, quantity=item.quantity, rules=rules),
                )
        case ReservationAllocated(items=items, anew=anew):
            decide = shelf.allocate_anew if anew else shelf.allocate
            for item in items:
                yield item.product_id, partial(decide, order_id=order_id, buyer_id=buyer_id, quantity=item.quantity)
        case ReservationExpired(items=items):
            yield from released(items, ReleaseCause.EXPIRED, allocated=False)
        case ReservationReleased(items=items, allocated=allocated):
            yield from released(items, ReleaseCause.GIVEN_UP, allocated=allocated)
        case ReservationReduced(items=items):
            yield from released(items, ReleaseCause.AMENDED, allocated=True)
        case ReservationCancelled(reserved=reserved, allocated=items):
            yield from released(reserved, ReleaseCause.CANCELLED, allocated=False)
            yield from released(items, ReleaseCause.CANCELLED, allocated=True)
        case ReservationShipped(items=items, released=left_behind):
            yield from released(left_behind, ReleaseCause.GIVEN_UP, allocated=False)
            for item in items:
                yield item.product_id, partial(shelf.ship, order_id=order_id, quantity=item.quantity)
        case ReservationReturned(_, return_id, restocked, written_off):
            for kept, items in ((shelf.take_back, restocked), (shelf.write_off, written_off)):
                for item in items:
                    yield item.product_id, partial(kept, order_id=order_id, return_id=return_id, quantity=item.quantity)
        case ReservationRejected():
            return
        case _:
            assert_never(event)
