"""Returns over HTTP. Somebody else's return answers exactly like one that does not exist."""

from datetime import datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from api.commands import perform
from api.gate import Buyer, PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.ordering import PRODUCT
from api.paging import Page, paged
from api.queries import Sent, answer, known, look
from api.requests import Request
from application.ordering import (
    ReceiveReturn,
    RejectReturn,
    RequestReturn,
    ReturnedGoods,
    ReturnLine,
    ReturnReceipt,
    return_of,
)
from domain.ordering import RETURN, ReturnNotFound, ReturnReason, ReturnStatus
from projections.returns import ReturnRow, list_returns, return_detail

ORDER = UUID("0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a20")


class Returns(Query, frozen=True):
    """Newest first."""

    order_id: UUID | None = None
    status: tuple[ReturnStatus, ...] = ()
    buyer: Buyer | None = None
    """Whose returns; for staff."""
    limit: PageSize = 20
    cursor: str | None = None


def return_made(receipt: ReturnReceipt) -> UUID:
    return receipt.return_id


@post(
    "/",
    creates=True,
    example=RequestReturn(ORDER, (ReturnLine(PRODUCT, 1, ReturnReason.DAMAGED),), "The zip is broken"),
)
async def request_return(request: Request, data: JSONBody[RequestReturn]) -> Response[ReturnReceipt]:
    """Ask to send back what was shipped"""
    return await perform(request, request.commands.ordering.request_return, data, created=return_made)


@post("/{return_id:uuid}/receive", status_code=200, example=ReceiveReturn((ReturnedGoods(PRODUCT, restocked=1),)))
async def receive_return(
    request: Request, return_id: FromPath[UUID], data: JSONBody[ReceiveReturn]
) -> Response[ReturnReceipt]:
    """Record what came back; it is paid back"""
    return await perform(request, request.commands.ordering.receive_return, data, return_id)


@post("/{return_id:uuid}/reject", status_code=200, example=RejectReturn("It was used"))
async def reject_return(
    request: Request, return_id: FromPath[UUID], data: JSONBody[RejectReturn]
) -> Response[ReturnReceipt]:
    """Reject a return"""
    return await perform(request, request.commands.ordering.reject_return, data, return_id)


@get("/", answers=Page[ReturnRow])
async def get_returns(request: Request, asked: NamedDependency[Returns]) -> Sent:
    """List the caller's returns; staff see everybody's"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        lambda each: (each.requested_at, each.return_id),
        list_returns,
        buyer_id=request.whose(asked.buyer, "returns"),
        order_id=asked.order_id,
        statuses=asked.status,
    )
    return answer(request, seen)


@get("/{return_id:uuid}", answers=ReturnRow)
async def get_return(request: Request, return_id: FromPath[UUID]) -> Sent:
    """Get a return"""
    seen = known(await look(request, return_detail, return_id, buyer_id=request.sees), ReturnNotFound(return_id))
    return answer(request, seen, version=seen.value.version)


@get("/{return_id:uuid}/history")
async def get_return_history(
    request: Request, return_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a return"""
    await return_of(request.call(), return_id, store=request.shop.store)
    return await history(request, asked, RETURN, return_id)


ROUTER = Router(
    "/v1/returns",
    route_handlers=[
        *(request_return, receive_return, reject_return),
        *(get_returns, get_return, get_return_history),
    ],
)
