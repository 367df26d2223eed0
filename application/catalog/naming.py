"""How an entry of the catalogue is known: by names that no other entry has."""

from typing import NamedTuple
from uuid import UUID

from application.store import EventStore, Stream
from domain.catalog.claim import CLAIM, Claim, ClaimEvent, Kind, claim, claim_id, release


class Naming(NamedTuple):
    """A name that is given, changed or given up."""

    kind: Kind
    holder: UUID
    old: str | None
    new: str | None


async def claims_for(store: EventStore, *namings: Naming) -> list[Stream[Claim, ClaimEvent]]:
    """The streams of the claims that change: new names claimed for their holders, old ones released.

    Raises NameTaken for a name that is somebody else's. Whoever takes it at the same moment makes the save conflict.
    """
    changes = [naming for naming in namings if naming.old != naming.new]
    if not changes:
        return []
    ids = {claim_id(kind, name) for kind, _, old, new in changes for name in (old, new) if name is not None}
    claims = await store.load_many(CLAIM, list(ids))
    for kind, holder, old, new in changes:
        if new is not None:
            wanted = claims[claim_id(kind, new)]
            wanted.add(claim(wanted.state, kind, new, holder))
        if old is not None and (new is None or claim_id(kind, old) != claim_id(kind, new)):
            given_up = claims[claim_id(kind, old)]
            given_up.add(release(given_up.state, kind, old, holder))
    return [stream for stream in claims.values() if stream.pending]
