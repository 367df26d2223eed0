"""A log made of facts, and read models brought to its end."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from adapters.followers.bookmark import Pool
from adapters.followers.embeddings import Embeddings
from adapters.followers.follower import Page
from adapters.followers.projection import ProjectionFollower
from application.embedding import Embedder
from application.store import EventStore
from domain.kernel import Event, Fact, tag_of
from projections.kernel import Projection


class FactLog:
    """As much of an event store as followers read, holding facts as they are."""

    def __init__(self, facts: Iterable[Fact[Any]] = ()) -> None:
        self._logs: dict[str, list[Fact[Any]]] = defaultdict(list)
        self.add(facts)

    def add(self, facts: Iterable[Fact[Any]]) -> None:
        for fact in facts:
            self._logs[fact.context].append(fact)

    async def read(
        self, context: str, *, after: int = 0, limit: int = 500, tags: Sequence[str] = ()
    ) -> list[Fact[Event]]:
        behind = (fact for fact in self._logs[context] if fact.position > after)
        return [fact for fact in behind if not tags or tag_of(fact.event) in tags][:limit]

    async def head(self, context: str) -> int:
        return max((fact.position for fact in self._logs[context]), default=0)


async def follow(
    projection: Projection[Any],
    store: EventStore | FactLog,
    pool: Pool,
    *,
    embedder: Embedder | None = None,
    page: int = 500,
) -> ProjectionFollower[Any]:
    """A follower of the projection that has come to the log's end, page by page."""
    embeddings = Embeddings(projection, embedder) if projection.embeds and embedder else None
    follower = ProjectionFollower(projection, store, pool, embeddings)  # type: ignore[arg-type]
    position = await follower.take()
    head = await store.head(projection.context)
    while position < head:
        facts = await store.read(projection.context, after=position, limit=page)
        position_after = facts[-1].position
        await follower.handle(Page(facts, position, position_after))
        position = position_after
    return follower
