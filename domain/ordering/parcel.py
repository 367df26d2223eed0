"""The parcel of an order, once it is with the carrier.

Saved together with the order that it is sent for; its own stream, since its way is the carrier's.

Refusals
└── ParcelNotSent  nothing was sent for this order yet
"""

from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Event, members

_PARCELS = UUID("2f6b9f0a-4a3e-5f5c-9f1b-8f2d7f1f0c57")


def parcel_stream(order_id: UUID) -> UUID:
    return uuid5(_PARCELS, str(order_id))


# Events


class ParcelSent(Event, frozen=True, tag="ordering.ParcelSent"):
    order_id: UUID
    buyer_id: str
    carrier: str
    tracking_number: str


class ParcelDelivered(Event, frozen=True, tag="ordering.ParcelDelivered"):
    """It reached the buyer."""

    order_id: UUID
    buyer_id: str


ParcelEvent: TypeAlias = ParcelSent | ParcelDelivered

# State


class ParcelStatus(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"


class Parcel(msgspec.Struct, frozen=True):
    status: ParcelStatus | None = None
    """None as long as nothing was sent."""
    buyer_id: str = ""


def evolve(parcel: Parcel, event: ParcelEvent) -> Parcel:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case ParcelSent(buyer_id=buyer_id):
            return Parcel(ParcelStatus.SENT, buyer_id)
        case ParcelDelivered():
            return replace(parcel, status=ParcelStatus.DELIVERED)
        case _:
            assert_never(event)


# Refusals


class ParcelNotSent(Conflict):
    code = "parcel-not-sent"

    def __init__(self) -> None:
        super().__init__("Nothing was sent for this order yet. Ship it first.")


PARCEL: Aggregate[Parcel, ParcelEvent] = Aggregate(
    name="ordering.parcel",
    initial=Parcel(),
    evolve=evolve,
    events=members(ParcelEvent),
)

# Decisions


def send(parcel: Parcel, order_id: UUID, buyer_id: str, carrier: str, tracking_number: str) -> list[ParcelEvent]:
    """The order has checked how it travels."""
    return [] if parcel.status else [ParcelSent(order_id, buyer_id, carrier, tracking_number)]


def deliver(parcel: Parcel, order_id: UUID) -> list[ParcelEvent]:
    if parcel.status is None:
        raise ParcelNotSent
    return [] if parcel.status is ParcelStatus.DELIVERED else [ParcelDelivered(order_id, parcel.buyer_id)]
