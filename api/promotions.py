"""Promotions over HTTP. The shop's administrators make them, its staff see and end them."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta

from api.commands import perform
from api.gate import PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.paging import Page, paged
from api.queries import Sent, answer, known, look
from api.requests import Request
from application.ordering import AmendPromotion, CreatePromotion, EndPromotion, PercentageDiscount, PromotionRef
from application.wire import Price
from domain.ordering import PROMOTION, PromotionNotFound, PromotionStatus, canonical
from projections.promotions import Promotion, list_promotions, one_promotion


class Promotions(Query, frozen=True):
    """By code."""

    code: Annotated[str, Meta(min_length=1, max_length=32, examples=["WELCOME10"])] | None = None
    """In any case."""
    status: PromotionStatus | None = None
    limit: PageSize = 20
    cursor: str | None = None


def _made(ref: PromotionRef) -> UUID:
    return ref.promotion_id


@post(
    "/",
    creates=True,
    example=CreatePromotion(code="WELCOME10", discount=PercentageDiscount("10"), minimum=Price("40.00", "USD")),
)
async def create_promotion(request: Request, data: JSONBody[CreatePromotion]) -> Response[PromotionRef]:
    """Create a promotion"""
    return await perform(request, request.commands.ordering.create_promotion, data, created=_made)


@patch("/{promotion_id:uuid}", example=AmendPromotion(description="For first orders", limit=2000))
async def amend_promotion(
    request: Request, promotion_id: FromPath[UUID], data: JSONBody[AmendPromotion]
) -> Response[PromotionRef]:
    """Change when, how often and under which description a promotion can be redeemed"""
    return await perform(request, request.commands.ordering.amend_promotion, data, promotion_id)


@post("/{promotion_id:uuid}/end", status_code=200)
async def end_promotion(request: Request, promotion_id: FromPath[UUID]) -> Response[PromotionRef]:
    """End a promotion for good: orders that have redeemed it keep what it takes off"""
    return await perform(request, request.commands.ordering.end_promotion, EndPromotion(), promotion_id)


@get("/", answers=Page[Promotion])
async def get_promotions(request: Request, asked: NamedDependency[Promotions]) -> Sent:
    """List promotions"""
    seen = await paged(
        request,
        asked,
        str,
        lambda promotion: promotion.code,
        list_promotions,
        code=asked.code and canonical(asked.code),
        status=asked.status,
    )
    return answer(request, seen)


@get("/{promotion_id:uuid}", answers=Promotion)
async def get_promotion(request: Request, promotion_id: FromPath[UUID]) -> Sent:
    """Get a promotion, and how often it was redeemed"""
    seen = known(await look(request, one_promotion, promotion_id), PromotionNotFound(promotion_id))
    return answer(request, seen, version=seen.value.version, mixed=True)


@get("/{promotion_id:uuid}/history")
async def get_promotion_history(
    request: Request, promotion_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a promotion"""
    return await history(request, asked, PROMOTION, promotion_id)


ROUTER = Router(
    "/v1/promotions",
    route_handlers=[
        *(create_promotion, amend_promotion, end_promotion),
        *(get_promotions, get_promotion, get_promotion_history),
    ],
)
