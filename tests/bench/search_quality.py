"""How good the search is: its first ten answers to judged queries, by words alone, by meaning, and by both.

The measure is nDCG@10: 1 where the best products stand first in the best order, 0 where none of the first ten is any
use. Margins are over the search by words in the same run, with a 95% interval from resampling the queries. The ranking
was chosen by the first set of queries. The held-out set came later, but many variants were looked at on both sets: it
is a second set of examples rather than an independent proof (docs/adr/0023).
`python -m tests.bench.search_quality` runs it alone.
"""

import asyncio
import math
import random
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from adapters.embedding.static import StaticEmbedder
from adapters.postgres.embedded import EmbeddedPostgres
from adapters.seed import seed_id
from projections.catalog_search import Mode, search
from tests.bench.servers import api, caught_up, followers, stock

JUDGED = Path(__file__).parent / "judged_queries.json"
SHOWN = 10
RESAMPLED = 5_000
REACH = {Mode.SEMANTIC: 0.04, Mode.HYBRID: 0.07}
"""By how much nDCG@10 over all judged queries is to be better than that of the search by words: what was found when the
ranking was chosen, +0.061 and +0.091, less 0.02, which one or two queries of 74 can make."""

Search = Callable[[Mode, str], Awaitable[Sequence[UUID]]]


class Judged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    query: str
    kind: str
    grades: dict[str, int]
    """Slug of a seed product to its grade, 1 to 3; all others are 0."""

    def ndcg(self, found: Sequence[UUID]) -> float:
        return ndcg(found, {seed_id("item", slug): grade for slug, grade in self.grades.items()})


class JudgedQueries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    queries: list[Judged]
    held_out: list[Judged]


def judged_queries() -> JudgedQueries:
    return msgspec.json.decode(JUDGED.read_bytes(), type=JudgedQueries)


def dcg(grades: Sequence[int]) -> float:
    """Discounted cumulative gain: a grade g is worth 2^g - 1, less the further down it stands."""
    return math.fsum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def ndcg(found: Sequence[UUID], grades: Mapping[UUID, int], shown: int = SHOWN) -> float:
    """The gain of what was found, as a share of the gain of the best order there is. A product counts once."""
    best = dcg(sorted(grades.values(), reverse=True)[:shown])
    return dcg([grades.get(each, 0) for each in dict.fromkeys(found[:shown])]) / best


class Margin(msgspec.Struct, frozen=True):
    """By how much one way of searching is better than another, query by query."""

    mean: float
    low: float
    high: float
    """Ends of the 95% interval of the mean."""
    better: int
    worse: int

    @classmethod
    def between(cls, scores: Sequence[float], others: Sequence[float]) -> "Margin":
        differences = [score - other for score, other in zip(scores, others, strict=True)]
        chance = random.Random(0)
        means = sorted(statistics.fmean(chance.choices(differences, k=len(differences))) for _ in range(RESAMPLED))
        return cls(
            statistics.fmean(differences),
            means[int(0.025 * RESAMPLED)],
            means[int(0.975 * RESAMPLED) - 1],
            sum(difference > 0 for difference in differences),
            sum(difference < 0 for difference in differences),
        )


class Quality(msgspec.Struct, frozen=True):
    """The scores of each query in each mode, in the order of the queries."""

    queries: list[Judged]
    scores: dict[Mode, list[float]]

    def of(self, mode: Mode, kind: str | None = None) -> float:
        scores = zip(self.queries, self.scores[mode], strict=True)
        return statistics.fmean(score for judged, score in scores if kind in (None, judged.kind))

    def margin(self, mode: Mode) -> Margin:
        return Margin.between(self.scores[mode], self.scores[Mode.TEXT])

    @property
    def kinds(self) -> list[str]:
        return sorted({judged.kind for judged in self.queries})

    def __add__(self, other: "Quality") -> "Quality":
        return Quality(
            self.queries + other.queries, {mode: scores + other.scores[mode] for mode, scores in self.scores.items()}
        )


async def measure(find: Search, queries: list[Judged]) -> Quality:
    return Quality(
        queries, {mode: [judged.ndcg(await find(mode, judged.query)) for judged in queries] for mode in Mode}
    )


class Report(msgspec.Struct, frozen=True):
    first: Quality
    held_out: Quality

    @property
    def reached(self) -> bool:
        everything = self.first + self.held_out
        return all(everything.margin(mode).mean >= reach for mode, reach in REACH.items())

    def __str__(self) -> str:
        sets = {"chosen by": self.first, "held out": self.held_out, "all": self.first + self.held_out}
        return "\n".join(line for name, quality in sets.items() for line in _lines(name, quality))


def _lines(name: str, quality: Quality) -> list[str]:
    lines = [f"search quality, nDCG@{SHOWN}, {len(quality.queries)} queries ({name}):"]
    for mode in Mode:
        kinds = ", ".join(f"{kind} {quality.of(mode, kind):.3f}" for kind in quality.kinds)
        line = f"  {mode:<9} {quality.of(mode):.3f}  ({kinds})"
        if mode is not Mode.TEXT:
            margin = quality.margin(mode)
            line += (
                f"  {margin.mean:+.3f} over words, 95% {margin.low:+.3f} to {margin.high:+.3f},"
                f" better in {margin.better} and worse in {margin.worse}"
            )
            if name == "all":
                line += f", to reach {REACH[mode]:+.2f}"
        lines.append(line)
    return lines


def run(database_url: str) -> Report:
    """Seeds the catalogue into a fresh database, lets the followers build what is searched, and asks."""
    stock(database_url)
    with followers(database_url), api(database_url):  # which is ready once everything is built
        caught_up(database_url)
    return asyncio.run(ask(database_url))


async def ask(database_url: str) -> Report:
    embedder = StaticEmbedder()
    judged = judged_queries()
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:

        async def find(mode: Mode, query: str) -> list[UUID]:
            (vector,) = await embedder.embed([query])
            found = await search(connection, query, vector=vector, model=embedder.model_id, mode=mode, limit=SHOWN)
            return [each.item_id for each in found.value]

        return Report(await measure(find, judged.queries), await measure(find, judged.held_out))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "data") as server:
        server.start()
        print(run(server.url))


if __name__ == "__main__":
    main()
