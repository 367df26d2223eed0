"""What an order would cost: the catalogue's prices of now, and what the quote adds and takes off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from application.offers import offered
from application.ports import Destination, Pricing, Quote, QuoteLine
from domain import ordering
from domain.money import Money
from domain.ordering import Draft, Item, Rules

Quantity = Annotated[int, Meta(ge=1, le=999)]


class OrderLine(Struct, frozen=True, forbid_unknown_fields=True):
    product_id: UUID
    quantity: Quantity = 1


OrderLines = Annotated[tuple[OrderLine, ...], Meta(min_length=1, max_length=1000)]


class ShippingDestination(Destination, frozen=True, forbid_unknown_fields=True):
    """As much of an address as taxes and shipping depend on."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", examples=["GB"])]
    region: Annotated[str, Meta(max_length=100)] | None = None
    postal_code: Annotated[str, Meta(max_length=20)] | None = None


class DraftOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices are the catalogue's. Lines with the same product become one."""

    lines: OrderLines
    destination: ShippingDestination | None = None


class Drafted(NamedTuple):
    draft: Draft
    position: int
    """Place in the catalogue's log up to which its prices are known."""


@dataclass(frozen=True, slots=True)
class Till:
    """All that the amounts of an order are computed from."""

    pricing: Pricing
    quote: Quote
    rules: Rules
    currency: str

    async def draft(self, lines: Sequence[OrderLine], destination: Destination | None) -> Drafted:
        """Raises the refusals of `offered` and of the domain."""
        offers = await offered(self.pricing, list({line.product_id: None for line in lines}))
        nothing = Money.zero(self.currency)
        items = ordering.merged(
            (
                Item(offer.product_id, offer.name, offer.picture, offer.price, line.quantity, nothing)
                for line in lines
                for offer in (offers[line.product_id],)
            ),
            self.rules,
        )
        draft = await self.charge(items, destination)
        return Drafted(draft, min(offer.position for offer in offers.values()))

    async def charge(self, items: Sequence[Item], destination: Destination | None) -> Draft:
        """What these come to at the prices that they have: those of an order that is changed stay as they were."""
        asked = [QuoteLine(item.product_id, item.unit_price, item.quantity) for item in items]
        quoted = await self.quote.quote(asked, destination, self.currency)
        discounts = {each.product_id: each.discount for each in quoted.lines}
        taxes = {each.product_id: each.tax for each in quoted.lines}
        charged = (replace(item, discount=discounts[item.product_id]) for item in items)
        return ordering.draft(charged, taxes, quoted.shipping, self.rules)


async def draft_order(cmd: DraftOrder, *, till: Till) -> Drafted:
    """What an order would cost; records nothing."""
    return await till.draft(cmd.lines, cmd.destination)
