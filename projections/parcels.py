"""Parcels: which order each is of, and whether it has reached the buyer."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain import ordering
from domain.kernel import Fact
from projections.kernel import Key, Projection, by_stream


class ParcelRow(msgspec.Struct, frozen=True):
    parcel_id: UUID
    order_id: UUID
    carrier: str
    tracking_number: str
    sent_at: datetime
    delivered_at: datetime | None = None


def evolve(row: ParcelRow | None, fact: Fact[ordering.ParcelEvent], key: Key) -> ParcelRow | None:
    match fact.event:
        case ordering.ParcelSent(order_id=order_id, carrier=carrier, tracking_number=tracking_number):
            return ParcelRow(fact.stream, order_id, carrier, tracking_number, fact.recorded_at)
        case ordering.ParcelDelivered():
            return row and replace(row, delivered_at=fact.recorded_at)


PARCELS = Projection(
    name="parcels",
    version=1,
    context="ordering",
    row=ParcelRow,
    key=("parcel_id",),
    events=ordering.PARCEL.events,
    keys=by_stream,
    evolve=evolve,
    indexes=("(order_id)",),
)
