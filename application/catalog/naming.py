"""What an entry of the catalogue is known by: its id, and names that nobody else has."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from application.store import EventStore, Stream
from domain.catalog.claim import CLAIM, Claim, ClaimEvent, Kind, claim, claim_id, release
from domain.kernel import Aggregate, Event

S = TypeVar("S")
E = TypeVar("E", bound=Event)


class Naming(NamedTuple):
    """A name that is given, changed or given up."""

    kind: Kind
    old: str | None
    new: str | None


async def begin(
    store: EventStore, aggregate: Aggregate[S, E], id: UUID | None, new_id: Callable[[], UUID]
) -> Stream[S, E]:
    """The stream to begin: a fresh one, or the one that the caller chose, which may hold the same command's events."""
    if id is None:
        return Stream.new(aggregate, new_id())
    return (await store.load_many(aggregate, [id]))[id]


async def settle(store: EventStore, holder: UUID, *namings: Naming) -> list[Stream[Claim, ClaimEvent]]:
    """The streams of the claims that change: new names claimed for `holder`, old ones released.

    Raises NameTaken for a name that is somebody else's. Whoever takes it at the same moment makes the save conflict.
    """
    names = {
        claim_id(kind, name) for kind, old, new in namings for name in (old, new) if old != new and name is not None
    }
    claims = await store.load_many(CLAIM, list(names)) if names else {}
    for kind, old, new in namings:
        if old == new:
            continue
        if new is not None:
            wanted = claims[claim_id(kind, new)]
            wanted.add(claim(wanted.state, kind, new, holder))
        if old is not None and (new is None or claim_id(kind, old) != claim_id(kind, new)):
            given_up = claims[claim_id(kind, old)]
            given_up.add(release(given_up.state, kind, old, holder))
    return [stream for stream in claims.values() if stream.pending]
