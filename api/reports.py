"""What staff want to know about how the shop does."""

from datetime import date, timedelta
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.gate import PageSize, Query
from api.paging import Page, bound_to
from api.problems import Refused
from api.queries import Sent, answer, look
from api.requests import Request
from projections.best_sellers import BestSeller, best_sellers
from projections.cart_metrics import CartMetrics, cart_metrics
from projections.product_sales import DaysSales, product_sales

_MOST_DAYS = 366


class Top(Query, frozen=True):
    limit: PageSize = 10


class Span(Query, frozen=True):
    first: date
    """The first day, UTC."""
    last: date
    """The last day, itself included; at most a year after the first."""

    def check(self) -> None:
        """Raises Refused."""
        if not timedelta(0) <= self.last - self.first < timedelta(_MOST_DAYS):
            problem = "The last day is the first, or at most a year after it."
            raise Refused(422, "invalid-parameter", problem, {"path": "last"})


class Days(Span, frozen=True):
    product_id: UUID | None = None
    limit: PageSize = 100
    cursor: str | None = None


@get("/best-sellers", answers=Page[BestSeller])
async def get_best_sellers(request: Request, asked: NamedDependency[Top]) -> Sent:
    """Get the products that sell best"""
    seen = await look(request, best_sellers, asked.limit)
    return answer(request, Page(seen.value), seen.positions)


@get("/product-sales", answers=Page[DaysSales])
async def get_product_sales(request: Request, asked: NamedDependency[Days]) -> Sent:
    """Get the sales of products by day"""
    asked.check()
    route = bound_to("product sales", "", asked)
    seen = await look(
        request,
        product_sales,
        first=asked.first,
        last=asked.last,
        product_id=asked.product_id,
        after=request.cursors.after(route, asked.cursor, tuple[date, UUID]),
        limit=asked.limit + 1,
    )
    page = request.cursors.page(route, seen.value, asked.limit, lambda sales: (sales.day, sales.product_id))
    return answer(request, page, seen.positions)


@get("/baskets/{basket_id:uuid}", answers=Page[CartMetrics])
async def get_basket_metrics(request: Request, basket_id: FromPath[UUID], asked: NamedDependency[Span]) -> Sent:
    """Get what happened in a basket by day; kept for 90 days"""
    asked.check()
    seen = await look(request, cart_metrics, basket_id, first=asked.first, last=asked.last)
    return answer(request, Page(seen.value), seen.positions)


ROUTER = Router("/v1/reports", route_handlers=[get_best_sellers, get_product_sales, get_basket_metrics])
