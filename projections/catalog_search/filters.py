"""What may be asked for: conditions on items, all of which must hold."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg import sql


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    brand_ids: tuple[UUID, ...] = ()
    """One of these, and so on; of the tags all."""
    type_ids: tuple[UUID, ...] = ()
    category_ids: tuple[UUID, ...] = ()
    """Or a category somewhere in one of these."""
    tags: tuple[str, ...] = ()
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    """Included."""
    featured: bool | None = None
    in_stock: bool | None = None
    """Any can be had, or none."""
    low_stock: bool | None = None
    """They run low, or there are enough or none."""

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "brand_ids": list(self.brand_ids),
            "type_ids": list(self.type_ids),
            "category_ids": list(self.category_ids),
            "tags": list(self.tags),
            "price_from": self.price_from,
            "price_to": self.price_to,
            "featured": self.featured,
        }

    def condition(self, *, but: Iterable[str] = ()) -> sql.Composed:
        """On `read.catalog_search AS i`; leaves out the filters named by `but`."""
        chosen = [
            condition[value] if isinstance(condition, dict) else condition
            for name, condition in _CONDITIONS.items()
            if (value := getattr(self, name)) not in ((), None) and name not in but
        ]
        return sql.SQL(" AND ").join([sql.SQL("i.active"), *chosen])

    @property
    def any(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()


def _whether(words: LiteralString) -> dict[bool, sql.Composed]:
    """Two conditions, since Postgres plans the one as a semi-join and the other as an anti-join."""
    found = sql.SQL("EXISTS (SELECT FROM read.availability AS a WHERE a.product_id = i.item_id AND {})")
    return {True: found.format(sql.SQL(words)), False: sql.SQL("NOT {}").format(found.format(sql.SQL(words)))}


_CONDITIONS = {
    "brand_ids": sql.SQL("i.brand_id = ANY(%(brand_ids)s)"),
    "type_ids": sql.SQL("i.type_id = ANY(%(type_ids)s)"),
    "category_ids": sql.SQL(
        "i.category_ids && ARRAY(WITH RECURSIVE below (id) AS (SELECT unnest(%(category_ids)s::uuid[]) UNION"
        " SELECT c.category_id FROM read.categories AS c JOIN below ON c.parent_id = below.id) SELECT id FROM below)"
    ),
    "tags": sql.SQL("i.tags @> %(tags)s::text[]"),
    "price_from": sql.SQL("i.price >= %(price_from)s"),
    "price_to": sql.SQL("i.price <= %(price_to)s"),
    "featured": sql.SQL("i.featured = %(featured)s"),
    "in_stock": _whether("a.availability <> 'out-of-stock'"),
    "low_stock": _whether("a.availability = 'low-stock'"),
}
