"""What an order does while a bank may take its money back, and once it has, or staff paid it all back: it stands still.

It is neither shipped nor changed, and a change that is under way is given up. However little is disputed, of whichever
of its payments: who contests a purchase is sold nothing more of it. A dispute that is won lets the order go on.
"""

from collections.abc import Iterable
from uuid import UUID

from domain.money import Money
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.changes import AmendmentRejected
from domain.ordering.order.events.money import DisputeDecided, DisputeHeard
from domain.ordering.order.owing import dropping
from domain.ordering.order.refusals import OrderDisputed, OrderPaidBack
from domain.ordering.order.state import ORDER, Order


def note_dispute(order: Order, payment_id: UUID, dispute_id: UUID, amount: Money) -> list[OrderEvent]:
    """A bank asks for this back. Decides nothing where that was heard before, or the bank has decided already."""
    if order.status is None or dispute_id in order.disputes:
        return []
    return standing_still(order, [DisputeHeard(order.buyer_id, payment_id, dispute_id, amount)])


def note_outcome(order: Order, payment_id: UUID, dispute_id: UUID, amount: Money, *, won: bool) -> list[OrderEvent]:
    """The bank has decided, whether the dispute was heard of before or not; only its first word counts."""
    known = order.disputes.get(dispute_id)
    if order.status is None or (known and known.won is not None):
        return []
    decided = DisputeDecided(order.buyer_id, payment_id, dispute_id, amount, won)
    return standing_still(order, dropping(order, [decided]))


def standing_still(order: Order, events: Iterable[OrderEvent]) -> list[OrderEvent]:
    """The events, and, where the order stands still after them, that the change that is under way is given up."""
    decided = [*events]
    after = ORDER.fold(order, decided)
    obstacle = _obstacle(after)
    if obstacle is None or after.amendment is None:
        return decided
    return [*decided, AmendmentRejected(after.amendment.asked.amendment_id, order.buyer_id, obstacle.code)]


def check_money(order: Order) -> None:
    """Raises OrderDisputed or OrderPaidBack where the order stands still."""
    if obstacle := _obstacle(order):
        raise obstacle


def _obstacle(order: Order) -> OrderDisputed | OrderPaidBack | None:
    against = {dispute_id: dispute.won is False for dispute_id, dispute in order.disputes.items() if not dispute.won}
    if against:
        dispute_id = max(against, key=against.__getitem__)
        return OrderDisputed(dispute_id, lost=against[dispute_id])
    return OrderPaidBack(order.status) if order.is_paid_back else None
