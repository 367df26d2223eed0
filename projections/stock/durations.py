"""How long something lasted."""

from datetime import datetime
from decimal import Decimal


def seconds(start: datetime, end: datetime) -> Decimal:
    """To the microsecond, whatever order they are in."""
    passed = end - start
    return Decimal(passed.days * 86400 + passed.seconds) + Decimal(passed.microseconds) / 1_000_000
