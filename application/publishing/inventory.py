"""Which of inventory's events others learn of."""

from typing import assert_never
from uuid import UUID

from application import contracts
from application.contracts import Availability, Contract, Shortage
from domain.inventory import category, delivery, supplier
from domain.inventory.reservation import events as reservation
from domain.inventory.shelf import events as shelf
from domain.kernel import Fact

InventoryEvent = (
    shelf.ShelfEvent
    | reservation.ReservationEvent
    | supplier.SupplierEvent
    | delivery.DeliveryEvent
    | category.CategoryEvent
)


def contracts_of(fact: Fact[InventoryEvent]) -> tuple[Contract, ...]:
    id = fact.stream
    match fact.event:
        case reservation.ReservationMade(order_id, part_id):
            return (contracts.StockReserved(order_id, _amendment(order_id, part_id)),)
        case reservation.ReservationRejected(order_id, part_id, reason=reason, shortages=shortages):
            short = tuple(Shortage(each.product_id, each.wanted, each.available) for each in shortages)
            return (contracts.StockRejected(order_id, reason.value, short, _amendment(order_id, part_id)),)
        case reservation.ReservationAllocated(order_id, part_id):
            return (contracts.StockAllocated(order_id, _amendment(order_id, part_id)),)
        case shelf.StockReplenished(available):
            return (contracts.StockLevelChanged(id, Availability.IN_STOCK, available),)
        case shelf.StockRunsLow(available):
            return (contracts.StockLevelChanged(id, Availability.LOW_STOCK, available),)
        case shelf.StockRanOut():
            return (contracts.StockLevelChanged(id, Availability.OUT_OF_STOCK, 0),)
        # How stock comes, goes and is counted is inventory's own, and what ordering asked for it knows.
        case (
            reservation.ReservationExpired()
            | reservation.ReservationReleased()
            | reservation.ReservationReduced()
            | reservation.ReservationCancelled()
            | reservation.ReservationShipped()
            | reservation.ReservationReturned()
        ):
            return ()
        case shelf.StockReceived() | shelf.StockReordered() | shelf.ReorderClosed() | shelf.StockAdjusted():
            return ()
        case shelf.ThresholdsSet() | shelf.SupplierAssigned() | shelf.CategoryAssigned():
            return ()
        case shelf.StockReserved() | shelf.StockAllocated() | shelf.StockReleased() | shelf.StockShipped():
            return ()
        case shelf.StockReturned() | shelf.StockWrittenOff():
            return ()
        case supplier.SupplierAdded() | supplier.SupplierDescribed() | supplier.SupplierWithdrawn():
            return ()
        case delivery.DeliveryPromised() | delivery.DeliveryReceived() | delivery.DeliveryCalledOff():
            return ()
        case category.CategoryAdded() | category.CategoryRenamed() | category.CategoryWithdrawn():
            return ()
        case _:
            assert_never(fact.event)


def _amendment(order_id: UUID, part_id: UUID) -> UUID | None:
    return None if part_id == order_id else part_id
