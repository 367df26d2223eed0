"""The catalogue's commands on a store in memory, with the staff calling."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from uuid_utils.compat import uuid7

from application import catalog
from application.catalog import AddBrand, AddCategory, AddType, ListItem, RepriceItem, TaxonRef
from application.store import Call, EventStore, Idempotency, Saved
from application.wire import Price
from domain.kernel import Refusal

STAFF = Call(actor="sam", now=datetime(2026, 11, 20, 8, tzinfo=UTC), correlation_id="test")
NOBODY = UUID(int=404)


def with_key(key: str) -> Call:
    return replace(STAFF, idempotency=Idempotency(key, "sam", "test", key.encode()))


class Shop:
    """The catalogue's commands on one store, with the staff calling."""

    def __init__(self, store: EventStore) -> None:
        self.store = store

    async def list(self, sku: str = "AP-100", name: str = "Alpine Parka", call: Call = STAFF, **more: Any) -> Any:
        cmd = ListItem(name=name, sku=sku, price=Price("249.00", "USD"), **more)
        return await catalog.list_item(cmd, call, store=self.store, currency="USD", new_id=uuid7)

    async def add(self, cmd: AddBrand | AddType | AddCategory, call: Call = STAFF) -> UUID:
        use_case: Any = {
            AddBrand: catalog.add_brand,
            AddType: catalog.add_type,
            AddCategory: catalog.add_category,
        }[type(cmd)]
        saved: Saved[TaxonRef] = await use_case(cmd, call, store=self.store, new_id=uuid7)
        return saved.result.id

    async def do(self, use_case: Callable[..., Awaitable[Saved[Any]]], cmd: Any, id: UUID, call: Call = STAFF) -> Any:
        needs = {"currency": "USD"} if isinstance(cmd, RepriceItem) else {}
        return await use_case(cmd, call, id, store=self.store, **needs)

    async def recorded(self) -> int:
        return len(await self.store.read("catalog", limit=10_000))

    async def refuses(self, refusal: type[Refusal], attempt: Awaitable[Any]) -> Refusal:
        """The attempt is refused so, and nothing is recorded."""
        before = await self.recorded()
        with pytest.raises(refusal) as caught:
            await attempt

        assert before == await self.recorded()
        return caught.value
