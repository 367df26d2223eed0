"""What could not be paid back for returns. Staff pay it by hand, as long as the shop has it.

What a bank takes, and what staff give otherwise, may leave less than is owed: the buyer then has the money, and the
difference is dropped. What is on its way to the buyer is the shop's no more.
"""

from collections.abc import Iterable
from uuid import UUID

from domain.money import Money, total
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.money import OrderRefundDropped, Owed
from domain.ordering.order.state import ORDER, Order
from domain.ordering.order.taken import Taken


def owed_first(order: Order, amount: Money) -> tuple[Owed, ...]:
    """So much of what is owed, or all of it, in the order in which the refunds failed."""
    return _parts(order.owed.items(), amount)


def dropping(order: Order, events: Iterable[OrderEvent]) -> list[OrderEvent]:
    """The events, and, where they leave less than is owed, that the difference is dropped, the last to fail first."""
    decided = [*events]
    after = ORDER.fold(order, decided)
    if after.total is None or not after.owed:
        return decided
    currency = after.total.currency
    kept = total(map(_kept, after.taken.values()), currency)
    missing = total(after.owed.values(), currency) - max(kept, Money.zero(currency))
    dropped = _parts(reversed(after.owed.items()), missing)
    return [*decided, OrderRefundDropped(order.buyer_id, dropped)] if dropped else decided


def _parts(owed: Iterable[tuple[UUID, Money]], amount: Money) -> tuple[Owed, ...]:
    parts: list[Owed] = []
    for return_id, most in owed:
        part = min(amount, most)
        if part.amount > 0:
            parts.append(Owed(return_id, part))
            amount = amount - part
    return tuple(parts)


def _kept(taken: Taken) -> Money:
    """Of what came too late nothing is kept: payment pays it back by itself."""
    return min(taken.rest, Money.zero(taken.amount.currency)) if taken.late else taken.rest
