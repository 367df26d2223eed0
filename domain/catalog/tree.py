"""The tree of categories: one stream that keeps it free of cycles and of orphans, however many move at once.

It is saved in one append with the category that is placed or removed. Who only wants to know where a category stands
reads the category's own events.

Refusals
├── UnknownParent      the category to stand in does not exist
├── CategoryCycle      a category would stand in itself
├── CategoryTooDeep    more levels than the tree may have
└── CategoryNotEmpty   others stand in the one to be removed
"""

from collections.abc import Iterator
from typing import TypeAlias, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct, field

from domain.kernel import Aggregate, Conflict, Event, Invalid, members

TREE_ID = uuid5(NAMESPACE_URL, "storeline:catalog.tree")
DEPTH = 8
"""Levels at most."""

# Events


class CategoryPlaced(Event, frozen=True, tag="catalog.CategoryPlaced"):
    category_id: UUID
    parent_id: UUID | None


class CategoryRemoved(Event, frozen=True, tag="catalog.CategoryRemoved"):
    category_id: UUID


TreeEvent: TypeAlias = CategoryPlaced | CategoryRemoved

# State


class Tree(Struct, frozen=True):
    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    """Each active category and what it stands in."""

    def path(self, category_id: UUID | None) -> Iterator[UUID]:
        """The category and all that it stands in, from the inside out."""
        while category_id is not None:
            yield category_id
            category_id = self.parents.get(category_id)

    def height(self, category_id: UUID) -> int:
        """How many levels the category and what stands in it take."""
        children = (child for child, parent in self.parents.items() if parent == category_id)
        return 1 + max((self.height(child) for child in children), default=0)


def evolve(tree: Tree, event: TreeEvent) -> Tree:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case CategoryPlaced(category_id=category_id, parent_id=parent_id):
            return Tree({**tree.parents, category_id: parent_id})
        case CategoryRemoved(category_id=category_id):
            return Tree({child: parent for child, parent in tree.parents.items() if child != category_id})
        case _:
            assert_never(event)


# Refusals


class UnknownParent(Invalid):
    code = "parent-not-found"

    def __init__(self, parent_id: UUID) -> None:
        super().__init__("The parent does not exist or was withdrawn. Choose another.", parent_id=str(parent_id))


class CategoryCycle(Conflict):
    code = "category-cycle"

    def __init__(self, category_id: UUID, parent_id: UUID) -> None:
        super().__init__(
            "A category cannot stand in itself or in one that stands in it. Choose another parent.",
            category_id=str(category_id),
            parent_id=str(parent_id),
        )


class CategoryTooDeep(Conflict):
    code = "category-too-deep"

    def __init__(self) -> None:
        super().__init__(f"Categories are at most {DEPTH} levels deep. Choose a parent nearer to the top.", most=DEPTH)


class CategoryNotEmpty(Conflict):
    code = "category-not-empty"

    def __init__(self, children: int) -> None:
        super().__init__("Other categories stand in this one. Move or withdraw them first.", children=children)


TREE: Aggregate[Tree, TreeEvent] = Aggregate(
    name="catalog.tree",
    initial=Tree(),
    evolve=evolve,
    events=members(TreeEvent),
    snapshot_every=100,
)


# Decisions


def place(tree: Tree, category_id: UUID, parent_id: UUID | None) -> list[TreeEvent]:
    """Puts a category, with all that stands in it, into another or at the top."""
    if category_id in tree.parents and tree.parents[category_id] == parent_id:
        return []
    if parent_id is not None:
        above = list(tree.path(parent_id))
        if category_id in above:
            raise CategoryCycle(category_id, parent_id)
        if parent_id not in tree.parents:
            raise UnknownParent(parent_id)
        if len(above) + tree.height(category_id) > DEPTH:
            raise CategoryTooDeep()
    return [CategoryPlaced(category_id, parent_id)]


def remove(tree: Tree, category_id: UUID) -> list[TreeEvent]:
    """Takes a category out; no other may stand in it."""
    if category_id not in tree.parents:
        return []
    if children := sum(parent == category_id for parent in tree.parents.values()):
        raise CategoryNotEmpty(children)
    return [CategoryRemoved(category_id)]
