"""Many items at once: the same decisions as one by one, a few queries and one append for all of them."""

from uuid import UUID

from msgspec import Struct

from application.beginning import begin_all
from application.catalog.items import ListItem, check_references, decide_listing, names
from application.catalog.naming import claims_for
from application.commands import command
from application.store import Call, EventStore, Saved
from domain.catalog.item import ITEM, Item
from domain.kernel import Invalid


class ListItems(Struct, frozen=True, forbid_unknown_fields=True):
    """Lists the items that are not there yet. Each brings its id; what was listed under it before stays as it is."""

    items: tuple[ListItem, ...]


class ItemsListed(Struct, frozen=True):
    added: int
    present: int
    """How many were there already."""


class IdMissing(Invalid):
    code = "id-missing"

    def __init__(self, sku: str) -> None:
        super().__init__("Each item needs an id of its own here, so that none is listed twice. Give it one.", sku=sku)


@command("catalog")
async def list_items(cmd: ListItems, call: Call, *, store: EventStore, currency: str) -> Saved[ItemsListed]:
    """All of them or none. Raises what listing one of them raises."""
    wanted = {_id(each): each for each in cmd.items}
    streams = await begin_all(store, ITEM, list(wanted))
    new = [stream for stream in streams if not stream.version]
    for stream in new:
        stream.add(decide_listing(stream.state, wanted[stream.id], currency))
    await check_references(store, [event for stream in new for event in stream.pending])
    claims = await claims_for(store, *(naming for stream in new for naming in names(stream, Item())))
    result = ItemsListed(added=len(new), present=len(wanted) - len(new))
    return await store.save(*new, *claims, call=call, result=result, context="catalog")


def _id(cmd: ListItem) -> UUID:
    if cmd.id is None:
        raise IdMissing(cmd.sku)
    return cmd.id
