"""The basket: what its owner means to buy.

One stream an owner, for ever. It is filled again and again; a filling ends in an order, in a merge, or by age.

Refusals
├── InvalidQuantity   the quantity of a line is below one or above the most, or comes to more than can be charged
├── BasketFull        one line more than a basket may have
└── BasketEmpty       nothing to check out
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Context, Event, Invalid, is_over, members
from domain.money import CurrencyMismatch, Money, most_of

_BASKETS = UUID("5ad1f6a5-6c40-5d5b-9b8e-0d6b8c1f3f77")


def basket_id(owner: str) -> UUID:
    """The stream of the owner's one basket. An owner is `buyer:<subject>` or `anonymous:<token id>`."""
    return uuid5(_BASKETS, owner)


# Events


class Line(msgspec.Struct, frozen=True):
    """One product in a basket, as the catalogue showed it when the line was last added to or set."""

    product_id: UUID
    name: str
    picture: str | None
    unit_price: Money
    quantity: int


class Portion(msgspec.Struct, frozen=True):
    """So much of a product."""

    product_id: UUID
    quantity: int


class MergePolicy(StrEnum):
    """Which lines a basket has after another was merged into it, when both hold something."""

    SUM = "sum"
    KEEP_USER = "keep-user"
    KEEP_ANONYMOUS = "keep-anonymous"


class BasketStarted(Event, frozen=True, tag="basket.BasketStarted"):
    """Something is about to be put into an empty basket."""

    owner: str
    fill: int
    """Which filling of this owner's basket begins, from 1."""


class ItemAdded(Event, frozen=True, tag="basket.ItemAdded"):
    line: Line
    """The line after it."""
    added: int


class QuantitySet(Event, frozen=True, tag="basket.QuantitySet"):
    line: Line
    """The line after it; its price is the catalogue's of this moment."""
    before: int


class ItemRemoved(Event, frozen=True, tag="basket.ItemRemoved"):
    product_id: UUID


class BasketCleared(Event, frozen=True, tag="basket.BasketCleared"):
    """All lines were taken out; the basket goes on."""


class BasketMerged(Event, frozen=True, tag="basket.BasketMerged"):
    """Another basket was merged into this one and emptied, in one step."""

    source: UUID
    source_version: int
    policy: MergePolicy
    lines: tuple[Line, ...]
    """All lines after it."""
    capped: tuple[Portion, ...] = ()
    """What did not fit into a line that is at its most."""
    left_out: tuple[Portion, ...] = ()
    """Lines of the other basket that did not fit into a full basket."""


class BasketMergedAway(Event, frozen=True, tag="basket.BasketMergedAway"):
    """The content went to another basket; this filling is over."""

    into: UUID


class BasketExpired(Event, frozen=True, tag="basket.BasketExpired"):
    """Nobody touched the basket for too long; this filling is over."""


class BasketCheckedOut(Event, frozen=True, tag="basket.BasketCheckedOut"):
    """A version of the basket became an order."""

    order_id: UUID
    basket_version: int
    """The version of this basket that was ordered."""
    ordered: tuple[Portion, ...]
    rest: tuple[Line, ...] = ()
    """What was added since, and stays; without any, this filling is over."""


BasketEvent: TypeAlias = (
    BasketStarted
    | ItemAdded
    | QuantitySet
    | ItemRemoved
    | BasketCleared
    | BasketMerged
    | BasketMergedAway
    | BasketExpired
    | BasketCheckedOut
)


# State


class Basket(msgspec.Struct, frozen=True):
    owner: str = ""
    fill: int = 0
    active: bool = False
    """False before the first filling and between two of them."""
    lines: dict[UUID, Line] = {}
    merged: dict[UUID, int] = {}
    """Version of each basket that was merged into this filling."""
    last_order: UUID | None = None
    ordered_version: int = 0
    """The version that became the last order."""

    @property
    def subtotal(self) -> Money | None:
        """Quantity times price, rounded once a line; None for an empty basket."""
        amounts = [(line.unit_price * line.quantity).rounded() for line in self.lines.values()]
        return sum(amounts[1:], amounts[0]) if amounts else None


def evolve(basket: Basket, event: BasketEvent) -> Basket:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case BasketStarted(owner=owner, fill=fill):
            return replace(basket, owner=owner, fill=fill, active=True, lines={}, merged={})
        case ItemAdded(line=line) | QuantitySet(line=line):
            return replace(basket, lines=basket.lines | {line.product_id: line})
        case ItemRemoved(product_id=product_id):
            return replace(basket, lines=_without(basket.lines, product_id))
        case BasketCleared():
            return replace(basket, lines={})
        case BasketMerged(source=source, source_version=version, lines=lines):
            return replace(
                basket,
                lines={line.product_id: line for line in lines},
                merged=basket.merged | {source: version},
            )
        case BasketMergedAway() | BasketExpired():
            return replace(basket, active=False, lines={})
        case BasketCheckedOut(order_id=order_id, basket_version=version, rest=rest):
            return replace(
                basket,
                active=bool(rest),
                lines={line.product_id: line for line in rest},
                last_order=order_id,
                ordered_version=version,
            )
        case _:
            assert_never(event)


class Rules(msgspec.Struct, frozen=True):
    """What the shop allows; from the settings."""

    most_lines: int = 50
    most_quantity: int = 999
    lifetime: timedelta = timedelta(days=30)


# Refusals


class InvalidQuantity(Invalid):
    code = "invalid-quantity"

    def __init__(self, product_id: UUID, quantity: int, most: int) -> None:
        super().__init__(
            f"A line holds 1 to {most} units, not {quantity}.",
            product_id=str(product_id),
            quantity=quantity,
            least=1,
            most=most,
        )


