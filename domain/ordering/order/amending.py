"""How an order is changed after it was placed.

While it is submitted, at once. While stock and money are asked for, not. Once it is paid, at once where it then costs
no more and needs no more; else it runs, as an amendment, through the steps that the order went through, and takes
effect with the last of them. Until then the order stays as it was.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.kernel import is_over
from domain.money import Money
from domain.ordering.address import Address
from domain.ordering.amounts import Draft, Line, total_refusal
from domain.ordering.order.disputes import check_money
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.changes import (
    AmendmentAllocated,
    AmendmentAuthorised,
    AmendmentRejected,
    AmendmentRequested,
    AmendmentStockConfirmed,
    Bill,
    LineChange,
    OrderAmended,
    OrderEdited,
)
from domain.ordering.order.events.life import OutOfStock, StockItem
from domain.ordering.order.refunding import refunds_of
from domain.ordering.order.refusals import (
    AmendmentPending,
    LastLine,
    LineNotFound,
    OrderInProgress,
    OrderNotEditable,
    TooManyChanges,
    TotalChanged,
)
from domain.ordering.order.state import Amendment, AmendmentStep, Order, Status
from domain.ordering.rules import Rules


def quantities(order: Order, product_id: UUID, quantity: int) -> dict[UUID, int]:
    """How much of each product the order has once it has so much of this one; 0 removes the line.

    Raises LineNotFound and LastLine.
    """
    changed = _units(order.lines)
    if product_id not in changed:
        raise LineNotFound(product_id, "Order it on its own.")
    changed[product_id] = quantity
    if not any(changed.values()):
        raise LastLine(product_id)
    return {product: quantity for product, quantity in changed.items() if quantity}


def check_editable(order: Order, amendment_id: UUID) -> None:
    """Raises OrderInProgress, OrderNotEditable, OrderDisputed, OrderPaidBack or AmendmentPending; the last not for the
    amendment itself, come again."""
    if order.status in {Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED}:
        raise OrderInProgress(order.status)
    if order.status not in {Status.SUBMITTED, Status.PAID}:
        raise OrderNotEditable(order.status)
    check_money(order)
    if order.amendment and order.amendment.asked.amendment_id != amendment_id:
        raise AmendmentPending(order.amendment.asked.amendment_id)


def edit(
    order: Order,
    amendment_id: UUID,
    address: Address,
    draft: Draft,
    expected_total: Money | None,
    rules: Rules,
) -> list[OrderEvent]:
    """Gives it this address and what is in `draft`; the address is cleaned. An amendment that came before decides
    nothing.

    Who wants less, at the same address, agrees to no higher total unless they say so.
    """
    check_editable(order, amendment_id)
    bill = Bill(draft.lines, draft.subtotal, draft.discount, draft.tax, draft.shipping, draft.total)
    if order.amendment or order.total is None or (order.address, _units(order.lines)) == (address, _units(bill.lines)):
        return []
    if order.changes >= rules.most_changes:
        raise TooManyChanges(rules.most_changes)
    changes = _changes(order.lines, bill.lines)
    wanted = tuple(StockItem(each.product_id, each.quantity) for each in changes if each.quantity > 0)
    if expected_total is None and not wanted and address == order.address and bill.total > order.total:
        raise TotalChanged(
            order.total,
            bill.total,
            "PUT the line's quantity, 0 to take it out, with the new one as expected_total if it is agreed to.",
        )
    if expected_total is not None and expected_total != bill.total:
        raise TotalChanged(expected_total, bill.total)
    if refusal := total_refusal(bill.total, rules):
        raise refusal
    if order.status is Status.SUBMITTED:
        return [OrderEdited(order.buyer_id, address, bill, changes)]
    asked = AmendmentRequested(amendment_id, order.buyer_id, address, bill, wanted, bill.total - order.total)
    if wanted:
        return [asked]
    if asked.due.amount > 0:
        return [asked, _charged(order, asked)]
    return [_amended(order, asked)]


def confirm_amendment_stock(order: Order, amendment_id: UUID) -> list[OrderEvent]:
    """What it needs more is set aside."""
    amendment = _at(order, amendment_id, AmendmentStep.STOCK)
    if amendment is None:
        return []
    asked = amendment.asked
    return [_charged(order, asked) if asked.due.amount > 0 else AmendmentAuthorised(amendment_id, order.buyer_id)]


def authorise_amendment(order: Order, amendment_id: UUID) -> list[OrderEvent]:
    """The money is held. Where no stock is needed there is none to wait for."""
    amendment = _at(order, amendment_id, AmendmentStep.MONEY)
    if amendment is None:
        return []
    step = AmendmentAuthorised if amendment.asked.wanted else AmendmentAllocated
    return [step(amendment_id, order.buyer_id)]


def allocate_amendment(order: Order, amendment_id: UUID) -> list[OrderEvent]:
    """The stock is the order's. Where no money is needed that is all."""
    amendment = _at(order, amendment_id, AmendmentStep.ALLOCATION)
    if amendment is None:
        return []
    if amendment.asked.due.amount > 0:
        return [AmendmentAllocated(amendment_id, order.buyer_id)]
    return [_amended(order, amendment.asked)]


