"""What comes back, and what is paid back for it: never more than was shipped, never more than was taken."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID, uuid5

from msgspec.structs import replace

from domain.money import Money, total
from domain.ordering.amounts import InvalidQuantity, Line
from domain.ordering.order.disputes import standing_still
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.life import StockItem
from domain.ordering.order.events.money import (
    NOTHING_LEFT,
    OrderRefunded,
    OrderRefundFailed,
    Refund,
    ReturnClosed,
    ReturnedLine,
    ReturnOpened,
)
from domain.ordering.order.owing import dropping, owed_first
from domain.ordering.order.refusals import LineNotFound, NothingToReturn, TooManyReturned
from domain.ordering.order.state import Order, Status, evolve


def refunds_of(order: Order, amount: Money, cause: UUID) -> tuple[Refund, ...]:
    """`amount`, or what is left of all that was taken, out of the payments in the order in which they took it.

    The refunds' ids come from their cause.
    """
    refunds: list[Refund] = []
    for payment_id, taken in order.taken.items():
        part = min(amount, taken.left)
        if part.amount > 0:
            refunds.append(Refund(payment_id, uuid5(cause, str(payment_id)), part))
            amount = amount - part
    return tuple(refunds)


def open_return(order: Order, return_id: UUID, items: Iterable[StockItem]) -> list[OrderEvent]:
    """The buyer wants to send these back. What came before under the same id decides nothing."""
    if return_id in order.returning:
        return []
    if order.status is not Status.SHIPPED:
        raise NothingToReturn(order.status)
    wanted: dict[UUID, int] = {}
    for item in items:
        left = _returnable(order, item.product_id)
        if item.quantity < 1:
            raise InvalidQuantity(item.product_id, item.quantity, left)
        wanted[item.product_id] = quantity = wanted.get(item.product_id, 0) + item.quantity
        if quantity > left:
            raise TooManyReturned(item.product_id, quantity, left)
    return [ReturnOpened(order.buyer_id, return_id, tuple(StockItem(*each) for each in wanted.items()))]


def close_return(order: Order, return_id: UUID, came: Mapping[UUID, int]) -> list[OrderEvent]:
    """So much of each product came back of what the buyer wanted to send; nothing where the return is rejected.

    What is not paid back now can be returned again.
    """
    if return_id not in order.returning or order.total is None:
        return []
    asked = {item.product_id: item.quantity for item in order.returning[return_id]}
    for product_id, quantity in came.items():
        if quantity < 1:
            raise InvalidQuantity(product_id, quantity, asked.get(product_id, 0))
        if quantity > asked.get(product_id, 0):
            raise TooManyReturned(product_id, quantity, asked.get(product_id, 0))
    lines = tuple(
        ReturnedLine(line.product_id, came[line.product_id], _cost(order, line, came[line.product_id]))
        for line in order.lines
        if came.get(line.product_id)
    )
    amount = total((line.amount for line in lines), order.total.currency)
    return [ReturnClosed(order.buyer_id, return_id, lines, refunds_of(order, amount, return_id))]


def note_refund(order: Order, payment_id: UUID, refund_id: UUID, amount: Money, category: str) -> list[OrderEvent]:
    """Money was paid back, whoever decided that. What is missing of what was promised is promised again.

    What nobody promised and is for a return is for those whose refund failed, in the order in which they did.
    """
    taken = order.taken.get(payment_id)
    if taken is None or refund_id in taken.made:
        return []
    by_hand = owed_first(order, amount) if category == "returned" and refund_id not in taken.refunds else ()
    noted = OrderRefunded(order.buyer_id, payment_id, refund_id, amount, category, paid_by_hand=by_hand)
    missing = taken.refunds.get(refund_id, amount) - amount
    return standing_still(order, dropping(order, [replace(noted, again=_again(order, noted, missing))]))


def fail_refund(order: Order, payment_id: UUID, refund_id: UUID, amount: Money, reason: str) -> list[OrderEvent]:
    """Money was not paid back, whoever decided that it should be: what of it was promised can be promised again.

    Where nothing was left of it, what was promised is promised again at once, from other payments; what was not is not
    missed: the money is back otherwise.
    """
    taken = order.taken.get(payment_id)
    if taken is None or refund_id in taken.made | taken.failed:
        return []
    failed = OrderRefundFailed(order.buyer_id, payment_id, refund_id, amount, reason)
    if reason != NOTHING_LEFT:
        return dropping(order, [failed])
    if refund_id not in taken.refunds:
        return []
    again = _again(order, failed, taken.refunds[refund_id])
    category = "returned" if refund_id in order.refunding else "amended"
    return standing_still(order, dropping(order, [replace(failed, again=again, category=category)]))


def _again(order: Order, event: OrderRefunded | OrderRefundFailed, missing: Money) -> tuple[Refund, ...]:
    """From the payments that have some left after the event. A cancelled order gets all back without."""
    if order.status not in {Status.PAID, Status.SHIPPED}:
        return ()
    return refunds_of(evolve(order, event), missing, event.refund_id)


def _returnable(order: Order, product_id: UUID) -> int:
    """Units that were shipped, did not come back, and are not on their way."""
    shipped = [line.quantity for line in order.lines if line.product_id == product_id]
    if not shipped:
        raise LineNotFound(product_id, "Only what was ordered can come back.")
    on_their_way = sum(
        item.quantity for items in order.returning.values() for item in items if item.product_id == product_id
    )
    return sum(shipped) - order.returned.get(product_id, 0) - on_their_way


def _cost(order: Order, line: Line, quantity: int) -> Money:
    """What so many units of the line cost, after those that came back before: all of them cost what the line did."""
    before = order.returned.get(line.product_id, 0)
    return _share(line, before + quantity) - _share(line, before)


def _share(line: Line, quantity: int) -> Money:
    return (line.total * (Decimal(quantity) / line.quantity)).rounded()
