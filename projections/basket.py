"""A basket as its owner sees it: what is in it, and which prices changed since it was put in."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import basket
from domain.basket import Line
from domain.kernel import Fact
from domain.money import Money
from projections.item_page import ITEM_PAGE
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask_one


class Basket(msgspec.Struct, frozen=True):
    basket_id: UUID
    owner: str
    lines: tuple[Line, ...]
    updated_at: datetime
    version: int


def evolve(row: Basket | None, fact: Fact[basket.BasketEvent], key: Key) -> Basket | None:
    if isinstance(fact.event, basket.BasketStarted):
        return Basket(fact.stream, fact.event.owner, (), fact.recorded_at, fact.version)
    if row is None:
        return None
    lines = _lines(row.lines, fact.event)
    return replace(row, lines=lines, updated_at=fact.recorded_at, version=fact.version)


def _lines(lines: tuple[Line, ...], event: basket.BasketEvent) -> tuple[Line, ...]:
    match event:
        case basket.ItemAdded(line=line) | basket.QuantitySet(line=line):
            return tuple(({each.product_id: each for each in lines} | {line.product_id: line}).values())
        case basket.ItemRemoved(product_id=product_id):
            return tuple(each for each in lines if each.product_id != product_id)
        case basket.BasketMerged(lines=merged):
            return merged
        case basket.BasketCheckedOut(rest=rest):
            return rest
        case basket.BasketStarted() | basket.BasketCleared() | basket.BasketMergedAway() | basket.BasketExpired():
            return ()
        case _:
            assert_never(event)


BASKET = Projection(
    name="basket",
    version=1,
    context="basket",
    row=Basket,
    key=("basket_id",),
    events=basket.BASKET.events,
    keys=by_stream,
    evolve=evolve,
)


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    name: str
    picture: str | None
    quantity: int
    unit_price: Money
    """As it was when the line was last added to or set."""
    subtotal: Money
    current_price: Money | None
    """What the catalogue asks now; None for a product that it does not know."""
    price_changed: bool
    available: bool
    """False for a product that was withdrawn since."""


class BasketView(msgspec.Struct, frozen=True, kw_only=True):
    basket_id: UUID
    lines: tuple[LineView, ...]
    subtotal: Money | None
    """At the prices of the lines; None for an empty basket."""
    current_subtotal: Money | None
    """At the prices of now, without what is no longer sold."""
    updated_at: datetime
    version: int
    """Version of the basket's stream: its ETag."""


class _Offer(msgspec.Struct):
    product_id: UUID
    price: Money
    available: bool


class _Found(Basket, frozen=True):
    offers: tuple[_Offer, ...] = ()

    def view(self) -> BasketView:
        offers = {offer.product_id: offer for offer in self.offers}
        lines = tuple(_view(line, offers.get(line.product_id)) for line in self.lines)
        return BasketView(
            basket_id=self.basket_id,
            lines=lines,
            subtotal=_sum([line.subtotal for line in lines]),
            current_subtotal=_sum(
                [
                    (line.current_price * line.quantity).rounded()
                    for line in lines
                    if line.available and line.current_price
                ]
            ),
            updated_at=self.updated_at,
            version=self.version,
        )


async def basket_view(connection: AsyncConnection, basket_id: UUID) -> Seen[BasketView | None]:
    """The basket; None where nothing was ever put in."""
    seen = await ask_one(
        connection,
        _Found,
        "SELECT b.*, (SELECT coalesce(json_agg(json_build_object("
        " 'product_id', i.item_id, 'price', i.price, 'available', i.status = 'active')), '[]')"
        " FROM read.item_page AS i WHERE i.item_id IN"
        " (SELECT (line ->> 'product_id')::uuid FROM jsonb_array_elements(b.lines) AS line)) AS offers"
        " FROM read.basket AS b WHERE b.basket_id = %(basket_id)s",
        {"basket_id": basket_id},
        BASKET,
        ITEM_PAGE,
    )
    return Seen(seen.value.view() if seen.value else None, seen.positions)


def _view(line: Line, offer: _Offer | None) -> LineView:
    return LineView(
        product_id=line.product_id,
        name=line.name,
        picture=line.picture,
        quantity=line.quantity,
        unit_price=line.unit_price,
        subtotal=(line.unit_price * line.quantity).rounded(),
        current_price=offer.price if offer else None,
        price_changed=offer is not None and offer.price != line.unit_price,
        available=offer is not None and offer.available,
    )


def _sum(amounts: list[Money]) -> Money | None:
    return sum(amounts[1:], amounts[0]) if amounts else None
