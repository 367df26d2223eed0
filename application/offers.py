"""What may be bought: the catalogue's offers, or a refusal that names the products that are not offered."""

from collections.abc import Sequence
from uuid import UUID

from application.ports import Offer, Pricing
from domain.kernel import Conflict, NotFound


class ProductUnknown(NotFound):
    code = "product-not-found"

    def __init__(self, product_ids: Sequence[UUID]) -> None:
        super().__init__("The catalogue has no such product.", product_ids=[str(each) for each in product_ids])


class ProductWithdrawn(Conflict):
    code = "product-withdrawn"

    def __init__(self, product_ids: Sequence[UUID]) -> None:
        super().__init__("This is no longer sold. Go on without it.", product_ids=[str(each) for each in product_ids])


async def offered(pricing: Pricing, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """The offer of each product; raises ProductUnknown and ProductWithdrawn."""
    offers = await pricing.offers(product_ids)
    if unknown := [each for each in product_ids if each not in offers]:
        raise ProductUnknown(unknown)
    if withdrawn := [each for each in product_ids if not offers[each].available]:
        raise ProductWithdrawn(withdrawn)
    return offers
