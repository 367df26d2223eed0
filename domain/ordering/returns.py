"""A return: what the buyer wants to send back, what came, and what was paid back for it.

    Requested → Received → Refunded
        │           └→ RefundFailed
        └→ Rejected

Saved together with the order, which knows how much can come back and what that is worth. Where nothing is to be paid
back it is refunded as soon as it came. What a payment has too little left for comes from the order's others; where they
have nothing left either, the buyer has the money otherwise. Where a refund fails for any other reason staff pay it back
by hand, as long as the shop has so much of the money.

Refusals
├── ReturnNotFound      no such return, or not the caller's
├── ReturnCannotChange  the step does not fit the return's status
└── InvalidQuantity     see `amounts`
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Event, NotFound, Personal, clean, members
from domain.money import Money
from domain.ordering.order.events.money import NOTHING_LEFT

# Events


class ReturnReason(StrEnum):
    UNWANTED = "unwanted"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong-item"
    NOT_AS_DESCRIBED = "not-as-described"
    OTHER = "other"


class RequestedLine(msgspec.Struct, frozen=True):
    product_id: UUID
    quantity: int
    reason: ReturnReason


class ReceivedLine(msgspec.Struct, frozen=True):
    """What came of a product."""

    product_id: UUID
    restocked: int
    """Can be sold again."""
    written_off: int
    """Cannot."""
    amount: Money
    """What these cost, with their share of discount and tax."""


class ReturnRequested(Event, frozen=True, tag="ordering.ReturnRequested"):
    order_id: UUID
    buyer_id: str
    lines: tuple[RequestedLine, ...]
    comment: Personal[str]
    """In the buyer's words; may be empty."""


class ReturnReceived(Event, frozen=True, tag="ordering.ReturnReceived"):
    order_id: UUID
    buyer_id: str
    lines: tuple[ReceivedLine, ...]
    amount: Money
    """What is paid back."""
    refunds: tuple[UUID, ...]
    """By these refunds; one for each payment that it comes from."""


class ReturnRejected(Event, frozen=True, tag="ordering.ReturnRejected"):
    order_id: UUID
    buyer_id: str
    comment: Personal[str]
    """Why, in the words that the buyer is shown."""


class ReturnRefunded(Event, frozen=True, tag="ordering.ReturnRefunded"):
    """Money for it was paid back: by one refund, of those that it takes."""

    order_id: UUID
    buyer_id: str
    refund_id: UUID
    amount: Money
    again: tuple[UUID, ...] = ()
    """It was less than promised: these refunds are to pay the rest."""
    by_hand: bool = False
    """It was none of those that it takes: staff paid what could not be paid back."""


class ReturnRefundFailed(Event, frozen=True, tag="ordering.ReturnRefundFailed"):
    """Money for it was not paid back: it is still owed, except where nothing was left to pay it from."""

    order_id: UUID
    buyer_id: str
    refund_id: UUID
    amount: Money
    reason: str
    again: tuple[UUID, ...] = ()
    """Nothing was left: these refunds are to pay it from other payments."""


class ReturnRefundDropped(Event, frozen=True, tag="ordering.ReturnRefundDropped"):
    """So much of what could not be paid back is owed no longer: the buyer has the money otherwise."""

    order_id: UUID
    buyer_id: str
    amount: Money


ReturnEvent: TypeAlias = (
    ReturnRequested | ReturnReceived | ReturnRejected | ReturnRefunded | ReturnRefundFailed | ReturnRefundDropped
)

# State


class ReturnStatus(StrEnum):
    REQUESTED = "requested"
    RECEIVED = "received"
    """Its money is on its way."""
    REFUNDED = "refunded"
    """The buyer has all the money, or there was none to pay back."""
    REFUND_FAILED = "refund-failed"
    REJECTED = "rejected"


CAME = frozenset({ReturnStatus.RECEIVED, ReturnStatus.REFUNDED, ReturnStatus.REFUND_FAILED})


class Return(msgspec.Struct, frozen=True):
    status: ReturnStatus | None = None
    """None for one that was not requested yet."""
    order_id: UUID | None = None
    buyer_id: str = ""
    came: dict[UUID, tuple[int, int]] = {}
    """Of each product, what was restocked and what was written off."""
    refunds_under_way: frozenset[UUID] = frozenset()
    owed: Money | None = None
    """What could not be paid back, until staff do by hand, or it is dropped."""


def evolve(state: Return, event: ReturnEvent) -> Return:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case ReturnRequested(order_id=order_id, buyer_id=buyer_id):
            return Return(ReturnStatus.REQUESTED, order_id, buyer_id)
        case ReturnReceived(lines=lines, refunds=refunds):
            came = {line.product_id: (line.restocked, line.written_off) for line in lines}
            state = replace(state, status=ReturnStatus.RECEIVED, came=came)
            return _under_way(state, frozenset(refunds))
        case ReturnRejected():
            return replace(state, status=ReturnStatus.REJECTED)
        case ReturnRefunded(amount=amount, by_hand=True) | ReturnRefundDropped(amount=amount):
            return _owed_less(state, amount)
        case ReturnRefunded(refund_id=refund_id, again=again):
            return _answered(state, refund_id, again)
        case ReturnRefundFailed(refund_id=refund_id, reason=reason, again=again) if reason == NOTHING_LEFT:
            return _answered(state, refund_id, again)
        case ReturnRefundFailed(refund_id=refund_id, amount=amount):
            owed = state.owed + amount if state.owed else amount
            return _answered(replace(state, status=ReturnStatus.REFUND_FAILED, owed=owed), refund_id, ())
        case _:
            assert_never(event)


