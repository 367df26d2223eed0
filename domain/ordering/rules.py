"""What the shop allows of orders; from the settings."""

from datetime import timedelta
from decimal import Decimal

import msgspec


class Rules(msgspec.Struct, frozen=True):
    least_total: Decimal = Decimal("10.00")
    most_total: Decimal = Decimal("10000.00")
    most_lines: int = 50
    most_quantity: int = 999
    """Of one product."""
    most_pending: int = 5
    """Orders of one buyer that are not yet paid, shipped or cancelled."""
    most_notes: int = 100
    most_changes: int = 50
    """Of one order. Each may cost a call of the payment gateway."""
    timeout: timedelta = timedelta(minutes=30)
    """A pending order is cancelled so long after it was placed."""
    grace_period: timedelta = timedelta(minutes=1)
    """An order is left alone so long after it was placed: it can be changed at once, and cancelled for free."""
