"""What can be done with an order that was placed.

Somebody else's order answers exactly like one that does not exist; staff may see and change any.
"""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import asdict

from application.commands import command, origin_of
from application.ordering.closing import with_others
from application.ordering.placing import OrderReceipt, receipt
from application.store import Call, EventStore, Saved, Stream, check_expected, recorded_at
from domain import ordering
from domain.kernel import Forbidden
from domain.ordering import (
    ORDER,
    PARCEL,
    AmendmentRequested,
    CancelCause,
    NoteKind,
    Order,
    OrderEvent,
    OrderNotFound,
    OrderShipped,
    Parcel,
    ParcelEvent,
    Rules,
    parcel_stream,
)


class CancelOrder(Struct, frozen=True, forbid_unknown_fields=True):
    comment: Annotated[
        str,
        Meta(max_length=500, examples=["Changed my mind"], description="Why. The buyer is shown it, word for word."),
    ] = ""


class CancelStaleOrder(Struct, frozen=True):
    pass


class EndGracePeriod(Struct, frozen=True):
    pass


class ShipOrder(Struct, frozen=True, forbid_unknown_fields=True):
    carrier: Annotated[str, Meta(min_length=1, max_length=100, examples=["DHL"])]
    tracking_number: Annotated[str, Meta(min_length=1, max_length=100, examples=["JD014600003828"])]


class DeliverOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The carrier has handed it over."""


class EndAmendment(Struct, frozen=True):
    pass


class AddNote(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=2000, examples=["Please ring twice"])]
    kind: NoteKind = NoteKind.CUSTOMER


class NoteReceipt(OrderReceipt, frozen=True):
    """The order after a note was added to it."""

    note_id: UUID


class StaffOnly(Forbidden):
    code = "staff-only"

    def __init__(self) -> None:
        super().__init__("Only the shop's staff may do this.")


@command("ordering")
async def cancel_order(cmd: CancelOrder, call: Call, order_id: UUID, *, store: EventStore) -> Saved[OrderReceipt]:
    order = await order_of(call, order_id, store=store)
    cause = CancelCause.BUYER if order.state.buyer_id == call.actor else CancelCause.STAFF
    order.add(ordering.cancel(order.state, cause, cmd.comment))
    return await store.save(*await with_others([order], store=store), call=call, result=receipt(order))


@command("ordering")
async def end_grace_period(
    cmd: EndGracePeriod, call: Call, order_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[OrderReceipt]:
    """Lets an order go on that was left alone long enough. Its own history decides that, not the caller."""
    order = await store.load(ORDER, order_id, expected=call.expected)
    placed_at = await recorded_at(store, ORDER, order_id, version=1)
    order.add(ordering.end_grace_period(order.state, placed_at, call.now, rules))
    return await store.save(order, call=call, result=receipt(order))


@command("ordering")
async def cancel_stale_order(
    cmd: CancelStaleOrder, call: Call, order_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[OrderReceipt]:
    """Cancels an order that has been pending too long. The order's own history decides that, not the caller."""
    order = await store.load(ORDER, order_id, expected=call.expected)
    placed_at = await recorded_at(store, ORDER, order_id, version=1)
    order.add(ordering.time_out(order.state, placed_at, call.now, rules))
    return await store.save(*await with_others([order], store=store), call=call, result=receipt(order))


@command("ordering")
async def ship_order(cmd: ShipOrder, call: Call, order_id: UUID, *, store: EventStore) -> Saved[OrderReceipt]:
    order = await order_of(call, order_id, store=store)
    refuse_all_but_staff(call)
    order.add(ordering.ship(order.state, cmd.carrier, cmd.tracking_number))
    parcel = await _parcel_of(order_id, store=store)
    match order.pending:
        case [OrderShipped(buyer_id, carrier, tracking_number)]:
            parcel.add(ordering.send(parcel.state, order_id, buyer_id, carrier, tracking_number))
    return await store.save(order, parcel, call=call, result=receipt(order))


@command("ordering")
async def deliver_order(cmd: DeliverOrder, call: Call, order_id: UUID, *, store: EventStore) -> Saved[OrderReceipt]:
    order = await order_of(call, order_id, store=store)
    refuse_all_but_staff(call)
    parcel = await _parcel_of(order_id, store=store)
    parcel.add(ordering.deliver(parcel.state, order_id))
    return await store.save(order, parcel, call=call, result=receipt(order))


@command("ordering")
async def end_amendment(
    cmd: EndAmendment, call: Call, order_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[OrderReceipt]:
    """Gives up a change that waits for too long. The order's own history decides that, not the caller."""
    order = await store.load(ORDER, order_id, expected=call.expected)
    facts = await store.history(ORDER, order_id, limit=order.version)
    requested_at = [fact.recorded_at for fact in facts if isinstance(fact.event, AmendmentRequested)]
    if requested_at:
        order.add(ordering.time_out_amendment(order.state, requested_at[-1], call.now, rules))
    return await store.save(order, call=call, result=receipt(order))


@command("ordering")
async def add_note(
    cmd: AddNote, call: Call, order_id: UUID, *, store: EventStore, rules: Rules, new_id: Callable[[], UUID]
) -> Saved[NoteReceipt]:
    order = await order_of(call, order_id, store=store)
    if cmd.kind is NoteKind.INTERNAL:
        refuse_all_but_staff(call)
    note_id = origin_of(call, new_id)
    order.add(ordering.add_note(order.state, note_id, cmd.kind, cmd.text, rules))
    result = NoteReceipt(**asdict(receipt(order)), note_id=note_id)
    return await store.save(order, call=call, result=result)


async def order_of(call: Call, order_id: UUID, *, store: EventStore) -> Stream[Order, OrderEvent]:
    """Raises OrderNotFound for all but its buyer and staff."""
    order = await store.load(ORDER, order_id)
    if order.state.buyer_id != call.actor and not call.is_staff:
        raise OrderNotFound(order_id)
    check_expected(call.expected, order.version)
    return order


async def _parcel_of(order_id: UUID, *, store: EventStore) -> Stream[Parcel, ParcelEvent]:
    """Empty until the order is shipped."""
    return await store.load(PARCEL, parcel_stream(order_id))


def refuse_all_but_staff(call: Call) -> None:
    if not call.is_staff:
        raise StaffOnly
