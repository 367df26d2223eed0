"""What orders hold of the stock, over HTTP."""

from datetime import datetime
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from api.gate import Buyer, Moment, PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.paging import Page, paged
from api.queries import Sent, answer, known, look
from api.requests import Request
from domain.inventory import RESERVATION, ReservationNotFound, reservation_stream
from projections.stock.reservations import Holding, ShownReservation, expiring, reservation_of
from projections.stock.reservations import list_reservations as reservations


class Reservations(Query, frozen=True):
    """What changed last comes first; of those that expire, the next one."""

    status: Holding | None = None
    buyer: Buyer | None = None
    expires_before: Moment | None = None
    """Only what is set aside for a while and will be let go before that moment."""
    limit: PageSize = 50
    cursor: str | None = None


@get("/reservations", answers=Page[ShownReservation])
async def list_reservations(request: Request, asked: NamedDependency[Reservations]) -> Sent:
    """List what orders hold of the stock, or what of it is about to expire"""
    lifetime = request.shop.reservation_lifetime
    if asked.expires_before is not None:
        seen = await paged(
            request,
            asked,
            tuple[datetime, UUID],
            lambda each: (each.reserved_at, each.order_id),
            expiring,
            before=asked.expires_before,
            lifetime=lifetime,
            status=asked.status,
            buyer_id=asked.buyer,
        )
    else:
        seen = await paged(
            request,
            asked,
            tuple[datetime, UUID],
            lambda each: (each.updated_at, each.order_id),
            reservations,
            lifetime=lifetime,
            status=asked.status,
            buyer_id=asked.buyer,
        )
    return answer(request, seen)


@get("/reservations/{order_id:uuid}", answers=ShownReservation)
async def get_reservation(request: Request, order_id: FromPath[UUID]) -> Sent:
    """Get what an order holds of the stock"""
    seen = known(
        await look(request, reservation_of, order_id, lifetime=request.shop.reservation_lifetime),
        ReservationNotFound(order_id),
    )
    return answer(request, seen, version=seen.value.version)


@get("/reservations/{order_id:uuid}/history")
async def get_reservation_history(
    request: Request, order_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to an order's reservation"""
    try:
        return await history(request, asked, RESERVATION, reservation_stream(order_id))
    except ReservationNotFound:
        raise ReservationNotFound(order_id) from None  # named by the order, as it was asked for


HANDLERS = [list_reservations, get_reservation, get_reservation_history]
