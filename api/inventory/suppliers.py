"""Suppliers, their deliveries, and the categories of stock over HTTP."""

from datetime import date
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from api.commands import perform
from api.gate import PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.inventory.shelves import PRODUCT
from api.paging import Page, paged
from api.queries import Sent, answer, known, look
from api.requests import Request
from application.inventory import (
    AddStockCategory,
    AddSupplier,
    CallOffDelivery,
    DeliveryTaken,
    DescribeSupplier,
    PromiseDelivery,
    Received,
    ReceiveDelivery,
    RenameStockCategory,
    StockRef,
    WithdrawStockCategory,
    WithdrawSupplier,
)
from domain.inventory import CATEGORY, DELIVERY, SUPPLIER
from domain.inventory.category import UnknownStockCategory
from domain.inventory.delivery import DeliveryStatus, UnknownDelivery
from domain.inventory.supplier import UnknownSupplier
from projections.stock.categories import StockCategory, category_of
from projections.stock.categories import list_categories as stock_categories
from projections.stock.deliveries import Delivery, delivery_of
from projections.stock.deliveries import list_deliveries as deliveries
from projections.stock.suppliers import ShownSupplier, supplier_of
from projections.stock.suppliers import list_suppliers as suppliers

EXAMPLE_SUPPLIER = UUID("0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a11")


class Deliveries(Query, frozen=True):
    """Those promised for the latest day first."""

    supplier_id: UUID | None = None
    status: DeliveryStatus | None = None
    overdue: bool = False
    """Only those that should have come by now."""
    limit: PageSize = 50
    cursor: str | None = None


class Listing(Query, frozen=True):
    limit: PageSize = 50
    cursor: str | None = None


def _made(ref: StockRef) -> UUID:
    return ref.id


# Suppliers


@post("/suppliers", creates=True, example=AddSupplier(name="Bergwerk GmbH", lead_time_days=7))
async def add_supplier(request: Request, data: JSONBody[AddSupplier]) -> Response[StockRef]:
    """Add a supplier"""
    return await perform(request, request.commands.inventory.add_supplier, data, created=_made)


@patch("/suppliers/{supplier_id:uuid}", example=DescribeSupplier(lead_time_days=9))
async def describe_supplier(
    request: Request, supplier_id: FromPath[UUID], data: JSONBody[DescribeSupplier]
) -> Response[StockRef]:
    """Change a supplier's name or lead time"""
    return await perform(request, request.commands.inventory.describe_supplier, data, supplier_id)


@delete("/suppliers/{supplier_id:uuid}", status_code=200)
async def withdraw_supplier(request: Request, supplier_id: FromPath[UUID]) -> Response[StockRef]:
    """Order from a supplier no longer"""
    return await perform(request, request.commands.inventory.withdraw_supplier, WithdrawSupplier(), supplier_id)


@get("/suppliers", answers=Page[ShownSupplier])
async def list_suppliers(request: Request, asked: NamedDependency[Listing]) -> Sent:
    """List suppliers, and how they keep their word"""
    seen = await paged(request, asked, UUID, lambda each: each.supplier_id, suppliers, today=request.now.date())
    return answer(request, seen)


@get("/suppliers/{supplier_id:uuid}", answers=ShownSupplier)
async def get_supplier(request: Request, supplier_id: FromPath[UUID]) -> Sent:
    """Get a supplier"""
    seen = known(await look(request, supplier_of, supplier_id, today=request.now.date()), UnknownSupplier(supplier_id))
    return answer(request, seen, version=seen.value.version, mixed=True)


