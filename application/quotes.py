"""Flat rates: one tax rate for everything, one amount for shipping, no discounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from application.ports import Destination, Quoted, QuotedLine, QuoteLine
from domain.money import Money, total


@dataclass(frozen=True, slots=True)
class FlatRates:
    """The `Quote` port, answered from the settings. Amounts are in the shop's currency."""

    tax_rate: Decimal
    """0.08 for 8 %, on each line, rounded half to even once per line."""
    shipping: Decimal
    free_shipping_from: Decimal | None = None
    """The subtotal from which shipping is free; None for never."""

    async def quote(self, lines: Sequence[QuoteLine], destination: Destination | None, currency: str) -> Quoted:
        nothing = Money.zero(currency)
        subtotal = total((line.subtotal for line in lines), currency)
        free = not lines or (self.free_shipping_from is not None and subtotal.amount >= self.free_shipping_from)
        return Quoted(
            lines=tuple(
                QuotedLine(line.product_id, discount=nothing, tax=(line.subtotal * self.tax_rate).rounded())
                for line in lines
            ),
            shipping=nothing if free else Money(self.shipping, currency).rounded(),
        )
