"""Whether a product can be had, in a word: what catalogue pages show, and what they can be filtered by.

It changes when a product comes into stock, runs low or runs out, and not with every reservation. So pages that show it
can be kept, and their tags stay, while the count behind the word moves. Exact counts are the stock level's.
"""

from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec

from domain.inventory import StockRanOut, StockReplenished, StockRunsLow
from domain.inventory.values import Availability
from domain.kernel import Fact, members
from projections.kernel import Key, Projection, by_stream


class ProductAvailability(msgspec.Struct, frozen=True):
    """A product that has none was never in stock."""

    product_id: UUID
    availability: Availability
    position: int
    """Place in inventory's log of what made it so."""


Told: TypeAlias = StockRunsLow | StockRanOut | StockReplenished


def evolve(row: ProductAvailability | None, fact: Fact[Told], key: Key) -> ProductAvailability:
    match fact.event:
        case StockRunsLow():
            word = Availability.LOW_STOCK
        case StockRanOut():
            word = Availability.OUT_OF_STOCK
        case StockReplenished():
            word = Availability.IN_STOCK
        case _:
            assert_never(fact.event)
    return ProductAvailability(fact.stream, word, fact.position)


AVAILABILITY = Projection(
    name="availability",
    version=1,
    context="inventory",
    row=ProductAvailability,
    key=("product_id",),
    events=members(Told),
    keys=by_stream,
    evolve=evolve,
    indexes=("(product_id) WHERE availability <> 'out-of-stock'", "(product_id) WHERE availability = 'low-stock'"),
)
