"""Search by meaning among 100,000 products, each with a text of its own.

Recall is of the served statement: how many of the ten that it finds are among the ten that an exact scan finds, with
and without filters. Time is of one client asking over HTTP, the cache off, each time something else; beside it the
least statement that finds the same, sent to Postgres by itself. `python -m tests.bench semantic` runs it alone.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
from psycopg import AsyncConnection, sql

from adapters.embedding.static import StaticEmbedder
from adapters.postgres.pools import connection_settings
from adapters.seed.scale import scale
from application.embedding import Vector
from projections.catalog_search import Filters, Mode, search
from projections.catalog_search.ranking import EF_SEARCH
from tests.bench.figures import Figure, rounds
from tests.bench.http import checked
from tests.bench.load import drive, request
from tests.bench.search_quality import judged_queries
from tests.bench.servers import api, caught_up, followers, stock

PRODUCTS = 100_000
QUERIES = 240
ROUNDS = 5
FOUND = 10
OTHER = 1
"""The seed of the products whose descriptions give the queries: none of them is in the catalogue."""
FORGIVEN = 1e-6
"""Two items whose distances differ by less are as near as each other."""

NEAREST = (
    "SELECT item_id FROM read.catalog_search WHERE active AND embedding_model = %s"
    " ORDER BY embedding <=> %s::vector LIMIT %s"
)


class Asked(NamedTuple):
    text: str
    vector: Vector


class Recall(NamedTuple):
    share: float
    found: int
    """How many of `wanted`, which are all there are or FOUND."""
    wanted: int


def run(database_url: str, products: int = PRODUCTS, queries: int = QUERIES, count: int = ROUNDS) -> list[Figure]:
    began = time.monotonic()
    stock(database_url, products)
    listed = time.monotonic()
    with followers(database_url), api(database_url, STORELINE_CACHE_ENTRIES="0") as (port, _):
        caught_up(database_url)
        notes = {"listing, and building all read models": f"{listed - began:.0f} s, {time.monotonic() - listed:.0f} s"}
        asked = asyncio.run(questions(queries))
        recalls = asyncio.run(recall(database_url, asked, count, notes))
        return [*recalls, over_http(database_url, port, asked, count)]


async def questions(count: int) -> list[Asked]:
    """The judged queries, then a few successive words of descriptions."""
    chance = random.Random(0)
    judged = judged_queries()
    texts = dict.fromkeys(each.query for each in (*judged.queries, *judged.held_out))
    for product in scale(2 * count, OTHER):
        words = product.description.split()
        length = chance.randint(2, 7)
        start = chance.randrange(max(1, len(words) - length))
        texts[" ".join(words[start : start + length])] = None
    chosen = list(texts)[:count]
    return [
        Asked(text, vector)
        for text, vector in zip(chosen, await StaticEmbedder().embed(chosen), strict=True)
        if vector is not None
    ]


async def recall(database_url: str, asked: Sequence[Asked], count: int, notes: dict[str, str]) -> list[Figure]:
    async with await AsyncConnection.connect(connection_settings(database_url, "bench"), autocommit=True) as connection:
        plain = [await _recall(connection, each, Filters()) for each in asked]
        share = len(plain) // count
        parts = [plain[part * share : (part + 1) * share] for part in range(count)]
        filtered: dict[str, list[Recall]] = {}
        for name, filters in (await kinds_of_filters(connection)).items():
            found = [await _recall(connection, each, filters) for each in asked[: len(asked) // 5]]
            passing = await _passing(connection, filters)
            filtered[f"{name}, {passing:,} items"] = found
    told = {
        name: f"{statistics.fmean(each.share for each in found):.3f}, never fewer than"
        f" {min(each.found for each in found)} of {found[0].wanted} found"
        for name, found in filtered.items()
    }
    plain_shares, filtered_shares = _means(parts), _means(filtered.values())
    everything, name = [1.0] * (count + len(filtered)), "an exact scan"
    return [
        Figure(
            f"recall@{FOUND} of search by meaning", "share", plain_shares, everything[:count], name, 0.95, notes=notes
        ),
        Figure("the same under filters", "share", filtered_shares, everything[count:], name, 0.95, notes=told),
        Figure(
            "items found under filters, the fewest",
            "items",
            [min(each.found for each in found) for found in filtered.values()],
            [max(each.wanted for each in found) for found in filtered.values()],
            "as many as there are",
            reach=1.0,
        ),
    ]


def over_http(database_url: str, port: int, asked: Sequence[Asked], count: int) -> Figure:
    path = "/v1/catalog/search?mode=semantic&limit=10&q="
    requests = [request("GET", path + quote(each.text)) for each in asked]
    vectors = [str(each.vector.tolist()) for each in asked]
    model = StaticEmbedder.model_id
    with psycopg.connect(connection_settings(database_url, "bench"), autocommit=True) as connection:
        connection.execute(f"SET hnsw.ef_search = {EF_SEARCH}")

        def http() -> float:
            return checked(drive(port, [requests]), 200).percentile(0.95) * 1000

        def bare() -> float:
            taken = []
            for vector in vectors:
                began = time.perf_counter()
                connection.execute(NEAREST, (model, vector, FOUND), prepare=True).fetchall()
                taken.append(time.perf_counter() - began)
            return sorted(taken)[int(0.95 * len(taken))] * 1000

        http(), bare()  # until caches and plans are warm
        times = rounds(count, http, bare)
    name = "search by meaning over HTTP, p95"
    return Figure(name, "ms", *times, "the bare SQL statement", reach=3.0, smaller_is_better=True)


async def kinds_of_filters(connection: AsyncConnection) -> dict[str, Filters]:
    """Filters that most items pass, some, and next to none."""

    async def most(column: str) -> Any:
        cursor = await connection.execute(
            f"SELECT {column} FROM read.catalog_search WHERE active GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        )
        return (await cursor.fetchone() or (None,))[0]

    brand, kind, tag = await most("brand_id"), await most("type_id"), await most("unnest(tags)")
    cursor = await connection.execute(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY price) FROM read.catalog_search"
    )
    (price,) = await cursor.fetchone() or (None,)
    return {
        "half of all prices": Filters(price_to=price),
        "a type": Filters(type_ids=(kind,)),
        "a brand": Filters(brand_ids=(brand,)),
        "a category": Filters(category_ids=(await most("unnest(category_ids)"),)),
        "a tag": Filters(tags=(tag,)),
        "a brand, a tag, half of all prices": Filters(brand_ids=(brand,), tags=(tag,), price_to=price),
        "featured": Filters(featured=True),
    }


async def _recall(connection: AsyncConnection, asked: Asked, filters: Filters) -> Recall:
    model = StaticEmbedder.model_id
    seen = await search(
        connection, asked.text, vector=asked.vector, model=model, filters=filters, mode=Mode.SEMANTIC, limit=FOUND
    )
    exact = sql.SQL(
        "SELECT i.embedding <=> %(vector)s::vector AS distance FROM read.catalog_search AS i"
        " WHERE {} AND embedding_model = %(model)s ORDER BY distance LIMIT %(limit)s"
    ).format(filters.condition())
    parameters = {"vector": str(asked.vector.tolist()), "model": model, "limit": FOUND, **filters.parameters}
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_indexscan = off")
        nearest = [distance for (distance,) in await (await connection.execute(exact, parameters)).fetchall()]
    cursor = await connection.execute(
        "SELECT embedding <=> %s::vector FROM read.catalog_search WHERE item_id = ANY(%s)",
        (parameters["vector"], [each.item_id for each in seen.value]),
    )
    found = [distance for (distance,) in await cursor.fetchall()]
    near = sum(distance <= nearest[-1] + FORGIVEN for distance in found)
    return Recall(near / len(nearest), len(found), len(nearest))


async def _passing(connection: AsyncConnection, filters: Filters) -> int:
    query = sql.SQL("SELECT count(*) FROM read.catalog_search AS i WHERE {}").format(filters.condition())
    (count,) = await (await connection.execute(query, filters.parameters)).fetchone() or (0,)
    return int(count)


def _means(parts: Iterable[Sequence[Recall]]) -> list[float]:
    return [statistics.fmean(each.share for each in part) for part in parts]
