"""What is due: streams that time works against, from the deadlines that the contexts define."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, sql

from application.deadlines import DEADLINES, Deadline, Waiting
from domain.kernel import Fact
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask


def projection_of(deadline: Deadline) -> Projection[Waiting]:
    def evolve(row: Waiting | None, fact: Fact[Any], key: Key) -> Waiting | None:
        return deadline.evolve(row, fact)

    return Projection(
        name=deadline.name,
        version=2,
        context=deadline.context,
        row=deadline.row,
        key=("stream",),
        events=deadline.events,
        keys=by_stream,
        evolve=evolve,
        indexes=("(since, stream)", "(earliest)"),
    )


WAITING = {deadline.name: projection_of(deadline) for deadline in DEADLINES}
"""Name of the deadline to its read model."""


async def due(
    connection: AsyncConnection,
    deadline: Deadline,
    patience: timedelta,
    now: datetime,
    *,
    after: Waiting | None = None,
    limit: int = 100,
) -> Seen[list[Waiting]]:
    """Those for which `Waiting.is_due` holds, the longest waiting first; `after` is the last one seen."""
    projection = WAITING[deadline.name]
    query = sql.SQL(
        "SELECT * FROM read.{} WHERE (since <= %(since)s OR earliest >= %(set_back)s)"
        " AND (%(after)s::timestamptz IS NULL OR (since, stream) > (%(after)s, %(after_stream)s))"
        " ORDER BY since, stream LIMIT %(limit)s"
    )
    return await ask(
        connection,
        Waiting,
        query.format(sql.Identifier(deadline.name)),
        {
            "since": now - patience,
            "set_back": now + patience,
            "after": after and after.since,
            "after_stream": after and after.stream,
            "limit": limit,
        },
        projection,
    )
