"""All that follows a log is shown, with how far it is behind: the relays to RabbitMQ too, where there is a broker."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncCursor
from pydantic import SecretStr

from adapters import wiring
from adapters.contexts import NAMES, SCHEMAS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool
from adapters.followers.status import Watch
from adapters.rabbit.relay import name_of
from adapters.settings import Settings
from projections.followers import FollowerStatus, State
from projections.freshness import Freshness
from projections.registry import ALL
from tests.adapters.followers.running import shop
from tests.services.postgres import connect
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("amqp_url", [None, SecretStr("amqp://nobody@127.0.0.1:1/")])
async def test_relays_are_shown_where_there_is_a_broker_though_it_is_away(
    migrated_database_url: str, store: PostgresEventStore, tmp_path: Path, amqp_url: SecretStr | None
) -> None:
    last = await shop(store, 3)
    settings = Settings(data=tmp_path, amqp_url=amqp_url)
    async with wiring.serving(settings, dict.fromkeys(SCHEMAS, migrated_database_url)) as serving:
        found = {each.name: each for each in await serving.followers()}

    assert {each.follower for each in ALL} < found.keys()
    assert {name_of(context) for context in NAMES if amqp_url} == {name for name in found if name.startswith("relay")}
    if amqp_url:
        relay = found[name_of("ordering")]
        assert (State.STOPPED, 0, last) == (relay.state, relay.position, relay.lag_events)


async def test_all_read_models_are_built_with_fewer_connections_than_there_are_read_models(
    migrated_database_url: str, store: PostgresEventStore, pool: Pool, tmp_path: Path
) -> None:
    """A server allows a hundred, and the first start of a shop builds all of them."""
    await shop(store, 3)
    settings = Settings(data=tmp_path)
    most = 0

    async def served() -> bool:
        nonlocal most
        with connect(migrated_database_url) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%followers%'"
            most = max(most, (connection.execute(query).fetchone() or (0,))[0])
        return len(await Freshness(pool).positions()) == len(ALL)

    async with wiring.following(settings, dict.fromkeys(SCHEMAS, migrated_database_url)) as engine:
        working = asyncio.create_task(engine.run())
        await until(served, 60)
        engine.stop()
        await working

    assert 0 < most < len(ALL)


async def test_a_status_of_all_that_follows_takes_few_statements(
    migrated_database_url: str, store: PostgresEventStore, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever balances the load asks every process every second, over the connections that serve customers."""
    last = await shop(store, 3)
    settings = Settings(data=tmp_path, amqp_url=SecretStr("amqp://nobody@127.0.0.1:1/"))
    names = [(each.follower, each.context) for each in ALL] + [(name_of(context), context) for context in NAMES]
    async with pool.connection() as connection:
        for name, context in names:
            await connection.execute(
                "INSERT INTO read.position (follower, context, position, epoch) VALUES (%s, %s, 1, 1)", (name, context)
            )
    asked, execute = [], AsyncCursor.execute

    async def count(self: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        asked.append(query)
        return await execute(self, query, *arguments, **more)

    async with wiring.serving(settings, dict.fromkeys(SCHEMAS, migrated_database_url)) as serving:
        monkeypatch.setattr(AsyncCursor, "execute", count)
        found = {each.name: each for each in await serving.followers()}
        monkeypatch.undo()

    assert last - 1 == found[name_of("ordering")].lag_events
    assert len(asked) <= 25 < len(found)


async def test_probes_that_come_together_share_what_was_seen_within_a_second() -> None:
    looks = 0

    async def look() -> list[FollowerStatus]:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return []

    watch = Watch(look)
    await asyncio.gather(*(watch() for _ in range(10)))
    await watch()
    assert 1 == looks

    hasty = Watch(look, keep=0)
    await hasty()
    await hasty()
    assert 3 == looks
