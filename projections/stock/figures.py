"""What several figures about the stock are made of: months, how long something lasted, one number by another."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal


def month_of(at: datetime) -> date:
    """The first day of its month, UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after it."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def seconds(start: datetime, end: datetime) -> Decimal:
    """From the one to the other, to the microsecond; 0 where the clock was set back between them."""
    passed = max(end - start, timedelta(0))
    return Decimal(passed.days * 86400 + passed.seconds) + Decimal(passed.microseconds) / 1_000_000


def ratio(part: Decimal | int, whole: Decimal | int, digits: str = "0.0001") -> Decimal | None:
    """The part divided by the whole, with as many digits; None where the whole is 0."""
    return (Decimal(part) / whole).quantize(Decimal(digits), ROUND_HALF_UP) if whole else None
