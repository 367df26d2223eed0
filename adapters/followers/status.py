"""How the followers are doing, measured against the logs' own heads: one that is dead can never look healthy."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

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
    # Positions first: a head that was read before them would hide the lag of what was appended in between.
    positions = await asyncio.gather(*(follower.position() for follower in followers))
    heads = dict(zip(contexts, await asyncio.gather(*map(store.head, contexts)), strict=True))
    faults = await Faults(pool).all()
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT follower, holder FROM read.lease WHERE expires_at > now()")
        holders: dict[str, str] = dict(await cursor.fetchall())
        cursor = await connection.execute("SELECT follower FROM read.position WHERE follower LIKE '%%\\_next'")
        building = {name.removesuffix("_next") for (name,) in await cursor.fetchall()}
    standing = list(zip(followers, positions, strict=True))
    lags = await asyncio.gather(*(_lag(store, each, position, heads[each.context]) for each, position in standing))
    return [
        FollowerStatus(
            name=follower.name,
            context=follower.context,
            state=_state(follower.name, faults, holders, building),
            position=position,
            head=heads[follower.context],
            lag_events=max(0, heads[follower.context] - position),
            lag_seconds=lag,
            holder=holders.get(follower.name),
            fault=fault.error if (fault := faults.get(follower.name)) else None,
            fault_position=fault.position if fault else None,
        )
        for (follower, position), lag in zip(standing, lags, strict=True)
    ]


def _state(name: str, faults: dict[str, Fault], holders: dict[str, str], building: set[str]) -> State:
    if name in faults:
        return State.FAULTED
    if name not in holders:
        return State.STOPPED
    return State.BUILDING if name in building else State.RUNNING


async def _lag(store: EventStore, follower: Follower, position: int, head: int) -> float | None:
    """The age of the first event behind its position, in seconds."""
    if position >= head:
        return 0.0
    try:
        behind = await store.read(follower.context, after=position, limit=1)
    except UnreadableEvent as unreadable:
        return None if unreadable.recorded_at is None else _since(unreadable.recorded_at)
    return _since(behind[0].recorded_at) if behind else 0.0


def _since(moment: datetime) -> float:
    return max(0.0, (datetime.now(UTC) - moment).total_seconds())
