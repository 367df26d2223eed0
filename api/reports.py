"""What staff want to know about how the shop does."""

from datetime import date, timedelta
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.gate import PageSize, Query
from api.paging import Page, paged, whole
from api.problems import Refused
from api.queries import Sent, answer, look
from api.requests import Request
from projections.best_sellers import BestSeller, best_sellers
from projections.cart_metrics import CartMetrics, cart_metrics
from projections.conversion import Conversion, conversion
from projections.money_moved import DaysRevenue, RefundRate, refund_rate, revenue
from projections.payment_steps import DaysPayments, Failures, payment_failures, payments_by_day
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
    limit: PageSize = 100
    cursor: str | None = None


class ProductDays(Days, frozen=True):
    product_id: UUID | None = None


class TopOfSpan(Span, frozen=True):
    limit: PageSize = 20


@get("/best-sellers", answers=Page[BestSeller])
async def get_best_sellers(request: Request, asked: NamedDependency[Top]) -> Sent:
    """Get the products that sell best"""
    seen = await look(request, best_sellers, asked.limit)
    return answer(request, whole(seen))


@get("/product-sales", answers=Page[DaysSales])
async def get_product_sales(request: Request, asked: NamedDependency[ProductDays]) -> Sent:
    """Get the sales of products by day"""
    asked.check()
    seen = await paged(
        request,
        asked,
        tuple[date, UUID],
        lambda sales: (sales.day, sales.product_id),
        product_sales,
        first=asked.first,
        last=asked.last,
        product_id=asked.product_id,
    )
    return answer(request, seen)


@get("/baskets/{basket_id:uuid}", answers=Page[CartMetrics])
async def get_basket_metrics(request: Request, basket_id: FromPath[UUID], asked: NamedDependency[Span]) -> Sent:
    """Get what happened in a basket by day; kept for 90 days"""
    asked.check()
    seen = await look(request, cart_metrics, basket_id, first=asked.first, last=asked.last)
    return answer(request, whole(seen))


@get("/conversion", answers=Conversion)
async def get_conversion(request: Request, asked: NamedDependency[Span]) -> Sent:
    """Get how many baskets became orders, in all and by day"""
    asked.check()
    seen = await look(request, conversion, first=asked.first, last=asked.last)
    return answer(request, seen)


@get("/revenue", answers=Page[DaysRevenue])
async def get_revenue(request: Request, asked: NamedDependency[Days]) -> Sent:
    """Get the money that came and went by day"""
    asked.check()
    seen = await paged(
        request,
        asked,
        tuple[date, str],
        lambda each: (each.day, each.captured.currency),
        revenue,
        first=asked.first,
        last=asked.last,
    )
    return answer(request, seen)


@get("/refund-rate", answers=Page[RefundRate])
async def get_refund_rate(request: Request, asked: NamedDependency[Span]) -> Sent:
    """Get how much of what was taken was paid back, and why, in each currency"""
    asked.check()
    seen = await look(request, refund_rate, first=asked.first, last=asked.last)
    return answer(request, whole(seen))


@get("/payments", answers=Page[DaysPayments])
async def get_payments_by_day(request: Request, asked: NamedDependency[Days]) -> Sent:
    """Get how the steps of payments went by day"""
    asked.check()
    seen = await paged(request, asked, date, lambda each: each.day, payments_by_day, first=asked.first, last=asked.last)
    return answer(request, seen)


@get("/payment-failures", answers=Page[Failures])
async def get_payment_failures(request: Request, asked: NamedDependency[TopOfSpan]) -> Sent:
    """Get why steps of payments failed or were left without an answer, the most frequent first"""
    asked.check()
    seen = await look(request, payment_failures, first=asked.first, last=asked.last, limit=asked.limit)
    return answer(request, whole(seen))


ROUTER = Router(
    "/v1/reports",
    route_handlers=[
        *(get_best_sellers, get_product_sales, get_basket_metrics, get_conversion),
        *(get_revenue, get_refund_rate, get_payments_by_day, get_payment_failures),
    ],
)
