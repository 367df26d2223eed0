"""New versions are built beside the old ones; a verification names the rows that are not what the log gives."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from adapters.embedding.static import StaticEmbedder
from adapters.followers.bookmark import Pool
from adapters.followers.building import Batch, Building
from adapters.followers.chores import Forget, RenewEmbeddings
from adapters.followers.embeddings import Embeddings
from adapters.followers.follower import Deposed
from adapters.followers.projection import ProjectionFollower
from adapters.followers.rebuild import NotProven, Rebuild
from adapters.followers.verify import Verification
from application.embedding import EmbedderUnavailable, Vector
from domain import basket, ordering
from domain.catalog import item
from domain.kernel import Fact
from projections.cart_metrics import CART_METRICS
from projections.catalog_search import CATALOG_SEARCH
from projections.kernel import Projection, fold
from projections.order_summary import ORDER_SUMMARY
from projections.tables import Table
from tests.given import STREAM, facts
from tests.projections.logs import FactLog, follow
from tests.projections.shop import history, money, placed
from tests.waiting import until

pytestmark = pytest.mark.anyio


def version_of(projection: Projection[Any], version: int) -> Projection[Any]:
    fields = {name: getattr(projection, name) for name in projection.__dataclass_fields__}
    return Projection(**{**fields, "version": version})


async def one(pool: Pool, query: str) -> Any:
    async with pool.connection() as connection:
        found = await (await connection.execute(query)).fetchone()
        return found and found[0]


@pytest.mark.proves("P6")
async def test_the_view_shows_the_new_version_once_it_is_built_and_the_old_one_is_kept(pool: Pool) -> None:
    log = FactLog(facts("ordering", *history(20)))
    for version in (1, 2, 3):
        await follow(version_of(ORDER_SUMMARY, version), log, pool)
        assert version == await one(pool, "SELECT version FROM read.served")
        assert 20 == await one(pool, "SELECT count(*) FROM read.order_summary")

    assert await one(pool, "SELECT to_regclass('read.order_summary_v1')") is None
    assert await one(pool, "SELECT to_regclass('read.order_summary_v2')")
    old = await follow(version_of(ORDER_SUMMARY, 2), log, pool)
    assert await log.head("ordering") == await old.position()
    assert 3 == await one(pool, "SELECT version FROM read.served"), "older code does not take the view back"


@pytest.mark.proves("P6")
async def test_a_changed_a_missing_and_an_invented_row_are_named(pool: Pool) -> None:
    log = FactLog(facts("ordering", *history(30)))
    follower = await follow(ORDER_SUMMARY, log, pool)
    rows = sorted(fold(ORDER_SUMMARY, await log.read("ordering", limit=1000)).values(), key=lambda row: row.order_id)
    changed, missing = rows[3], rows[7]
    async with pool.connection() as connection:
        table = follower.table.identifier
        await connection.execute(
            sql.SQL("UPDATE {} SET status = 'paid', units = 99 WHERE order_id = %s").format(table), (changed.order_id,)
        )
        await connection.execute(sql.SQL("DELETE FROM {} WHERE order_id = %s").format(table), (missing.order_id,))
        invented = UUID(int=1)
        await connection.execute(
            sql.SQL("UPDATE {} SET order_id = %s WHERE order_id = %s").format(table), (invented, rows[9].order_id)
        )
    found = await Verification(ORDER_SUMMARY, log, pool).run()  # type: ignore[arg-type]

    assert (30, 4) == (found.rows, found.differing)
    named = {each.key["order_id"]: each for each in found.differences}
    assert 99 == (named[str(changed.order_id)].live or {})["units"]
    assert named[str(missing.order_id)].live is None
    assert named[str(invented)].folded is None

    await Rebuild(ORDER_SUMMARY, log, pool).run()  # type: ignore[arg-type]
    assert 0 == (await Verification(ORDER_SUMMARY, log, pool).run()).differing  # type: ignore[arg-type]


async def test_what_was_not_written_as_it_was_folded_never_serves(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    log = FactLog(facts("ordering", *history(10)))
    await follow(ORDER_SUMMARY, log, pool)
    write = Building.write

    async def forgetful(self: Building[Any], connection: Any, batch: Any) -> None:
        await write(self, connection, Batch(batch.rows, batch.documents[1:]))

    monkeypatch.setattr(Building, "write", forgetful)
    with pytest.raises(NotProven):
        await Rebuild(ORDER_SUMMARY, log, pool).run()  # type: ignore[arg-type]
    assert 10 == await one(pool, "SELECT count(*) FROM read.order_summary")


class Held(FactLog):
    """A log of which nothing behind a position is read before `goes_on` is set."""

    def __init__(self, recorded: Sequence[Fact[Any]], at: int) -> None:
        super().__init__(recorded)
        self.goes_on = asyncio.Event()
        self._at = at

    async def read(self, context: str, **options: Any) -> Any:
        if options["after"] >= self._at:
            await self.goes_on.wait()
        return await super().read(context, **options)


ORDERS = [(UUID(int=100 + number), placed(f"SL-{number}")) for number in range(40)]
RECORDED = facts(
    "ordering", *ORDERS, *((stream, ordering.OrderValidationRequested("alice", ())) for stream, _ in ORDERS)
)


def build(store: FactLog, pool: Pool) -> Rebuild[Any]:
    return Rebuild(ORDER_SUMMARY, store, pool, most_rows=5, page=10)  # type: ignore[arg-type]


async def written(pool: Pool, position: int) -> None:
    """Returns once a build is written up to there."""

    async def there() -> bool:
        found = await one(pool, f"SELECT position FROM read.position WHERE follower = '{ORDER_SUMMARY.follower}_next'")
        return bool(found and found >= position)

    await until(there)


async def serves_all(pool: Pool) -> bool:
    found = await Verification(ORDER_SUMMARY, FactLog(RECORDED), pool).run()  # type: ignore[arg-type]
    return (found.position, found.rows, found.differing) == (len(RECORDED), len(ORDERS), 0)


async def test_a_build_that_another_one_finished_meanwhile_is_deposed_when_it_wants_rows_back(pool: Pool) -> None:
    log = Held(RECORDED, at=len(ORDERS))  # what comes then changes rows that were written long before
    async with asyncio.TaskGroup() as tasks:
        earlier = tasks.create_task(deposed(build(log, pool)))
        await written(pool, 30)
        await build(FactLog(RECORDED), pool).run()
        log.goes_on.set()
        await earlier

    assert await serves_all(pool)


@pytest.mark.parametrize("step", ["_embed", "_prove", "_index", "_take_over"])
async def test_a_build_that_another_one_finished_meanwhile_is_deposed_at_any_step(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    earlier = build(FactLog(RECORDED), pool)
    overtaken_before(monkeypatch, earlier, step, build(FactLog(RECORDED), pool).run)
    await deposed(earlier)

    assert await serves_all(pool)


@pytest.mark.parametrize("step", ["_embed", "_prove", "_index", "_take_over"])
async def test_a_build_that_another_one_took_over_leaves_its_table_alone(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    earlier, log = build(FactLog(RECORDED[:60]), pool), Held(RECORDED, at=70)
    async with asyncio.TaskGroup() as tasks:

        async def take_over() -> None:
            tasks.create_task(build(log, pool).run())
            await written(pool, 70)

        overtaken_before(monkeypatch, earlier, step, take_over)
        await deposed(earlier)
        log.goes_on.set()

    indexes = f"SELECT count(*) FROM pg_index WHERE indrelid = 'read.{ORDER_SUMMARY.follower}'::regclass"
    assert 1 + len(ORDER_SUMMARY.indexes) == await one(pool, indexes)
    assert await serves_all(pool)


async def deposed(building: Rebuild[Any]) -> None:
    with pytest.raises(Deposed):
        await building.run()


def overtaken_before(
    monkeypatch: pytest.MonkeyPatch, building: Rebuild[Any], step: str, overtake: Callable[[], Awaitable[Any]]
) -> None:
    """Lets something happen before a step of a build."""
    proceed = getattr(building, step)

    async def after_that(*given: Any) -> Any:
        await overtake()
        return await proceed(*given)

    monkeypatch.setattr(building, step, after_that)


class Fickle:
    """An embedder that can go away."""

    dimensions = 256

    def __init__(self) -> None:
        self.model_id = StaticEmbedder.model_id
        self.away = False
        self.asked: list[str] = []
        self._embedder = StaticEmbedder()

    async def embed(self, texts: Sequence[str]) -> list[Vector | None]:
        if self.away:
            raise EmbedderUnavailable("gone")
        self.asked += texts
        return await self._embedder.embed(texts)


def listed(name: str) -> item.ItemListed:
    return item.ItemListed(name=name, slug="x", sku="x", price=money(5))


@pytest.mark.proves("CAT-04")
async def test_vectors_are_made_only_for_texts_that_changed_and_made_up_for_when_the_embedder_was_away(
    pool: Pool,
) -> None:
    embedder = Fickle()
    embeddings = Embeddings(CATALOG_SEARCH, embedder)
    table = Table(CATALOG_SEARCH)
    chore = RenewEmbeddings(CATALOG_SEARCH, pool, embeddings)
    await chore.run()  # nothing is there yet
    recorded: list[Any] = [(STREAM, listed("Warm jacket")), (STREAM, item.ItemRepriced(money(5), money(6)))]
    await follow(CATALOG_SEARCH, FactLog(), pool, embedder=embedder)
    await follow(CATALOG_SEARCH, FactLog(facts("catalog", *recorded)), pool, embedder=embedder, page=1)
    assert 1 == len(embedder.asked)

    embedder.away = True
    recorded += [(STREAM, item.ItemDescribed(name="Light shirt")), (UUID(int=5), listed("Red mug"))]
    log = FactLog(facts("catalog", *recorded))
    await follow(CATALOG_SEARCH, log, pool, embedder=embedder)
    stale = "SELECT count(*) FROM read.catalog_search WHERE embedding_of IS DISTINCT FROM embedding_for"
    assert 2 == await one(pool, stale)
    embedder.away = False
    await chore.run()
    assert 0 == await one(pool, stale)
    assert 3 == len(embedder.asked)

    await Rebuild(CATALOG_SEARCH, log, pool, embeddings).run()  # type: ignore[arg-type]
    assert 3 == len(embedder.asked), "a rebuild takes over the vectors of texts that did not change"
    assert 0 == await one(pool, stale)
    assert 0 == (await Verification(CATALOG_SEARCH, log, pool).run()).differing  # type: ignore[arg-type]

    embedder.model_id = "another"
    follower = ProjectionFollower(CATALOG_SEARCH, log, pool, embeddings)  # type: ignore[arg-type]
    await follower.take()
    assert 2 == await one(pool, stale)
    await chore.run()
    assert 2 == await one(pool, "SELECT count(*) FROM read.catalog_search WHERE embedding_model = 'another'")
    assert table.columns


@pytest.mark.proves("BAS-05")
async def test_rows_too_old_to_keep_are_forgotten_and_not_missed(pool: Pool) -> None:
    log = FactLog(facts("basket", basket.BasketStarted("buyer:alice", 1)))
    chore = Forget(CART_METRICS, pool)
    await chore.run()
    await follow(CART_METRICS, log, pool)
    async with pool.connection() as connection:
        await connection.execute("UPDATE read.cart_metrics_v1 SET day = day - 1000")
    await chore.run()

    assert 0 == await one(pool, "SELECT count(*) FROM read.cart_metrics")
