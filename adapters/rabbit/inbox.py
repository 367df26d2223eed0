"""The inbox: which messages a consumer has taken in. Its row commits with the effect, so the effect happens once."""

from datetime import timedelta
from uuid import UUID

from psycopg import AsyncConnection

TABLE = """
CREATE TABLE IF NOT EXISTS inbox (
    consumer text NOT NULL,
    message_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, message_id)
);
CREATE INDEX IF NOT EXISTS inbox_received_at ON inbox USING brin (received_at);
"""
"""For the consumer's own schema, beside the tables that it keeps."""


async def is_new(conn: AsyncConnection, consumer: str, message_id: UUID) -> bool:
    """True for the first transaction that asks for this message; another that asks meanwhile waits for its outcome."""
    cursor = await conn.execute(
        "INSERT INTO inbox (consumer, message_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", (consumer, message_id)
    )
    return cursor.rowcount == 1


async def forget(conn: AsyncConnection, consumer: str, older_than: timedelta) -> int:
    """Drops rows of messages that cannot come again: keep them longer than the archive and dead letters are kept."""
    cursor = await conn.execute(
        "DELETE FROM inbox WHERE consumer = %s AND received_at < now() - %s", (consumer, older_than)
    )
    return cursor.rowcount
