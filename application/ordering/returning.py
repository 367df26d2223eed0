"""What can be done with a return. It is saved together with its order, which knows what can come back."""

from collections import Counter
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.commands import command, origin_of
from application.ordering.handling import order_of, refuse_all_but_staff
from application.ordering.till import Quantity
from application.store import Call, EventStore, Saved, Stream, check_expected
from domain import ordering
from domain.money import Money, total
from domain.ordering import (
    ORDER,
    RETURN,
    ReceivedLine,
    RequestedLine,
    Return,
    ReturnClosed,
    ReturnEvent,
    ReturnNotFound,
    ReturnReason,
    ReturnStatus,
    StockItem,
)

Count = Annotated[int, Meta(ge=0, le=999)]
Words = Annotated[str, Meta(max_length=1000)]


class ReturnLine(Struct, frozen=True, forbid_unknown_fields=True):
    product_id: UUID
    quantity: Quantity = 1
    reason: ReturnReason = ReturnReason.UNWANTED


class RequestReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """What of a shipped order is to be sent back."""

    order_id: UUID
    lines: Annotated[tuple[ReturnLine, ...], Meta(min_length=1, max_length=1000)]
    comment: Words = ""


class ReturnedGoods(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a product."""

    product_id: UUID
    restocked: Count = 0
    """Can be sold again."""
    written_off: Count = 0
    """Cannot."""


class ReceiveReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """What came. What did not is not paid back, and can be returned another time."""

    lines: Annotated[tuple[ReturnedGoods, ...], Meta(min_length=1, max_length=1000)]


class RejectReturn(Struct, frozen=True, forbid_unknown_fields=True):
    comment: Annotated[Words, Meta(min_length=1, description="Why. The buyer is shown it, word for word.")]


class ReturnReceipt(Struct, frozen=True):
    """The return after a command."""

    return_id: UUID
    order_id: UUID
    status: ReturnStatus


@command("ordering")
async def request_return(
    cmd: RequestReturn, call: Call, *, store: EventStore, new_id: Callable[[], UUID]
) -> Saved[ReturnReceipt]:
    order = await order_of(call, cmd.order_id, store=store)
    return_id = origin_of(call, new_id)
    stream = (await store.load_many(RETURN, [return_id]))[return_id]
    if stream.state.status is None:
        order.add(
            ordering.open_return(
                order.state, return_id, [StockItem(each.product_id, each.quantity) for each in cmd.lines]
            )
        )
        lines = (RequestedLine(each.product_id, each.quantity, each.reason) for each in cmd.lines)
        stream.add(ordering.request_return(stream.state, order.id, order.state.buyer_id, lines, cmd.comment))
    return await store.save(order, stream, call=call, result=_receipt(stream))


@command("ordering")
async def receive_return(cmd: ReceiveReturn, call: Call, return_id: UUID, *, store: EventStore) -> Saved[ReturnReceipt]:
    """What is paid back for it becomes due with it."""
    stream, order_id = await _of_staff(call, return_id, store=store)
    order = await store.load(ORDER, order_id)
    restocked, written_off = Counter[UUID](), Counter[UUID]()
    for each in cmd.lines:
        restocked[each.product_id] += each.restocked
        written_off[each.product_id] += each.written_off
    closed = ordering.close_return(order.state, return_id, {id: restocked[id] + written_off[id] for id in restocked})
    order.add(closed)
    nothing = Money.zero(order.state.total.currency if order.state.total else "")
    costs = {line.product_id: line.amount for each in closed if isinstance(each, ReturnClosed) for line in each.lines}
    refunds = [refund for each in closed if isinstance(each, ReturnClosed) for refund in each.refunds]
    stream.add(
        ordering.receive_return(
            stream.state,
            [ReceivedLine(id, restocked[id], written_off[id], costs.get(id, nothing)) for id in restocked],
            [refund.refund_id for refund in refunds],
            total((refund.amount for refund in refunds), nothing.currency),
        )
    )
    return await store.save(order, stream, call=call, result=_receipt(stream))


@command("ordering")
async def reject_return(cmd: RejectReturn, call: Call, return_id: UUID, *, store: EventStore) -> Saved[ReturnReceipt]:
    stream, order_id = await _of_staff(call, return_id, store=store)
    stream.add(ordering.reject_return(stream.state, cmd.comment))
    order = await store.load(ORDER, order_id)
    order.add(ordering.close_return(order.state, return_id, {}))
    return await store.save(order, stream, call=call, result=_receipt(stream))


async def return_of(call: Call, return_id: UUID, *, store: EventStore) -> Stream[Return, ReturnEvent]:
    """Raises ReturnNotFound for all but its buyer and staff."""
    stream = await store.load(RETURN, return_id)
    if stream.state.buyer_id != call.actor and not call.is_staff:
        raise ReturnNotFound(return_id)
    check_expected(call.expected, stream.version)
    return stream


async def _of_staff(call: Call, return_id: UUID, *, store: EventStore) -> tuple[Stream[Return, ReturnEvent], UUID]:
    """The return and its order's id. Raises ReturnNotFound, and StaffOnly for its buyer."""
    stream = await return_of(call, return_id, store=store)
    refuse_all_but_staff(call)
    if stream.state.order_id is None:
        raise ReturnNotFound(return_id)
    return stream, stream.state.order_id


def _receipt(stream: Stream[Return, ReturnEvent]) -> ReturnReceipt:
    if stream.state.order_id is None or stream.state.status is None:
        raise ReturnNotFound(stream.id)
    return ReturnReceipt(stream.id, stream.state.order_id, stream.state.status)
