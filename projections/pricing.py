"""The catalogue's answer to the port `Pricing`: what products are offered for, as far as the read model knows."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from application.ports import Offer
from projections.item_page import offers


class CatalogPricing:
    """Implements `application.ports.Pricing`."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection]) -> None:
        self._pool = pool

    async def offers(self, product_ids: Sequence[UUID], *, timeout: float | None = None) -> dict[UUID, Offer]:
        """As the port says; `timeout` in seconds, where it is not the pool's own."""
        if not product_ids:
            return {}
        async with self._pool.connection(timeout) as connection:
            return (await offers(connection, product_ids)).value
