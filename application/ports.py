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
    category_ids: tuple[UUID, ...] = ()


class Pricing(Protocol):
    """Port, answered by the catalogue's query side."""

    async def offers(self, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
        """The offer of each product that was ever listed; products that the catalogue does not know are left out."""


class Stock(Protocol):
    """Port, answered by inventory's query side. What it says is a hint: only a reservation holds."""

    async def available(self, product_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How many of each product are on hand and not set aside for an order; 0 of one that was never counted."""


class QuoteLine(msgspec.Struct, frozen=True):
    """A line of an order, in whole minor units."""

    product_id: UUID
    subtotal: Money
    """What it costs before discount and tax."""
    discount: Money
    """Not negative, at most the subtotal."""
    category_ids: tuple[UUID, ...] = ()


class Destination(msgspec.Struct, frozen=True):
    """Where it goes, as far as taxes and shipping depend on it."""

    country: str
    """ISO 3166-1 alpha-2, like DE."""
    region: str | None = None


class Quoted(msgspec.Struct, frozen=True):
    """What an order costs besides its goods, in whole minor units: total = subtotals - discounts + taxes + shipping."""

    taxes: tuple[Money, ...]
    """One for each line that was asked about, in the same order."""
    shipping: Money


class Quote(Protocol):
    """Port. Says what is added to the prices of the lines."""

    async def quote(self, lines: Sequence[QuoteLine], destination: Destination | None, currency: str) -> Quoted:
        """`destination` is None while it is not known yet, as for a draft.

        Raises the refusal of an order that cannot be delivered there.
        """


class PaymentMethods(Protocol):
    """Port, answered by the query side of payment."""

    async def owns(self, buyer_id: str, payment_method_id: UUID) -> bool:
        """Whether this is one of the buyer's payment methods; False for another's, and for one that was removed."""
