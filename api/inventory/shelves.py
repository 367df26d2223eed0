"""What staff do with the stock over HTTP, and see of it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta

from api.commands import perform
from api.gate import Moment, PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.paging import Page, paged
from api.problems import Refused
from api.queries import Sent, answer, known, look
from api.requests import Request
from application.inventory import (
    AdjustStock,
    AssignCategory,
    AssignSupplier,
    Received,
    ReceiveStock,
    RemoveStock,
    SetThresholds,
    StockCount,
    StockReceipt,
    StockRemoved,
)
from domain.inventory import SHELF, AdjustmentReason, Availability, ShelfNotFound
from projections.stock.alerts import ShownAlert
from projections.stock.alerts import list_alerts as alerts
from projections.stock.level import ShownLevel, list_levels, stock_level
from projections.stock.movements import Movement, MovementKind
from projections.stock.movements import list_movements as movements
from projections.stock.turnover import ShownTurnover, turnover

PRODUCT = UUID("0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10")


Month = Annotated[str, Meta(pattern="^[2-8][0-9]{3}-(0[1-9]|1[0-2])$", max_length=7, examples=["2026-03"])]


class Levels(Query, frozen=True):
    availability: tuple[Availability, ...] = ()
    category_id: UUID | None = None
    supplier_id: UUID | None = None
    limit: PageSize = 20
    cursor: str | None = None


class Movements(Query, frozen=True):
    """Newest first."""

    product_id: UUID | None = None
    order_id: UUID | None = None
    kind: tuple[MovementKind, ...] = ()
    moved_from: Moment | None = None
    moved_before: Moment | None = None
    limit: PageSize = 50
    cursor: str | None = None


class Alerts(Query, frozen=True):
    """The latest first."""

    availability: Availability | None = None
    limit: PageSize = 50
    cursor: str | None = None


class Turnover(Query, frozen=True):
    """Over all the time since a product was first counted, or over some months of it."""

    product_id: UUID | None = None
    first: Month | None = None
    """The first month, UTC."""
    last: Month | None = None
    """The last month, itself included."""
    limit: PageSize = 50
    cursor: str | None = None

    def check(self) -> None:
        """Raises Refused."""
        if self.first and self.last and self.last < self.first:
            problem = "The last month is the first, or one after it."
            raise Refused(422, "invalid-parameter", problem, {"path": "last"})


# Commands


@post("/receipts", status_code=200, example=ReceiveStock((Received(PRODUCT, 100),)))
async def receive_stock(request: Request, data: JSONBody[ReceiveStock]) -> Response[StockReceipt]:
    """Take in new units of one product or of many"""
    return await perform(request, request.commands.inventory.receive_stock, data)


@post(
    "/items/{product_id:uuid}/adjustments",
    status_code=200,
    example=AdjustStock(-2, AdjustmentReason.DAMAGED, "Fell from the shelf"),
)
async def adjust_stock(
    request: Request, product_id: FromPath[UUID], data: JSONBody[AdjustStock]
) -> Response[StockCount]:
    """Record that there are more or fewer units than was known"""
    return await perform(request, request.commands.inventory.adjust_stock, data, product_id)


@post("/items/{product_id:uuid}/removals", status_code=200, example=RemoveStock(3))
async def remove_stock(
    request: Request, product_id: FromPath[UUID], data: JSONBody[RemoveStock]
) -> Response[StockRemoved]:
    """Take units away, as many as are available at most"""
    return await perform(request, request.commands.inventory.remove_stock, data, product_id)


@put("/items/{product_id:uuid}/thresholds", example=SetThresholds(10, None))
async def set_stock_thresholds(
    request: Request, product_id: FromPath[UUID], data: JSONBody[SetThresholds]
) -> Response[StockCount]:
    """Set when stock is low and how much there is room for"""
    return await perform(request, request.commands.inventory.set_thresholds, data, product_id)


@put("/items/{product_id:uuid}/supplier", example=AssignSupplier(None))
async def assign_supplier(
    request: Request, product_id: FromPath[UUID], data: JSONBody[AssignSupplier]
) -> Response[StockCount]:
    """Say who delivers a product"""
    return await perform(request, request.commands.inventory.assign_supplier, data, product_id)


@put("/items/{product_id:uuid}/category", example=AssignCategory(None))
async def assign_stock_category(
    request: Request, product_id: FromPath[UUID], data: JSONBody[AssignCategory]
) -> Response[StockCount]:
    """Say in which category of stock a product stands"""
    return await perform(request, request.commands.inventory.assign_category, data, product_id)


# Queries


@get("/items", answers=Page[ShownLevel])
async def list_stock(request: Request, asked: NamedDependency[Levels]) -> Sent:
    """List how much there is of each product"""
    seen = await paged(
        request,
        asked,
        UUID,
        lambda level: level.product_id,
        list_levels,
        availability=asked.availability,
        category_id=asked.category_id,
        supplier_id=asked.supplier_id,
    )
    return answer(request, seen)


@get("/items/{product_id:uuid}", answers=ShownLevel)
async def get_stock(request: Request, product_id: FromPath[UUID]) -> Sent:
    """Get how much there is of a product"""
    seen = known(await look(request, stock_level, product_id), ShelfNotFound(product_id))
    return answer(request, seen, version=seen.value.version, mixed=True)


@get("/items/{product_id:uuid}/history")
async def get_stock_history(
    request: Request, product_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to the stock of a product"""
    return await history(request, asked, SHELF, product_id)


@get("/movements", answers=Page[Movement])
async def list_movements(request: Request, asked: NamedDependency[Movements]) -> Sent:
    """List what came, went, and was set aside"""
    seen = await paged(
        request,
        asked,
        int,
        lambda movement: movement.position,
        movements,
        product_id=asked.product_id,
        order_id=asked.order_id,
        kinds=asked.kind,
        moved_from=asked.moved_from,
        moved_before=asked.moved_before,
    )
    return answer(request, seen)


@get("/alerts", answers=Page[ShownAlert])
async def list_alerts(request: Request, asked: NamedDependency[Alerts]) -> Sent:
    """List products of which there is little or nothing"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        lambda alert: (alert.raised_at, alert.product_id),
        alerts,
        availability=asked.availability,
    )
    return answer(request, seen)


@get("/turnover", answers=Page[ShownTurnover])
async def get_turnover(request: Request, asked: NamedDependency[Turnover]) -> Sent:
    """Get how fast products sell, and how long there was none of them"""
    asked.check()
    seen = await paged(
        request,
        asked,
        UUID,
        lambda row: row.product_id,
        turnover,
        now=request.now,
        first=_day(asked.first),
        last=_day(asked.last),
        product_id=asked.product_id,
    )
    return answer(request, seen)


def _day(month: str | None) -> date | None:
    """The first day of the month."""
    return date.fromisoformat(f"{month}-01") if month else None


HANDLERS = [
    *(receive_stock, adjust_stock, remove_stock, set_stock_thresholds, assign_supplier, assign_stock_category),
    *(list_stock, get_stock, get_stock_history, list_movements, list_alerts, get_turnover),
]
