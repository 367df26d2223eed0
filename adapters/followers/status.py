"""How the followers are doing, measured against the logs' own heads: one that is dead can never look healthy."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.eventstore.mapper import UnreadableEvent
from adapters.followers.bookmark import Pool
from adapters.followers.faults import Fault, Faults
from adapters.followers.follower import Follower
from application.store import EventStore
from projections.followers import FollowerStatus, State


async def status(followers: Iterable[Follower], store: EventStore, pool: Pool) -> list[FollowerStatus]:
    """Of each follower, whichever process works it."""
    followers = list(followers)
    contexts = sorted({follower.context for follower in followers})
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT follower, holder FROM read.lease WHERE expires_at > now()")
        holders: dict[str, str] = dict(await cursor.fetchall())
        cursor = await connection.execute("SELECT follower, position FROM read.position")
        kept: dict[str, int] = dict(await cursor.fetchall())
    faults = await Faults(pool).all()
    building = {name.removesuffix("_next") for name in kept if name.endswith("_next")}
    # Positions first: a head that was read before them would hide the lag of what was appended in between.
    positions = await asyncio.gather(*(_position(follower, kept) for follower in followers))
    heads = dict(zip(contexts, await asyncio.gather(*map(store.head, contexts)), strict=True))
    places = [(follower.context, position) for follower, position in zip(followers, positions, strict=True)]
    behind = sorted({(context, position) for context, position in places if position < heads[context]})
    lags = dict(zip(behind, await asyncio.gather(*(_lag(store, *place) for place in behind)), strict=True))
    return [
        FollowerStatus(
            name=follower.name,
            context=follower.context,
            state=_state(follower.name, faults, holders, building),
            position=position,
            head=heads[follower.context],
            lag_events=max(0, heads[follower.context] - position),
            lag_seconds=lags.get((follower.context, position), 0.0),
            holder=holders.get(follower.name),
            fault=fault.error if (fault := faults.get(follower.name)) else None,
            fault_position=fault.position if fault else None,
        )
        for follower, position in zip(followers, positions, strict=True)
    ]


class Watch:
    """What `status` says, looked up once in `keep` seconds at most: many ask, and each look costs some 20 queries."""

    def __init__(self, look: Callable[[], Coroutine[Any, Any, list[FollowerStatus]]], *, keep: float = 1.0) -> None:
        self._look = look
        self._keep = keep
        self._looking: asyncio.Task[list[FollowerStatus]] | None = None
        self._next = 0.0

    async def __call__(self) -> list[FollowerStatus]:
        now = asyncio.get_running_loop().time()
        if self._looking is None or (self._looking.done() and now >= self._next):
            self._next = now + self._keep
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)


async def _position(follower: Follower, kept: Mapping[str, int]) -> int:
    """A reactor's is with what it decided."""
    return kept[follower.name] if follower.name in kept else await follower.position()


def _state(name: str, faults: dict[str, Fault], holders: dict[str, str], building: set[str]) -> State:
    if name in faults:
        return State.FAULTED
    if name not in holders:
        return State.STOPPED
    return State.BUILDING if name in building else State.RUNNING


async def _lag(store: EventStore, context: str, position: int) -> float | None:
    """The age of the first event behind a position, in seconds."""
    try:
        behind = await store.read(context, after=position, limit=1)
    except UnreadableEvent as unreadable:
        return None if unreadable.recorded_at is None else _since(unreadable.recorded_at)
    return _since(behind[0].recorded_at) if behind else 0.0


def _since(moment: datetime) -> float:
    return max(0.0, (datetime.now(UTC) - moment).total_seconds())