def pay_amendment(order: Order, amendment_id: UUID) -> list[OrderEvent]:
    """The money is taken."""
    amendment = _at(order, amendment_id, AmendmentStep.CAPTURE)
    return [_amended(order, amendment.asked, amendment.asked.due)] if amendment else []


def reject_amendment(
    order: Order, amendment_id: UUID, reason: str, product_ids: frozenset[UUID] = frozenset()
) -> list[OrderEvent]:
    """It cannot be done: these products cannot be had, it is not paid, or it took too long."""
    amendment = order.amendment
    if amendment is None or amendment.asked.amendment_id != amendment_id:
        return []
    missing = (
        OutOfStock(line.product_id, line.name) for line in amendment.asked.bill.lines if line.product_id in product_ids
    )
    return [AmendmentRejected(amendment_id, order.buyer_id, reason, tuple(missing))]


def time_out_amendment(order: Order, requested_at: datetime, now: datetime, rules: Rules) -> list[OrderEvent]:
    """Gives up a change that nobody answered for too long."""
    if order.amendment is None or not is_over(requested_at, rules.timeout, now):
        return []
    return reject_amendment(order, order.amendment.asked.amendment_id, "timed-out")


def _at(order: Order, amendment_id: UUID, step: AmendmentStep) -> Amendment | None:
    """The amendment, where it is this one and waits for this."""
    amendment = order.amendment
    if amendment and amendment.asked.amendment_id == amendment_id and amendment.step is step:
        return amendment
    return None


def _charged(order: Order, asked: AmendmentRequested) -> AmendmentStockConfirmed:
    return AmendmentStockConfirmed(asked.amendment_id, order.buyer_id, asked.due, order.payment_method_id)


def _amended(order: Order, asked: AmendmentRequested, paid: Money | None = None) -> OrderAmended:
    lines = asked.bill.lines
    return OrderAmended(
        amendment_id=asked.amendment_id,
        buyer_id=order.buyer_id,
        address=asked.address,
        bill=asked.bill,
        stock_items=tuple(StockItem(line.product_id, line.quantity) for line in lines),
        changes=_changes(order.lines, lines),
        paid=paid,
        refunds=refunds_of(order, asked.due * -1, asked.amendment_id) if asked.due.amount < 0 else (),
    )


def _units(lines: Iterable[Line]) -> dict[UUID, int]:
    return {line.product_id: line.quantity for line in lines}


def _changes(before: Iterable[Line], after: Iterable[Line]) -> tuple[LineChange, ...]:
    was, now = ({line.product_id: line for line in lines} for lines in (before, after))
    return tuple(_change(was.get(id), now.get(id)) for id in was | now if was.get(id) != now.get(id))


def _change(was: Line | None, now: Line | None) -> LineChange:
    match was, now:
        case Line(), Line():
            return LineChange(now.product_id, now.name, now.quantity - was.quantity, now.total - was.total)
        case None, Line():
            return LineChange(now.product_id, now.name, now.quantity, now.total, 1)
        case Line(), _:
            return LineChange(was.product_id, was.name, -was.quantity, was.total * -1, -1)
        case _:
            raise AssertionError("unreachable: there is a line before or after")
