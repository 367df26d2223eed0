"""A read model's table: made from the type of its rows, read and written many rows at a time.

Rows travel as one JSON document a statement, since msgspec and Postgres both read and write JSON in C: twice as many
rows a second as with arrays, at a third of the client's time. No migration is ever written for a read model.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Generic, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql
from psycopg.types.json import Json

from projections.kernel import EMBEDDING_DIMENSIONS, Key, Projection, R

SCHEMA = "read"

encode = msgspec.json.Encoder(order="deterministic").encode
"""A row as it travels. Equal rows are equal documents."""

_ROOM_TO_CHANGE = sql.SQL("WITH (fillfactor = 80)")

_SCALARS: dict[Any, str] = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    bool: "boolean",
    Decimal: "numeric",
    datetime: "timestamptz",
    date: "date",
}


class Table(Generic[R]):
    """The table of a projection, or one beside it in which it is built anew (`suffix`)."""

    def __init__(self, projection: Projection[R], suffix: str = "") -> None:
        self.projection = projection
        self.name = f"{projection.name}_v{projection.version}{suffix}"
        self.identifier = sql.Identifier(SCHEMA, self.name)
        self.columns = columns(projection.row)
        self.typed_key = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(self.columns[name].removesuffix(" NOT NULL")))
            for name in projection.key
        )
        """`"order_id" uuid, …`"""
        key = attrgetter(*projection.key)
        self.key_of = key if len(projection.key) > 1 else lambda row: (key(row),)
        self._decode = msgspec.json.Decoder(list[projection.row]).decode  # type: ignore[name-defined]
        self._write = self._upsert()

    async def exists(self, connection: AsyncConnection) -> bool:
        cursor = await connection.execute("SELECT to_regclass(%s)", (f'"{SCHEMA}"."{self.name}"',))
        return await cursor.fetchone() != (None,)

    async def create(self, connection: AsyncConnection) -> None:
        """The table with what is needed to fill it; `index` adds the rest afterwards."""
        definitions: list[sql.Composable] = [
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in self.columns.items()
        ]
        definitions += [sql.SQL(column) for column in self.projection.columns]
        if self.projection.embeds:
            definitions += [
                # Beside its row: comparing vectors that are stored out of line takes five times as long.
                sql.SQL("embedding vector({}) STORAGE PLAIN").format(EMBEDDING_DIMENSIONS),
                sql.SQL("embedding_model text, embedding_of text, embedding_for text"),
            ]
        definitions.append(sql.SQL("PRIMARY KEY ({})").format(names(self.projection.key)))
        await connection.execute(
            sql.SQL("CREATE TABLE {} ({}) {}").format(self.identifier, sql.SQL(", ").join(definitions), self._storage)
        )
        if self.projection.embeds:
            await connection.execute(
                sql.SQL("CREATE INDEX ON {} ({}) WHERE embedding_of IS DISTINCT FROM embedding_for").format(
                    self.identifier, names(self.projection.key)
                )
            )

    async def index(self, connection: AsyncConnection) -> None:
        """Makes the indexes, in a transaction; does nothing where they are there."""
        await connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(self.identifier))
        cursor = await connection.execute(
            "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", (f'"{SCHEMA}"."{self.name}"',)
        )
        if await cursor.fetchone() != (1 + bool(self.projection.embeds),):
            return
        for index in self.projection.indexes:
            await connection.execute(sql.SQL("CREATE INDEX ON {} {}").format(self.identifier, sql.SQL(index)))

    async def drop(self, connection: AsyncConnection) -> None:
        await connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(self.identifier))

    async def load(self, connection: AsyncConnection, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, R]:
        """The rows under these keys that exist. `lock` keeps them as they are until the transaction ends."""
        return await self.select(
            connection,
            sql.SQL("JOIN json_to_recordset(%s::json) AS wanted ({}) USING ({}) {}").format(
                self.typed_key, names(self.projection.key), sql.SQL("FOR UPDATE OF found" if lock else "")
            ),
            (self._document(keys),),
        )

    async def select(
        self, connection: AsyncConnection, condition: sql.Composable, parameters: Sequence[Any]
    ) -> dict[Key, R]:
        """Rows by what may follow `SELECT … FROM <table> AS found`."""
        statement = sql.SQL(
            "SELECT coalesce(json_agg(document), '[]')::text FROM (SELECT {} FROM {} AS found {}) AS document"
        ).format(names(self.columns, "found"), self.identifier, condition)
        cursor = await connection.execute(statement, parameters)
        (document,) = await cursor.fetchone() or ("[]",)
        return {self.key_of(row): row for row in self._decode(document)}

    async def write(self, connection: AsyncConnection, rows: Iterable[bytes]) -> None:
        """Inserts rows, as `encode` gives them, or puts them in the place of those under the same keys.

        All in one statement.
        """
        document = Json(b"[%b]" % b",".join(rows), dumps=bytes)
        if self.projection.month:
            await self._partition(connection, document, self.projection.month)
        await connection.execute(self._write, (document,))

    async def delete(self, connection: AsyncConnection, keys: Iterable[Key]) -> None:
        statement = sql.SQL("DELETE FROM {} AS found USING json_to_recordset(%s::json) AS gone ({}) WHERE {}").format(
            self.identifier, self.typed_key, self.same_key("found", "gone")
        )
        await connection.execute(statement, (self._document(keys),))

    async def pages(self, connection: AsyncConnection) -> AsyncIterator[list[R]]:
        """All rows, 1,000 at a time, the next ones read ahead. Needs a transaction, and the connection for itself."""
        # Declared by hand: what the driver makes of a cursor complains where a link was cut, though it went with it.
        await connection.execute(
            sql.SQL(
                "DECLARE rows CURSOR FOR SELECT row_to_json(document)::text FROM (SELECT {} FROM {}) AS document"
            ).format(names(self.columns), self.identifier)
        )

        async def read() -> list[tuple[str]]:
            return await (await connection.execute("FETCH 1000 FROM rows", prepare=False)).fetchall()

        reading = asyncio.create_task(read())
        try:
            while found := await reading:
                reading = asyncio.create_task(read())
                await asyncio.sleep(0)  # the question is on its way before these are looked at
                yield self._decode(f"[{','.join([document for (document,) in found])}]")
        finally:
            reading.cancel()
        await connection.execute("CLOSE rows")

    def same_key(self, one: str, other: str) -> sql.Composed:
        """`one."order_id" = other."order_id" AND …`"""
        return sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name))
            for name in self.projection.key
        )

    @property
    def _storage(self) -> sql.Composable:
        if self.projection.month:
            return sql.SQL("PARTITION BY RANGE ({})").format(sql.Identifier(self.projection.month))
        return _ROOM_TO_CHANGE

    async def _partition(self, connection: AsyncConnection, document: Json, field: str) -> None:
        """Makes the partitions that these rows need. They are named after the table's oid, which outlives its name."""
        cursor = await connection.execute(
            sql.SQL(
                "SELECT name, month::text, (month + interval '1 month')::date::text FROM"
                " (SELECT DISTINCT {month} AS month, format('month_%%s_%%s', {table}::regclass::oid,"
                " to_char({month}, 'YYYYMM')) AS name FROM json_populate_recordset(null::{row}, %s)) AS wanted"
                " WHERE to_regclass(format('{schema}.%%I', name)) IS NULL"
            ).format(
                month=sql.Identifier(field),
                table=sql.Literal(f'"{SCHEMA}"."{self.name}"'),
                row=self.identifier,
                schema=sql.SQL(SCHEMA),
            ),
            (document,),
        )
        for name, first, next_first in await cursor.fetchall():
            await connection.execute(
                sql.SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES FROM ({}) TO ({}) {}").format(
                    sql.Identifier(SCHEMA, name),
                    self.identifier,
                    sql.Literal(first),
                    sql.Literal(next_first),
                    _ROOM_TO_CHANGE,
                )
            )

    def _document(self, keys: Iterable[Key]) -> str:
        names = self.projection.key
        return msgspec.json.encode([dict(zip(names, key, strict=True)) for key in keys]).decode()

    def _upsert(self) -> sql.Composed:
        key = self.projection.key
        others = [name for name in self.columns if name not in key]
        update = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others)
        return sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(null::{table}, %s)"
            " ON CONFLICT ({key}) DO {action}"
        ).format(
            table=self.identifier,
            columns=names(self.columns),
            key=names(key),
            action=sql.SQL("UPDATE SET {}").format(update) if others else sql.SQL("NOTHING"),
        )


def columns(row: type[msgspec.Struct]) -> dict[str, str]:
    """Column to SQL type, from the fields of a row."""
    hints = get_type_hints(row)
    return {field: _column(hints[field]) for field in row.__struct_fields__}


def names(names: Iterable[str], table: str | None = None) -> sql.Composed:
    """`"one", "other"`, of `table` where it is given."""
    prefix = () if table is None else (table,)
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


def _column(hint: Any) -> str:
    if isinstance(hint, UnionType) and NoneType in get_args(hint):
        inner = [option for option in get_args(hint) if option is not NoneType]
        return _kind(inner[0]) if len(inner) == 1 else "jsonb"
    return f"{_kind(hint)} NOT NULL"


def _kind(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "text"
    if get_origin(hint) is tuple:
        match get_args(hint):
            case (inner, end) if end is Ellipsis and inner in _SCALARS:
                return f"{_SCALARS[inner]}[]"
    return _SCALARS.get(hint, "jsonb")
