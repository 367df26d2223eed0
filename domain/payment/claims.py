"""Claims on the money that a payment took: refunds, which the gateway decides on, and disputes, which a bank does."""

from enum import StrEnum

import msgspec

from domain.money import Money
from domain.payment.events import RefundCategory


class RefundStatus(StrEnum):
    POSTPONED = "postponed"
    """So much may not be there: it waits until other refunds were answered and disputes decided."""
    REQUESTED = "requested"
    MADE = "made"
    """The buyer has the money."""
    FAILED = "failed"
    """The shop has the money."""
    DROPPED = "dropped"
    """Nothing was left to be paid back: the buyer has the money otherwise."""


class DisputeStatus(StrEnum):
    OPEN = "open"
    WON = "won"
    """The shop keeps the money."""
    LOST = "lost"
    """The buyer keeps the money."""


class Refund(msgspec.Struct, frozen=True):
    amount: Money
    category: RefundCategory
    status: RefundStatus = RefundStatus.REQUESTED

    @property
    def is_open(self) -> bool:
        """The gateway has yet to decide on it."""
        return self.status is RefundStatus.REQUESTED

    @property
    def is_gone(self) -> bool:
        """The shop no longer has the money."""
        return self.status is RefundStatus.MADE


class Dispute(msgspec.Struct, frozen=True):
    amount: Money
    status: DisputeStatus = DisputeStatus.OPEN

    @property
    def is_open(self) -> bool:
        """The bank has yet to decide on it."""
        return self.status is DisputeStatus.OPEN

    @property
    def is_gone(self) -> bool:
        """The shop no longer has the money."""
        return self.status is DisputeStatus.LOST
