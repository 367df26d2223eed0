"""What a payment gateway answers."""

from datetime import datetime
from typing import TypeAlias

import msgspec


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """It did what it was called for, now or when it was called before."""

    transaction_id: str
    settled: bool = False
    """Whether money that was taken has been paid out to the shop."""
    settles_at: datetime | None = None
    """When money that was taken is expected to be paid out."""
    response: dict[str, str] = {}
    """What it said besides. Never a token or a number of a card."""


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """It did not, and will not under the same key."""

    reason: str
    """Its code: `insufficient-funds`."""
    response: dict[str, str] = {}


Answer: TypeAlias = Accepted | Rejected
