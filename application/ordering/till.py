"""What an order would cost: the catalogue's prices of now, what promotions take off them, taxes and shipping."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from application.offers import offered
from application.ordering.redeeming import Codes, redeemed
from application.ports import Destination, Offer, PaymentMethods, Pricing, Quote, QuoteLine, Stock
from application.store import Call, EventStore
from domain import ordering
from domain.money import Money, total
from domain.ordering import Draft, Item, Rules, Terms

Quantity = Annotated[int, Meta(ge=1, le=999)]


NO_ORDER = UUID(int=0)


class OrderLine(Struct, frozen=True, forbid_unknown_fields=True):
    product_id: UUID
    quantity: Quantity = 1


OrderLines = Annotated[tuple[OrderLine, ...], Meta(min_length=1, max_length=1000)]


class DraftAddress(Destination, frozen=True, forbid_unknown_fields=True):
    """As much of an address as taxes and shipping depend on."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", max_length=2, examples=["GB"])]
    region: Annotated[str, Meta(max_length=100)] | None = None


class DraftOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices are the catalogue's. Lines with the same product become one."""

    lines: OrderLines
    address: DraftAddress | None = None
    promotions: Codes = ()


class Drafted(NamedTuple):
    draft: Draft
    position: int
    """Place in the catalogue's log up to which its prices are known."""


@dataclass(frozen=True, slots=True)
class Till:
    """All that is asked before an order is placed: what it comes to, and whether it can be had and paid."""

    pricing: Pricing
    quote: Quote
    stock: Stock
    methods: PaymentMethods
    rules: Rules
    currency: str

    async def draft(
        self, lines: Sequence[OrderLine], destination: Destination | None, promotions: Sequence[Terms] = ()
    ) -> Drafted:
        """Raises the refusals of `offered`, of the quote and of the domain."""
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
        subtotal = total(ordering.subtotals(items), self.currency)
        for terms in promotions:
            ordering.check_minimum(terms, subtotal)
        draft = await self._totals(items, offers, destination, promotions)
        return Drafted(draft, min(offer.position for offer in offers.values()))

    async def charge(
        self, items: Iterable[Item], destination: Destination | None, promotions: Sequence[Terms] = ()
    ) -> Draft:
        """What these come to at the prices that they have, as those of an order that is changed; withdrawn or not.

        Their discounts are made anew, by the `promotions` that the order was placed with (`terms_of`); one whose
        minimum is no longer met takes nothing off.
        """
        merged = ordering.merged((replace(item, discount=Money.zero(self.currency)) for item in items), self.rules)
        subtotal = total(ordering.subtotals(merged), self.currency)
        offers = await self.pricing.offers([item.product_id for item in merged])
        met = [terms for terms in promotions if ordering.is_met(terms, subtotal)]
        return await self._totals(merged, offers, destination, met)

    async def _totals(
        self,
        items: Sequence[Item],
        offers: Mapping[UUID, Offer],
        destination: Destination | None,
        promotions: Iterable[Terms],
    ) -> Draft:
        discounted = ordering.discounted(items, promotions, self.currency)
        categories = {id: offer.category_ids for id, offer in offers.items()}
        asked = [
            QuoteLine(item.product_id, subtotal, item.discount, categories.get(item.product_id, ()))
            for item, subtotal in zip(discounted.items, ordering.subtotals(items), strict=True)
        ]
        quoted = await self.quote.quote(asked, destination, self.currency)
        taxes = {item.product_id: tax for item, tax in zip(items, quoted.taxes, strict=True)}
        applied, shipping = ordering.shipped(discounted, quoted.shipping)
        return ordering.draft(discounted.items, taxes, shipping, self.rules, applied)


async def draft_order(cmd: DraftOrder, call: Call, *, store: EventStore, till: Till) -> Drafted:
    """What an order of the caller's would cost; records nothing. Raises the refusals of `Till.draft` and `redeemed`."""
    promised = await redeemed(cmd.promotions, call.actor, NO_ORDER, call.now, store=store)
    return await till.draft(cmd.lines, cmd.address, promised.terms)
