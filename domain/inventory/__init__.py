"""Inventory: how much there is of each product, and what of it is set aside for which order."""

from domain.inventory.category import CATEGORY
from domain.inventory.delivery import DELIVERY
from domain.inventory.effects import effects
from domain.inventory.reservation.decisions import allocate, cancel, expire, make, reduce, release, ship, take_back
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
    Shortage,
)
from domain.inventory.reservation.state import (
    RESERVATION,
    Part,
    PartStep,
    Reservation,
    ReservationNotFound,
    reservation_stream,
)
from domain.inventory.shelf.events import (
    CategoryAssigned,
    ReorderClosed,
    ShelfEvent,
    StockAdjusted,
    StockAllocated,
    StockRanOut,
    StockReceived,
    StockReleased,
    StockReordered,
    StockReplenished,
    StockReserved,
    StockReturned,
    StockRunsLow,
    StockShipped,
    StockWrittenOff,
    SupplierAssigned,
    ThresholdsSet,
)
from domain.inventory.shelf.refusals import (
    InvalidThresholds,
    NotEnoughStock,
    NotReserved,
    ShelfNotFound,
    TooManyReservations,
    TooMuchStock,
)
from domain.inventory.shelf.state import SHELF, Shelf
from domain.inventory.supplier import SUPPLIER
from domain.inventory.values import (
    AdjustmentReason,
    Availability,
    InvalidUnits,
    Rejection,
    ReleaseCause,
    Rules,
    Status,
    Units,
    merged,
)
from domain.kernel import Context

CONTEXT = Context("inventory", (SHELF, RESERVATION, SUPPLIER, DELIVERY, CATEGORY))
