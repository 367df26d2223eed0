"""All followers and chores that the shop has of its own, ready for the engine; the relay to RabbitMQ comes besides."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from adapters.followers.bookmark import Pool
from adapters.followers.chores import Forget, RenewEmbeddings
from adapters.followers.embeddings import Embeddings
from adapters.followers.follower import Chore, Follower
from adapters.followers.projection import ProjectionFollower
from adapters.followers.reactor import ReactorFollower
from adapters.followers.ticker import Act, DeadlineTicker
from application.deadlines import DEADLINES
from application.embedding import Embedder
from application.reactors import Reactor
from application.store import EventStore
from projections.kernel import Projection
from projections.registry import ALL

BUILDS = 4
"""Read models that are built at once: all of them together would take the database's last connection."""


def followers(store: EventStore, pool: Pool, embedder: Embedder, reactors: Iterable[Reactor]) -> list[Follower]:
    """The read models and the reactors."""
    builds = asyncio.Semaphore(BUILDS)
    return [
        *(ProjectionFollower(each, store, pool, _embeddings(each, embedder), builds) for each in ALL),
        *(ReactorFollower(each, store) for each in reactors),
    ]


def home_of(follower: Follower) -> str:
    """The context that it works for: a reactor decides in another than it follows."""
    return follower.target if isinstance(follower, ReactorFollower) else follower.context


def chores(pool: Pool, embedder: Embedder) -> list[Chore]:
    embedded = [(each, embeddings) for each in ALL if (embeddings := _embeddings(each, embedder))]
    return [
        *(RenewEmbeddings(each, pool, embeddings) for each, embeddings in embedded),
        *(Forget(each, pool) for each in ALL if each.forgets),
    ]


def tickers(pool: Pool, deadlines: Mapping[str, tuple[timedelta, Act]]) -> list[DeadlineTicker]:
    """`deadlines`: the name of each to how long it waits, and the use case that ends that, with its needs bound."""
    return [DeadlineTicker(each, *deadlines[each.name], pool) for each in DEADLINES]


def _embeddings(projection: Projection[Any], embedder: Embedder) -> Embeddings[Any] | None:
    return Embeddings(projection, embedder) if projection.embeds else None
