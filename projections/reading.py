"""How queries read: one statement brings the answer, as JSON that Postgres made, and how much of the log it knows."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, LiteralString, TypeVar
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, errors, sql

from projections.kernel import Projection, Seen

T = TypeVar("T")

Parameters = Mapping[str, Any]


class NotServed(Exception):
    """A read model has no table yet: its follower never ran against this database."""

    def __init__(self, reads: tuple[Projection[Any], ...]) -> None:
        super().__init__(f"not built yet: {', '.join(each.name for each in reads)}")


_STATEMENT = sql.SQL(
    "SELECT coalesce((SELECT json_object_agg(context, position) FROM (SELECT p.context, min(p.position) AS position"
    " FROM read.served AS s JOIN read.position AS p ON p.follower = s.projection || '_v' || s.version"
    " WHERE s.projection = ANY({reads}) GROUP BY p.context) AS known), '{{}}')::text,"
    " (SELECT coalesce(json_agg(answer), '[]') FROM ({query}) AS answer)::text"
)


_POSITIONS = msgspec.json.Decoder(dict[str, int])


@cache
def _rows_of(row: Hashable) -> msgspec.json.Decoder[list[Any]]:
    """Of a type of rows."""
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


@lru_cache(512)
def _statement(query: str, reads: tuple[str, ...]) -> bytes:
    return _STATEMENT.format(query=sql.SQL(query), reads=sql.Literal(list(reads))).as_bytes()


async def ask(
    connection: AsyncConnection,
    row: type[T],
    query: str | sql.Composable,
    parameters: Parameters,
    *reads: Projection[Any],
) -> Seen[list[T]]:
    """The rows of a query on the views of the projections that it `reads`. Raises NotServed."""
    text = query if isinstance(query, str) else query.as_string()
    statement = _statement(text, tuple(each.name for each in reads))
    try:
        cursor = await connection.execute(statement, parameters)
    except errors.UndefinedTable as error:
        raise NotServed(reads) from error
    positions, rows = await cursor.fetchone() or ("{}", "[]")
    decode = _rows_of(row).decode  # type: ignore[arg-type]  # a class can be hashed
    return Seen(decode(rows), _POSITIONS.decode(positions))


async def ask_one(
    connection: AsyncConnection,
    row: type[T],
    query: str | sql.Composable,
    parameters: Parameters,
    *reads: Projection[Any],
) -> Seen[T | None]:
    """The first row of a query; None where there is none."""
    seen = await ask(connection, row, query, parameters, *reads)
    return Seen(seen.value[0] if seen.value else None, seen.positions)


def where(given: Mapping[LiteralString, object]) -> sql.Composed:
    """Those of the conditions for which something is given, not None: all of them must hold."""
    wanted = [sql.SQL(condition) for condition, value in given.items() if value is not None]
    return sql.SQL(" AND ").join(wanted or [sql.SQL("true")])


def array(ids: Sequence[UUID]) -> str:
    """The ids as Postgres reads an array. Written in C: the driver would go through a list item by item."""
    return f"{{{msgspec.json.encode(ids).decode()[1:-1]}}}"


def money_of(name: str, amount: str | None = None, *, table: str | None = None) -> str:
    """The column `name` as money: an amount, which is the column of this name or an expression, and its currency."""
    prefix = f"{table}." if table else ""
    return f"json_build_object('amount', ({amount or prefix + name})::text, 'currency', {prefix}currency) AS {name}"
