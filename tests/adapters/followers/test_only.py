"""Which followers a process works: all, some by name, or all that work for a context."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters import wiring
from adapters.contexts import NAMES, SCHEMAS
from adapters.settings import Settings
from application.deadlines import DEADLINES
from application.reactors import reactors
from domain import inventory
from projections.registry import ALL

pytestmark = pytest.mark.anyio


@pytest.fixture
def urls(migrated_database_url: str) -> Mapping[str, str]:
    return dict.fromkeys(SCHEMAS, migrated_database_url)


async def worked(urls: Mapping[str, str], tmp_path: Path, *only: str, **settings: object) -> set[str]:
    given = Settings.model_validate({"data": tmp_path, "amqp_url": SecretStr("amqp://127.0.0.1:1")} | settings)
    async with wiring.following(given, urls, only) as engine:
        assert len(engine.names) == len(set(engine.names))
        return set(engine.names)


@pytest.mark.parametrize("source", ["log", "rabbitmq"])
async def test_the_processes_of_all_contexts_together_work_everything_once(
    urls: Mapping[str, str], tmp_path: Path, source: str
) -> None:
    each = {context: await worked(urls, tmp_path, context, reactors=source) for context in NAMES}

    assert await worked(urls, tmp_path, reactors=source) == set().union(*each.values())
    assert sum(map(len, each.values())) == len(set().union(*each.values()))


async def test_a_contexts_name_means_all_that_works_for_it(urls: Mapping[str, str], tmp_path: Path) -> None:
    for context in NAMES:
        expected = {f"relay.{context}", f"commands.{context}"}
        expected |= {projection.follower for projection in ALL if projection.context == context}
        expected |= {reactor.name for reactor in reactors(inventory.Rules(), "sandbox") if reactor.target == context}
        expected |= {f"deadline.{deadline.name}" for deadline in DEADLINES if deadline.context == context}

        assert expected <= await worked(urls, tmp_path, context)


async def test_contexts_and_followers_can_be_named_together(urls: Mapping[str, str], tmp_path: Path) -> None:
    both = await worked(urls, tmp_path, "basket", "relay.ordering")

    assert both == await worked(urls, tmp_path, "basket") | {"relay.ordering"}


async def test_who_does_not_exist_is_told_with_those_that_do(urls: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(wiring.NoSuchFollower, match=r"There is no follower bascet; there are .*basket"):
        await worked(urls, tmp_path, "bascet")