@get("/suppliers/{supplier_id:uuid}/history")
async def get_supplier_history(
    request: Request, supplier_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a supplier"""
    return await history(request, asked, SUPPLIER, supplier_id)


# Deliveries


@post(
    "/deliveries",
    creates=True,
    example=PromiseDelivery(supplier_id=EXAMPLE_SUPPLIER, items=(Received(PRODUCT, 50),)),
)
async def promise_delivery(request: Request, data: JSONBody[PromiseDelivery]) -> Response[StockRef]:
    """Record what a supplier promised"""
    return await perform(request, request.commands.inventory.promise_delivery, data, created=_made)


@post("/deliveries/{delivery_id:uuid}/receive", status_code=200, example=ReceiveDelivery((Received(PRODUCT, 48),)))
async def receive_delivery(
    request: Request, delivery_id: FromPath[UUID], data: JSONBody[ReceiveDelivery]
) -> Response[DeliveryTaken]:
    """Take in what came of a delivery"""
    return await perform(request, request.commands.inventory.receive_delivery, data, delivery_id)


@post("/deliveries/{delivery_id:uuid}/call-off", status_code=200)
async def call_off_delivery(request: Request, delivery_id: FromPath[UUID]) -> Response[StockRef]:
    """Wait for a delivery no longer"""
    return await perform(request, request.commands.inventory.call_off_delivery, CallOffDelivery(), delivery_id)


@get("/deliveries", answers=Page[Delivery])
async def list_deliveries(request: Request, asked: NamedDependency[Deliveries]) -> Sent:
    """List what suppliers promised and what came of it"""
    seen = await paged(
        request,
        asked,
        tuple[date, UUID],
        lambda each: (each.promised_for, each.delivery_id),
        deliveries,
        supplier_id=asked.supplier_id,
        status=asked.status,
        overdue_on=request.now.date() if asked.overdue else None,
    )
    return answer(request, seen)


@get("/deliveries/{delivery_id:uuid}", answers=Delivery)
async def get_delivery(request: Request, delivery_id: FromPath[UUID]) -> Sent:
    """Get a delivery"""
    seen = known(await look(request, delivery_of, delivery_id), UnknownDelivery(delivery_id))
    return answer(request, seen, version=seen.value.version)


@get("/deliveries/{delivery_id:uuid}/history")
async def get_delivery_history(
    request: Request, delivery_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a delivery"""
    return await history(request, asked, DELIVERY, delivery_id)


# Categories


@post("/categories", creates=True, example=AddStockCategory(name="Bulky goods"))
async def add_stock_category(request: Request, data: JSONBody[AddStockCategory]) -> Response[StockRef]:
    """Add a category of stock"""
    return await perform(request, request.commands.inventory.add_category, data, created=_made)


@patch("/categories/{stock_category_id:uuid}", example=RenameStockCategory("Oversize"))
async def rename_stock_category(
    request: Request, stock_category_id: FromPath[UUID], data: JSONBody[RenameStockCategory]
) -> Response[StockRef]:
    """Rename a category of stock"""
    return await perform(request, request.commands.inventory.rename_category, data, stock_category_id)


@delete("/categories/{stock_category_id:uuid}", status_code=200)
async def withdraw_stock_category(request: Request, stock_category_id: FromPath[UUID]) -> Response[StockRef]:
    """Withdraw a category of stock"""
    return await perform(
        request, request.commands.inventory.withdraw_category, WithdrawStockCategory(), stock_category_id
    )


@get("/categories", answers=Page[StockCategory])
async def list_stock_categories(request: Request, asked: NamedDependency[Listing]) -> Sent:
    """List categories of stock"""
    seen = await paged(request, asked, UUID, lambda each: each.category_id, stock_categories)
    return answer(request, seen)


@get("/categories/{stock_category_id:uuid}", answers=StockCategory)
async def get_stock_category(request: Request, stock_category_id: FromPath[UUID]) -> Sent:
    """Get a category of stock"""
    seen = known(await look(request, category_of, stock_category_id), UnknownStockCategory(stock_category_id))
    return answer(request, seen, version=seen.value.version)


@get("/categories/{stock_category_id:uuid}/history")
async def get_stock_category_history(
    request: Request, stock_category_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a category of stock"""
    return await history(request, asked, CATEGORY, stock_category_id)


HANDLERS = [
    *(add_supplier, describe_supplier, withdraw_supplier, list_suppliers, get_supplier, get_supplier_history),
    *(promise_delivery, receive_delivery, call_off_delivery),
    *(list_deliveries, get_delivery, get_delivery_history),
    *(add_stock_category, rename_stock_category, withdraw_stock_category),
    *(list_stock_categories, get_stock_category, get_stock_category_history),
]
