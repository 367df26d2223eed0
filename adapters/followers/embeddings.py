"""Vectors beside the rows of a read model: made a page at a time, only for texts that changed, of one model.

A row says of which text it should have a vector (`embedding_for`) and of which one it has (`embedding_of`), both as a
hash of the model and the text. While the embedder is away rows are written without; a chore makes up for it later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Generic

import msgspec
import structlog
from psycopg import AsyncConnection, sql

from adapters.followers.bookmark import Pool
from application.embedding import Embedder, EmbedderUnavailable, Vector
from projections.kernel import Key, Projection, R
from projections.tables import Table

BATCH = 1000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Embedding:
    """What is kept for one row."""

    key: Key
    wanted: str
    """The hash of its text."""
    made: bool
    """False while the embedder is away."""
    vector: Vector | None
    """None also for a text in which the model finds nothing."""


class Embeddings(Generic[R]):
    def __init__(self, projection: Projection[R], embedder: Embedder) -> None:
        if projection.embeds is None:
            raise ValueError(f"{projection.name} names no text to embed")
        self._text: Callable[[R], str] = projection.embeds
        self._key = projection.key
        self._embedder = embedder

    async def of(self, before: Mapping[Key, R], after: Mapping[Key, R]) -> list[Embedding]:
        """Vectors for the rows whose text is not what it was."""
        texts = {key: self._text(row) for key, row in after.items()}
        former = {key: self._text(row) for key, row in before.items()}
        return await self._vectors({key: text for key, text in texts.items() if text != former.get(key)})

    async def write(self, connection: AsyncConnection, table: Table[R], vectors: Sequence[Embedding]) -> None:
        """Keeps them with their rows, which are there already. One that was not made leaves the old one, as stale."""
        document = [
            dict(zip(self._key, each.key, strict=True))
            | {"wanted": each.wanted, "made": each.made, "vector": _literal(each.vector)}
            for each in vectors
        ]
        await connection.execute(
            sql.SQL(
                "UPDATE {table} AS t SET embedding_for = v.wanted,"
                " embedding = CASE WHEN v.made THEN v.vector::vector ELSE t.embedding END,"
                " embedding_of = CASE WHEN v.made THEN v.wanted ELSE t.embedding_of END,"
                " embedding_model = CASE WHEN v.made THEN %s ELSE t.embedding_model END"
                " FROM json_to_recordset(%s::json) AS v ({typed}, wanted text, made boolean, vector text) WHERE {same}"
            ).format(table=table.identifier, typed=table.typed_key, same=table.same_key("t", "v")),
            (self._embedder.model_id, msgspec.json.encode(document).decode()),
        )

    async def adopt(self, connection: AsyncConnection, table: Table[R], serving: Table[R]) -> None:
        """Takes over the vectors that another table of the same rows holds of the very same texts."""
        await connection.execute(
            sql.SQL(
                "UPDATE {table} AS t SET embedding = s.embedding, embedding_of = s.embedding_of,"
                " embedding_model = s.embedding_model FROM {serving} AS s"
                " WHERE {same} AND s.embedding_of = t.embedding_for AND t.embedding_of IS DISTINCT FROM t.embedding_for"
            ).format(table=table.identifier, serving=serving.identifier, same=table.same_key("t", "s"))
        )

    async def distrust(self, connection: AsyncConnection, table: Table[R]) -> None:
        """Marks vectors of other models as stale."""
        await connection.execute(
            sql.SQL(
                "UPDATE {} SET embedding_of = NULL WHERE embedding_of IS NOT NULL AND embedding_model <> %s"
            ).format(table.identifier),
            (self._embedder.model_id,),
        )

    def wanted(self, rows: Mapping[Key, R]) -> list[Embedding]:
        """What to write for rows whose vectors are made later."""
        return [Embedding(key, self._hash(self._text(row)), False, None) for key, row in rows.items()]

    async def renew(self, pool: Pool, table: Table[R]) -> int:
        """Makes vectors that are missing or stale, one batch of them; answers how many."""
        async with pool.connection() as connection:
            stale = sql.SQL("WHERE embedding_of IS DISTINCT FROM embedding_for LIMIT %s")
            rows = await table.select(connection, stale, (BATCH,))
        texts = {key: self._text(row) for key, row in rows.items()}
        made = [each for each in await self._vectors(texts) if each.made]
        if made:
            async with pool.connection() as connection, connection.transaction():
                present = await table.load(connection, [each.key for each in made], lock=True)
                unchanged = {key for key, row in present.items() if self._text(row) == texts[key]}
                await self.write(connection, table, [each for each in made if each.key in unchanged])
        return len(made)

    async def _vectors(self, texts: Mapping[Key, str]) -> list[Embedding]:
        keys = list(texts)
        result: list[Embedding] = []
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            vectors: Sequence[Vector | None]
            made = True
            try:
                vectors = await self._embedder.embed([texts[key] for key in batch])
            except EmbedderUnavailable as error:
                log.warning("the embedder is away: rows go without vectors for now", rows=len(batch), error=str(error))
                made, vectors = False, [None] * len(batch)
            result += [
                Embedding(key, self._hash(texts[key]), made, vector) for key, vector in zip(batch, vectors, strict=True)
            ]
        return result

    def _hash(self, text: str) -> str:
        return blake2b(f"{self._embedder.model_id}\n{text}".encode(), digest_size=16).hexdigest()


def _literal(vector: Vector | None) -> str | None:
    """As pgvector reads it."""
    return None if vector is None else str(vector.tolist())
