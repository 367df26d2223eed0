"""Prices for many who order at the same time: they are looked up together, and are never older than the question."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from adapters.gather import Gatherer
from application.ports import Offer
from projections.pricing import CatalogPricing


class GatheredPricing:
    """Implements `application.ports.Pricing`. Nobody waits longer than `patience` seconds, their turn included."""

    def __init__(self, pricing: CatalogPricing, patience: float) -> None:
        self._pricing = pricing
        self._offers = Gatherer(self._fetch, patience)

    async def offers(self, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
        return await self._offers.get_all(product_ids) if product_ids else {}

    async def _fetch(self, product_ids: Sequence[UUID], deadline: float) -> Mapping[UUID, Offer]:
        left = deadline - asyncio.get_running_loop().time()
        return await self._pricing.offers(product_ids, timeout=left)
