"""The money of an order: what its payments took, and what banks ask back of it."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.money import Money, total
from domain.ordering.order.events.money import NOTHING_LEFT


class Taken(msgspec.Struct, frozen=True):
    """Money that a payment took for the order."""

    amount: Money
    refunds: dict[UUID, Money] = {}
    """What of it is promised to be paid back, or was, by refund."""
    made: frozenset[UUID] = frozenset()
    """The refunds that were made."""
    failed: frozenset[UUID] = frozenset()
    """The refunds that were not."""
    late: bool = False
    """Nothing waited for it any more: payment pays it back by itself."""
    empty: bool = False
    """Payment had less left of it than was promised."""

    @property
    def rest(self) -> Money:
        """What was not paid back and is not promised to be. Less than nothing where banks took more than there was."""
        return total([self.amount, *(amount * -1 for amount in self.refunds.values())], self.amount.currency)

    @property
    def left(self) -> Money:
        """What can still be promised."""
        return Money.zero(self.amount.currency) if self.late or self.empty else self.rest

    def refunded(self, refund_id: UUID, amount: Money, *, made: bool) -> "Taken":
        done = self.made | {refund_id} if made else self.made
        short = made and refund_id in self.refunds and amount < self.refunds[refund_id]
        return replace(self, refunds=self.refunds | {refund_id: amount}, made=done, empty=self.empty or short)

    def not_refunded(self, refund_id: UUID, reason: str) -> "Taken":
        """What was on its way when the payment had nothing left, and failed since, can be promised again."""
        promised = {id: amount for id, amount in self.refunds.items() if id != refund_id}
        return replace(self, refunds=promised, failed=self.failed | {refund_id}, empty=reason == NOTHING_LEFT)


class Dispute(msgspec.Struct, frozen=True):
    """Money of a payment that a bank asked back."""

    payment_id: UUID
    amount: Money
    won: bool | None = None
    """Whether the shop keeps it; None until the bank has decided."""
