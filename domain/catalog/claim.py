"""A claim: one stream for each name that must be unique, which says whose it is.

Its id is made from the folded name, so whoever wants the same name writes to the same stream, and the second one to do
so loses. It is saved in one append with what is named.

Refusals
└── NameTaken   the name is somebody else's
"""

from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct

from domain.kernel import Aggregate, Conflict, Event, folded, members

_NAMESPACE = uuid5(NAMESPACE_URL, "storeline:catalog.claim")


class Kind(StrEnum):
    """What a name is a name of: within a kind no two are the same in folded form."""

    ITEM_SLUG = "item-slug"
    ITEM_SKU = "item-sku"
    BRAND_NAME = "brand-name"
    TYPE_NAME = "type-name"
    CATEGORY_SLUG = "category-slug"


def claim_id(kind: Kind, name: str) -> UUID:
    """The stream in which a name is claimed; equal for names that look the same."""
    return uuid5(_NAMESPACE, f"{kind}:{folded(name)}")


# Events


class NameClaimed(Event, frozen=True, tag="catalog.NameClaimed"):
    kind: Kind
    name: str
    holder: UUID


class NameReleased(Event, frozen=True, tag="catalog.NameReleased"):
    kind: Kind
    name: str
    holder: UUID


ClaimEvent: TypeAlias = NameClaimed | NameReleased

# State


class Claim(Struct, frozen=True):
    holder: UUID | None = None


def evolve(claim: Claim, event: ClaimEvent) -> Claim:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case NameClaimed(holder=holder):
            return Claim(holder)
        case NameReleased():
            return Claim()
        case _:
            assert_never(event)


# Refusals


class NameTaken(Conflict):
    code = "name-taken"

    def __init__(self, kind: Kind, name: str) -> None:
        super().__init__(f"The {kind.replace('-', ' ')} `{name}` is taken. Choose another.", kind=kind.value, name=name)


CLAIM: Aggregate[Claim, ClaimEvent] = Aggregate(
    name="catalog.claim",
    initial=Claim(),
    evolve=evolve,
    events=members(ClaimEvent),
)


# Decisions


def claim(current: Claim, kind: Kind, name: str, holder: UUID) -> list[ClaimEvent]:
    if current.holder == holder:
        return []
    if current.holder is not None:
        raise NameTaken(kind, name)
    return [NameClaimed(kind, name, holder)]


def release(current: Claim, kind: Kind, name: str, holder: UUID) -> list[ClaimEvent]:
    """Frees the name, if it is the holder's."""
    return [NameReleased(kind, name, holder)] if current.holder == holder else []
