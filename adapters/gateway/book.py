"""What the sandbox gateway knows of money, as a bank's books would: one entry for each sum that was ever asked for.

Pure: `carry_out(entry, order) -> (entry, answer)`. Where entries are kept is the ledgers' affair.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from domain.money import Money
from domain.payment import Accepted, Answer, Rejected

REFUSED = {
    "sandbox-declined": "insufficient-funds",
    "sandbox-expired-card": "expired-card",
    "sandbox-stolen-card": "stolen-card",
}
"""Tokens whose money is not held, and the code of the answer."""
CAPTURE_REFUSED = "sandbox-capture-refused"
REFUND_REFUSED = "sandbox-refund-refused"
ACCEPTED = frozenset(
    {
        "sandbox-ok",
        CAPTURE_REFUSED,
        REFUND_REFUSED,
        "sandbox-slow",
        "sandbox-late",
        "sandbox-twice",
        "sandbox-timeout-before",
        "sandbox-timeout-after",
    }
)
"""Tokens whose money is held."""


# What is ordered. Each has the key of its call; `entry` names the sum that it is about.


class Authorise(msgspec.Struct, frozen=True, tag=True):
    entry: str
    amount: Money
    token: str


class Capture(msgspec.Struct, frozen=True, tag=True):
    entry: str
    amount: Money


class Void(msgspec.Struct, frozen=True, tag=True):
    entry: str


class Refund(msgspec.Struct, frozen=True, tag=True):
    entry: str
    transaction_id: str
    amount: Money


Order: TypeAlias = Authorise | Capture | Void | Refund


class State(StrEnum):
    HELD = "held"
    CLOSED = "closed"
    """Nothing is held, and nothing will be."""
    TAKEN = "taken"


class Entry(msgspec.Struct, frozen=True):
    state: State
    token: str = ""
    amount: Money | None = None
    """What is or was held."""
    refunded: Decimal = Decimal(0)

    @property
    def charged(self) -> Decimal:
        """What the buyer has paid, all in all."""
        return self.amount.amount - self.refunded if self.amount and self.state is State.TAKEN else Decimal(0)


def carry_out(
    entry: Entry | None, order: Order, now: datetime, settles_after: timedelta
) -> tuple[Entry | None, Answer]:
    match order:
        case Authorise(id, amount, token):
            if entry:
                return entry, Rejected("closed")
            if reason := REFUSED.get(token):
                return Entry(State.CLOSED, token), Rejected(reason)
            if token not in ACCEPTED:
                return Entry(State.CLOSED, token), Rejected("unknown-token")
            return Entry(State.HELD, token, amount), Accepted(id, response={"network": "sandbox"})
        case Capture(id, amount):
            if entry is None or entry.state is not State.HELD or entry.amount != amount:
                return entry, Rejected("not-held")
            if entry.token == CAPTURE_REFUSED:
                return entry, Rejected("capture-refused")
            return replace(entry, state=State.TAKEN), Accepted(id, settles_at=now + settles_after)
        case Void():
            if entry and entry.state is State.TAKEN:
                return entry, Rejected("taken")
            return replace(entry or Entry(State.CLOSED), state=State.CLOSED), Accepted(order.entry)
        case Refund(_, transaction_id, amount):
            if entry is None or amount.amount > entry.charged:
                return entry, Rejected("exceeds-captured")
            if entry.token == REFUND_REFUSED:
                return entry, Rejected("refund-refused")
            return replace(entry, refunded=entry.refunded + amount.amount), Accepted(transaction_id)
        case _:
            assert_never(order)
