"""What staff want to know about how the shop does."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.response import Response

from api.gate import PageSize, Query
from api.problems import Refused
from api.queries import answer, look
from api.requests import Request
from projections.best_sellers import BestSeller, best_sellers
from projections.product_sales import ProductSales, product_sales

_MOST_DAYS = 366


class Top(Query, frozen=True):
    limit: PageSize = 10


class Days(Query, frozen=True):
    first: date
    """The first day, UTC."""
    last: date
    """The last day, itself included; at most a year after the first."""
    product_id: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1000


@get("/best-sellers")
async def get_best_sellers(request: Request, asked: NamedDependency[Top]) -> Response[list[BestSeller]]:
    """Get the products that sell best"""
    seen = await look(request, best_sellers, asked.limit)
    return answer(request, seen.value, seen.positions)


@get("/product-sales")
async def get_product_sales(request: Request, asked: NamedDependency[Days]) -> Response[list[ProductSales]]:
    """Get the sales of products by day"""
    if not timedelta(0) <= asked.last - asked.first < timedelta(_MOST_DAYS):
        raise Refused(422, "invalid-parameter", "The last day is at most a year after the first.", {"path": "last"})
    seen = await look(
        request,
        product_sales,
        first=asked.first,
        last=asked.last,
        product_id=asked.product_id,
        limit=asked.limit,
    )
    return answer(request, seen.value, seen.positions)


ROUTER = Router("/v1/reports", route_handlers=[get_best_sellers, get_product_sales])
