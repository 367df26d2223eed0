"""What happens to a shelf."""

from typing import TypeAlias
from uuid import UUID

from domain.inventory.values import AdjustmentReason, ReleaseCause
from domain.kernel import Event


class StockReceived(Event, frozen=True, tag="inventory.StockReceived"):
    """New units came in."""

    quantity: int
    turned_away: int = 0
    """What came but would have been more than the highest stock."""
    delivery_id: UUID | None = None
    """The supplier's delivery that brought them."""


class StockReordered(Event, frozen=True, tag="inventory.StockReordered"):
    """A supplier promised more."""

    delivery_id: UUID
    quantity: int


class ReorderClosed(Event, frozen=True, tag="inventory.ReorderClosed"):
    """A promised delivery is waited for no longer: it came, or it was called off."""

    delivery_id: UUID
    quantity: int
    """What was promised."""


class StockAdjusted(Event, frozen=True, tag="inventory.StockAdjusted"):
    """There are more or fewer units than was known, or some were taken away."""

    change: int
    """Below zero for fewer."""
    reason: AdjustmentReason
    comment: str = ""


class ThresholdsSet(Event, frozen=True, tag="inventory.ThresholdsSet"):
    restock: int
    """At so many available units or fewer, stock is low: time to order more."""
    maximum: int | None
    """No more are taken in than this; None for any number."""


class SupplierAssigned(Event, frozen=True, tag="inventory.SupplierAssigned"):
    supplier_id: UUID | None


class CategoryAssigned(Event, frozen=True, tag="inventory.CategoryAssigned"):
    category_id: UUID | None


class StockReserved(Event, frozen=True, tag="inventory.StockReserved"):
    """Units are set aside for an order, for a while."""

    order_id: UUID
    buyer_id: str
    quantity: int


class StockAllocated(Event, frozen=True, tag="inventory.StockAllocated"):
    """The units that were set aside are the order's for good."""

    order_id: UUID
    buyer_id: str
    quantity: int


class StockReleased(Event, frozen=True, tag="inventory.StockReleased"):
    """Units that were set aside are anybody's again."""

    order_id: UUID
    buyer_id: str
    quantity: int
    cause: ReleaseCause
    allocated: bool
    """Whether they were the order's for good."""


class StockShipped(Event, frozen=True, tag="inventory.StockShipped"):
    """Units left with the order that they were allocated to."""

    order_id: UUID
    quantity: int


class StockReturned(Event, frozen=True, tag="inventory.StockReturned"):
    """Units of a shipped order came back and can be sold again."""

    order_id: UUID
    return_id: UUID
    quantity: int


class StockWrittenOff(Event, frozen=True, tag="inventory.StockWrittenOff"):
    """Units of a shipped order came back and cannot be sold again: they never reach the shelf."""

    order_id: UUID
    return_id: UUID
    quantity: int


class StockRunsLow(Event, frozen=True, tag="inventory.StockRunsLow"):
    """So few are available from now on that more should be ordered."""

    available: int
    restock: int


class StockRanOut(Event, frozen=True, tag="inventory.StockRanOut"):
    """None is available from now on."""


class StockReplenished(Event, frozen=True, tag="inventory.StockReplenished"):
    """Enough are available from now on."""

    available: int


ShelfEvent: TypeAlias = (
    StockReceived
    | StockReordered
    | ReorderClosed
    | StockAdjusted
    | ThresholdsSet
    | SupplierAssigned
    | CategoryAssigned
    | StockReserved
    | StockAllocated
    | StockReleased
    | StockShipped
    | StockReturned
    | StockWrittenOff
    | StockRunsLow
    | StockRanOut
    | StockReplenished
)