def _owed_less(state: Return, amount: Money) -> Return:
    owed = state.owed - amount if state.owed and state.owed > amount else None
    status = state.status if owed else ReturnStatus.RECEIVED
    return _under_way(replace(state, status=status, owed=owed), state.refunds_under_way)


def _answered(state: Return, refund_id: UUID, again: Iterable[UUID]) -> Return:
    """These refunds more are under way, and the one that was answered is not."""
    return _under_way(state, (state.refunds_under_way | {*again}) - {refund_id})


def _under_way(state: Return, under_way: frozenset[UUID]) -> Return:
    done = state.status is ReturnStatus.RECEIVED and not under_way
    return replace(state, status=ReturnStatus.REFUNDED if done else state.status, refunds_under_way=under_way)


# Refusals


class ReturnNotFound(NotFound):
    code = "return-not-found"

    def __init__(self, return_id: UUID) -> None:
        super().__init__("There is no such return.", return_id=str(return_id))


class ReturnCannotChange(Conflict):
    code = "return-cannot-change"

    def __init__(self, status: ReturnStatus | None, wanted: ReturnStatus) -> None:
        present = str(status or "not requested")
        detail = f"The return is {present} and cannot become {wanted}."
        if status in CAME:
            detail = (
                "What came of it was recorded already and stays so. Correct the stock by an adjustment, the money by a"
                " refund."
            )
        super().__init__(detail, **{"from": present, "to": str(wanted)})


RETURN: Aggregate[Return, ReturnEvent] = Aggregate(
    name="ordering.return",
    initial=Return(),
    evolve=evolve,
    events=members(ReturnEvent),
    missing=ReturnNotFound,
)

# Decisions


def request_return(
    state: Return, order_id: UUID, buyer_id: str, lines: Iterable[RequestedLine], comment: str
) -> list[ReturnEvent]:
    """The order has said that so much can come back. What was requested before decides nothing."""
    comment = clean("comment", comment, most=1000, least=0, lines=True)
    return [] if state.status else [ReturnRequested(order_id, buyer_id, tuple(lines), comment)]


def receive_return(
    state: Return, lines: Iterable[ReceivedLine], refunds: Iterable[UUID], amount: Money
) -> list[ReturnEvent]:
    """This came, and `amount` is paid back for it. What came before, just so, decides nothing."""
    received = tuple(lines)
    if state.order_id is None:
        raise ReturnCannotChange(None, ReturnStatus.RECEIVED)
    if state.status in CAME and state.came == {
        line.product_id: (line.restocked, line.written_off) for line in received
    }:
        return []
    if state.status is not ReturnStatus.REQUESTED:
        raise ReturnCannotChange(state.status, ReturnStatus.RECEIVED)
    return [ReturnReceived(state.order_id, state.buyer_id, received, amount, tuple(refunds))]


def reject_return(state: Return, comment: str) -> list[ReturnEvent]:
    comment = clean("comment", comment, most=1000, lines=True)
    if state.status is ReturnStatus.REJECTED:
        return []
    if state.status is not ReturnStatus.REQUESTED or state.order_id is None:
        raise ReturnCannotChange(state.status, ReturnStatus.REJECTED)
    return [ReturnRejected(state.order_id, state.buyer_id, comment)]


def note_return_refund(
    state: Return, refund_id: UUID, amount: Money, again: tuple[UUID, ...] = ()
) -> list[ReturnEvent]:
    """Money was paid back, and `again` are to pay the rest. Decides nothing where it was noted before, or was not for
    this."""
    if state.order_id is None or refund_id not in state.refunds_under_way:
        return []
    return [ReturnRefunded(state.order_id, state.buyer_id, refund_id, amount, again)]


def pay_return_by_hand(state: Return, refund_id: UUID, amount: Money) -> list[ReturnEvent]:
    """Staff paid back by hand what could not be. The order has said that so much of it was not."""
    if state.order_id is None or state.owed is None:
        return []
    return [ReturnRefunded(state.order_id, state.buyer_id, refund_id, amount, by_hand=True)]


def drop_return_refund(state: Return, amount: Money) -> list[ReturnEvent]:
    """The order has said that so much of what could not be paid back is owed no longer."""
    if state.order_id is None or state.owed is None:
        return []
    return [ReturnRefundDropped(state.order_id, state.buyer_id, amount)]


def fail_return_refund(
    state: Return, refund_id: UUID, amount: Money, reason: str, again: tuple[UUID, ...] = ()
) -> list[ReturnEvent]:
    """Money was not paid back, and `again` are to pay it. Decides nothing where it was noted before, or was not for
    this."""
    if state.order_id is None or refund_id not in state.refunds_under_way:
        return []
    return [ReturnRefundFailed(state.order_id, state.buyer_id, refund_id, amount, reason, again)]
