"""What every read model must keep, whatever it shows."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.followers.follower import Page
from adapters.followers.projection import ProjectionFollower
from adapters.followers.rebuild import Rebuild
from adapters.followers.verify import Verification
from domain.kernel import Event, Fact
from projections.kernel import Key, Projection, fold
from projections.registry import ALL
from projections.tables import Table
from tests.projections.histories import logs
from tests.projections.logs import FactLog, follow

every_projection = pytest.mark.parametrize("projection", ALL, ids=lambda projection: projection.name)


def cuts(facts: list[Fact[Event]]) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(facts)), max_size=4).map(lambda places: [0, *sorted(places), len(facts)])


@every_projection
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.proves("P6")
def test_any_split_into_pages_gives_the_same_rows_under_their_keys(
    projection: Projection[Any], data: st.DataObject
) -> None:
    facts = data.draw(logs(projection.context))
    before = msgspec.json.encode(facts)
    rows: dict[Key, Any] = {}
    for start, end in pairwise(data.draw(cuts(facts))):
        changes = projection.changes(facts[start:end])
        assert changes.keys() & rows.keys() <= projection.before(changes)
        rows = fold(projection, facts[start:end], rows)

    assert fold(projection, facts) == rows
    assert list(rows) == [Table(projection).key_of(row) for row in rows.values()]
    for row in rows.values():
        assert row == msgspec.json.decode(msgspec.json.encode(row), type=projection.row)
    assert before == msgspec.json.encode(facts)


@every_projection
@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.proves("P6")
def test_no_history_however_odd_makes_a_fold_fail(projection: Projection[Any], data: st.DataObject) -> None:
    fold(projection, data.draw(st.permutations(data.draw(logs(projection.context)))))


@pytest.mark.anyio
@every_projection
@given(data=st.data())
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.proves("P6")
async def test_rebuilt_live_and_folded_are_the_same(
    projection: Projection[Any], data: st.DataObject, migrated_database_url: str
) -> None:
    facts = data.draw(logs(projection.context, streams=8))
    page = data.draw(st.integers(1, 10))
    folded = fold(projection, facts)
    async with make_follower_pool(migrated_database_url) as pool:
        await forget(projection, pool)
        await follow(projection, FactLog(), pool)  # so that it is live before anything happens
        await follow(projection, log := FactLog(facts), pool, page=page)
        assert folded == await table(projection, pool)

        verified = await Verification(projection, log, pool, most_rows=2).run()  # type: ignore[arg-type]
        assert (0, len(folded)) == (verified.differing, verified.rows)

        await Rebuild(projection, log, pool, most_rows=page, page=page).run()  # type: ignore[arg-type]
        assert folded == await table(projection, pool)


@pytest.mark.anyio
@pytest.mark.proves("P4")
async def test_a_page_that_is_handled_again_changes_nothing(pool: Pool) -> None:
    for projection in ALL:
        follower = await follow(projection, FactLog(), pool)
        page = Page((), 0, 5)
        await follower.handle(page)

        with pytest.raises(Exception, match="taken over"):
            await follower.handle(page)


async def forget(projection: Projection[Any], pool: Pool) -> None:
    async with pool.connection() as connection:
        await Table(projection).drop(connection)
        await connection.execute("TRUNCATE read.position, read.served")


async def table(projection: Projection[Any], pool: Pool) -> dict[Key, Any]:
    live = ProjectionFollower(projection, None, pool).table  # type: ignore[arg-type]  # only its table is used
    async with pool.connection() as connection, connection.transaction():
        return {live.key_of(row): row async for page in live.pages(connection) for row in page}
