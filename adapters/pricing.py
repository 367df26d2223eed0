"""Prices for many who order at the same time: they are looked up together, and are never older than the question."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from adapters.gather import Gatherer
from application.ports import Offer, Pricing


class GatheredPricing:
    """Implements `application.ports.Pricing` over another."""

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing
        self._offers = Gatherer(self._fetch)

    async def offers(self, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
        return await self._offers.get_all(product_ids) if product_ids else {}

    async def _fetch(self, product_ids: Sequence[UUID], _deadline: float) -> Mapping[UUID, Offer]:
        return await self._pricing.offers(product_ids)
