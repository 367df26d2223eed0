"""A delivery: what a supplier promised by when, and what came. It comes once, or is called off.

Refusals
├── UnknownDelivery         no such delivery
├── DeliveryAlreadyPromised its id belongs to another one
├── DeliveryNotExpected     it came before, or was called off
├── NothingDelivered        it names no product
├── TooManyProducts         it names more of them than one delivery may
├── NotPromised             a product came that belongs to no promise
└── InvalidUnits            see `values`
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.inventory.values import Units, counted, merged
from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, members

PRODUCTS = 500
"""In one delivery at most."""

# Events


class DeliveryPromised(Event, frozen=True, tag="inventory.DeliveryPromised"):
    supplier_id: UUID
    items: tuple[Units, ...]
    """Each product once."""
    promised_for: date


class DeliveryReceived(Event, frozen=True, tag="inventory.DeliveryReceived"):
    supplier_id: UUID
    items: tuple[Units, ...]
    """What came of it; less than was promised, or more."""


class DeliveryCalledOff(Event, frozen=True, tag="inventory.DeliveryCalledOff"):
    """It is waited for no longer."""

    supplier_id: UUID


DeliveryEvent: TypeAlias = DeliveryPromised | DeliveryReceived | DeliveryCalledOff

# State


class DeliveryStatus(StrEnum):
    ABSENT = "absent"
    PROMISED = "promised"
    RECEIVED = "received"
    CALLED_OFF = "called-off"


class Delivery(msgspec.Struct, frozen=True):
    status: DeliveryStatus = DeliveryStatus.ABSENT
    promise: DeliveryPromised | None = None
    received: tuple[Units, ...] = ()

    @property
    def promised(self) -> tuple[Units, ...]:
        return self.promise.items if self.promise else ()


def evolve(delivery: Delivery, event: DeliveryEvent) -> Delivery:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case DeliveryPromised():
            return Delivery(DeliveryStatus.PROMISED, event)
        case DeliveryReceived(items=items):
            return replace(delivery, status=DeliveryStatus.RECEIVED, received=items)
        case DeliveryCalledOff():
            return replace(delivery, status=DeliveryStatus.CALLED_OFF)
        case _:
            assert_never(event)


# Refusals


class UnknownDelivery(NotFound):
    code = "delivery-not-found"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__("There is no such delivery.", delivery_id=str(delivery_id))


class DeliveryAlreadyPromised(Conflict):
    code = "delivery-already-promised"

    def __init__(self) -> None:
        super().__init__("Another delivery was promised under this id before. Choose another id.")


class DeliveryNotExpected(Conflict):
    code = "delivery-not-expected"

    def __init__(self, status: DeliveryStatus) -> None:
        super().__init__(f"The delivery is {status}: nothing is waited for. Promise a new one.", status=status.value)


class NothingDelivered(Invalid):
    code = "nothing-delivered"

    def __init__(self) -> None:
        super().__init__("A delivery has one product at least.", path="items")


class TooManyProducts(Invalid):
    code = "too-many-products"

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} products can be handled at once. Split it.", path="items", most=most)


class NotPromised(Conflict):
    code = "not-promised"

    def __init__(self, product_ids: Sequence[UUID]) -> None:
        super().__init__(
            "These products belong to no promise of this delivery. Receive them without it.",
            product_ids=[str(each) for each in product_ids],
        )


DELIVERY: Aggregate[Delivery, DeliveryEvent] = Aggregate(
    name="inventory.delivery",
    initial=Delivery(),
    evolve=evolve,
    events=members(DeliveryEvent),
    missing=UnknownDelivery,
)


# Decisions


def promise(delivery: Delivery, supplier_id: UUID, items: Iterable[Units], promised_for: date) -> list[DeliveryEvent]:
    promised = DeliveryPromised(supplier_id, _checked(items), promised_for)
    if delivery.status is DeliveryStatus.ABSENT:
        return [promised]
    if delivery.promise == promised:
        return []
    raise DeliveryAlreadyPromised


def receive(delivery: Delivery, items: Iterable[Units] | None = None) -> list[DeliveryEvent]:
    """Takes in what came: all that was promised, unless `items` says otherwise."""
    came = delivery.promised if items is None else _checked(items)
    if delivery.status is DeliveryStatus.RECEIVED and delivery.received == came:
        return []
    promise = _expected(delivery)
    known = {item.product_id for item in promise.items}
    if unknown := [item.product_id for item in came if item.product_id not in known]:
        raise NotPromised(unknown)
    return [DeliveryReceived(promise.supplier_id, came)]


def call_off(delivery: Delivery) -> list[DeliveryEvent]:
    if delivery.status is DeliveryStatus.CALLED_OFF:
        return []
    return [DeliveryCalledOff(_expected(delivery).supplier_id)]


def _expected(delivery: Delivery) -> DeliveryPromised:
    """What is waited for. Raises DeliveryNotExpected where nothing is."""
    if delivery.promise is None or delivery.status is not DeliveryStatus.PROMISED:
        raise DeliveryNotExpected(delivery.status)
    return delivery.promise


def _checked(items: Iterable[Units]) -> tuple[Units, ...]:
    items = tuple(items)
    for item in items:
        counted("quantity", item.quantity)
    together = merged(items)
    if not together:
        raise NothingDelivered
    if len(together) > PRODUCTS:
        raise TooManyProducts(PRODUCTS)
    for item in together:
        counted("quantity", item.quantity)
    return together
