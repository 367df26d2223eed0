"""What one context asks of another, or of the outside world, while it decides."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from domain.money import Money


class Offer(msgspec.Struct, frozen=True):
    """A product as the catalogue offers it at one moment."""

    product_id: UUID
    name: str
    price: Money
    picture: str | None
    """Its primary picture: a URL or the key of a kept one."""
    available: bool
    """False for a product that was withdrawn: it can be shown, but not be bought."""
    position: int
    """Place in the catalogue's log up to which this was true."""


class Pricing(Protocol):
    """Port, answered by the catalogue's query side."""

    async def offers(self, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
        """The offer of each product that was ever listed; products that the catalogue does not know are left out."""


class QuoteLine(msgspec.Struct, frozen=True):
    product_id: UUID
    unit_price: Money
    quantity: int

    @property
    def subtotal(self) -> Money:
        """What the line costs before discount and tax, in whole minor units."""
        return (self.unit_price * self.quantity).rounded()


class Destination(msgspec.Struct, frozen=True):
    """Where it goes, as far as taxes and shipping depend on it."""

    country: str
    """ISO 3166-1 alpha-2, like DE."""
    region: str | None = None
    postal_code: str | None = None


class QuotedLine(msgspec.Struct, frozen=True):
    """Amounts in whole minor units, in addition to the line's subtotal."""

    product_id: UUID
    discount: Money
    """Not negative, at most the line's subtotal."""
    tax: Money


class Quoted(msgspec.Struct, frozen=True):
    """What an order costs besides its lines: total = subtotals - discounts + taxes + shipping."""

    lines: tuple[QuotedLine, ...]
    """One for each line that was asked about, in the same order."""
    shipping: Money


class Quote(Protocol):
    """Port. Says what is added to and taken off the prices of the lines."""

    async def quote(self, lines: Sequence[QuoteLine], destination: Destination | None, currency: str) -> Quoted:
        """`destination` is None while it is not known yet, as for a draft."""


class PaymentMethods(Protocol):
    """Port, answered by the query side of payment."""

    async def owns(self, buyer_id: str, payment_method_id: UUID) -> bool:
        """Whether this is one of the buyer's payment methods; False for another's, and for one that was removed."""
