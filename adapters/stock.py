"""Stock levels for many who order at the same time: they are looked up together, never older than the question."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from adapters.gather import Gatherer
from projections.stock import StockLevels


class GatheredStock:
    """Implements `application.ports.Stock`. Nobody waits longer than `patience` seconds, their turn included."""

    def __init__(self, stock: StockLevels, patience: float) -> None:
        self._stock = stock
        self._levels = Gatherer(self._fetch, patience)

    async def available(self, product_ids: Sequence[UUID]) -> dict[UUID, int]:
        return await self._levels.get_all(product_ids) if product_ids else {}

    async def _fetch(self, product_ids: Sequence[UUID], deadline: float) -> Mapping[UUID, int]:
        left = deadline - asyncio.get_running_loop().time()
        return await self._stock.available(product_ids, timeout=left)