class BasketFull(Conflict):
    code = "basket-full"

    def __init__(self, most: int) -> None:
        super().__init__(f"A basket holds at most {most} lines. Remove one first.", most=most)


class BasketEmpty(Conflict):
    code = "basket-empty"

    def __init__(self, last_order: UUID | None = None) -> None:
        super().__init__(
            "There is nothing in the basket to check out. Put something in first.",
            last_order=None if last_order is None else str(last_order),
        )


BASKET: Aggregate[Basket, BasketEvent] = Aggregate(
    name="basket.basket",
    initial=Basket(),
    evolve=evolve,
    events=members(BasketEvent),
    snapshot_every=50,
)
CONTEXT = Context("basket", (BASKET,))


# Decisions


def add(basket: Basket, owner: str, line: Line, rules: Rules) -> list[BasketEvent]:
    """Puts `line.quantity` more units of a product in. The whole line takes the price that its owner saw last."""
    if line.quantity < 1:
        raise InvalidQuantity(line.product_id, line.quantity, _most(line, rules))
    before = basket.lines.get(line.product_id)
    after = replace(line, quantity=line.quantity + (before.quantity if before else 0))
    _check(basket, after, rules)
    return [*_start(basket, owner), ItemAdded(after, line.quantity)]


def set_quantity(basket: Basket, owner: str, line: Line, rules: Rules) -> list[BasketEvent]:
    """Makes a line be exactly this one, whether it was in the basket or not."""
    _check(basket, line, rules)
    match basket.lines.get(line.product_id):
        case None:
            return [*_start(basket, owner), ItemAdded(line, line.quantity)]
        case before if before == line:
            return []
        case before:
            return [QuantitySet(line, before.quantity)]


def remove(basket: Basket, product_id: UUID) -> list[BasketEvent]:
    return [ItemRemoved(product_id)] if product_id in basket.lines else []


def clear(basket: Basket) -> list[BasketEvent]:
    return [BasketCleared()] if basket.lines else []


def merge(
    basket: Basket, owner: str, other: Basket, source: UUID, source_version: int, policy: MergePolicy, rules: Rules
) -> list[BasketEvent]:
    """Takes over what `other` holds. A policy chooses between two filled baskets; else the filled one stays.

    Signing in must not fail for a full basket: what does not fit is cut, and the event says so. The other basket
    records `merge_away` in the same append.
    """
    if not other.lines or other.owner == owner or basket.merged.get(source, 0) >= source_version:
        return []
    lines = {} if policy is MergePolicy.KEEP_ANONYMOUS else dict(basket.lines)
    keeps_mine = policy is MergePolicy.KEEP_USER and basket.lines
    capped: list[Portion] = []
    left_out: list[Portion] = []
    for line in () if keeps_mine else other.lines.values():
        _check_currency(lines, line)
        mine = lines.get(line.product_id)
        if mine is None and len(lines) >= rules.most_lines:
            left_out.append(Portion(line.product_id, line.quantity))
            continue
        quantity = line.quantity + (mine.quantity if mine else 0)
        most = _most(mine or line, rules)
        if quantity > most:
            capped.append(Portion(line.product_id, quantity - most))
        lines[line.product_id] = replace(mine or line, quantity=min(quantity, most))
    return [
        *_start(basket, owner),
        BasketMerged(source, source_version, policy, tuple(lines.values()), tuple(capped), tuple(left_out)),
    ]


def merge_away(basket: Basket, into: UUID) -> list[BasketEvent]:
    return [BasketMergedAway(into)] if basket.active else []


def expire(basket: Basket, last_change: datetime, now: datetime, rules: Rules) -> list[BasketEvent]:
    """Ends a filling that nobody touched for the whole lifetime; decides nothing before that."""
    return [BasketExpired()] if basket.active and is_over(last_change, rules.lifetime, now) else []


def check_out(basket: Basket, version: int, order_id: UUID, ordered: tuple[Portion, ...]) -> list[BasketEvent]:
    """Records that `version` of this basket became an order. Versions are ordered one after the other, each once."""
    if version <= basket.ordered_version:
        return []
    taken = {each.product_id: each.quantity for each in ordered}
    rest = (
        replace(line, quantity=line.quantity - taken.get(line.product_id, 0))
        for line in basket.lines.values()
        if line.quantity > taken.get(line.product_id, 0)
    )
    return [BasketCheckedOut(order_id, version, ordered, tuple(rest))]


def _start(basket: Basket, owner: str) -> list[BasketEvent]:
    return [] if basket.active else [BasketStarted(owner, basket.fill + 1)]


def _check(basket: Basket, line: Line, rules: Rules) -> None:
    most = _most(line, rules)
    if not 1 <= line.quantity <= most:
        raise InvalidQuantity(line.product_id, line.quantity, most)
    _check_currency(basket.lines, line)
    if line.product_id not in basket.lines and len(basket.lines) >= rules.most_lines:
        raise BasketFull(rules.most_lines)


def _most(line: Line, rules: Rules) -> int:
    return most_of(line.unit_price, rules.most_quantity)


def _check_currency(lines: dict[UUID, Line], line: Line) -> None:
    for known in lines.values():
        if known.unit_price.currency != line.unit_price.currency:
            raise CurrencyMismatch(known.unit_price.currency, line.unit_price.currency)


def _without(lines: dict[UUID, Line], product_id: UUID) -> dict[UUID, Line]:
    return {key: line for key, line in lines.items() if key != product_id}
