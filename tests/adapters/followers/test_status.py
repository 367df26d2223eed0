"""All that follows a log is shown, with how far it is behind: the relays to RabbitMQ too, where there is a broker."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters import wiring
from adapters.contexts import NAMES, SCHEMAS
from adapters.eventstore.store import PostgresEventStore
from adapters.rabbit.relay import name_of
from adapters.settings import Settings
from projections.followers import State
from projections.registry import ALL
from tests.adapters.followers.running import shop

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
