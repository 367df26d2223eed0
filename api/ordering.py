"""Orders over HTTP. Somebody else's order answers exactly like one that does not exist."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta

from api.commands import perform
from api.gate import Buyer, Moment, PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.paging import Page, paged, whole
from api.queries import Sent, answer, known, look
from api.requests import Request
from application.ordering import (
    AddNote,
    CancelOrder,
    ChangeAddress,
    DeliverOrder,
    DraftAddress,
    DraftOrder,
    EditReceipt,
    NoteReceipt,
    OrderLine,
    OrderReceipt,
    PlaceOrder,
    SetLine,
    ShipOrder,
    ShippingAddress,
    order_of,
)
from domain.kernel import Event
from domain.ordering import (
    ORDER,
    DisputeDecided,
    DisputeHeard,
    Draft,
    NoteAdded,
    NoteKind,
    OrderNotFound,
    Status,
    number,
)
from projections import order_summary
from projections.item_page import ITEM_PAGE
from projections.kernel import Seen
from projections.order_detail import OrderDetail, order_detail
from projections.order_history import StatusChange, order_history
from projections.order_money import PaymentProgress
from projections.order_summary import OrderCard

PRODUCT = UUID("0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10")
ADDRESS = ShippingAddress("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB")


class Orders(Query, frozen=True):
    """Newest first."""

    number: Annotated[str, Meta(max_length=40, examples=["9EQ-YX4-TAF"])] | None = None
    """As a person types it: in any case, with or without dashes and spaces."""
    status: tuple[Status, ...] = ()
    payment_status: tuple[PaymentProgress, ...] = ()
    product_id: UUID | None = None
    disputed: bool = False
    """Only those whose money a bank keeps, or has given back to the buyer."""
    placed_from: Moment | None = None
    placed_before: Moment | None = None
    buyer: Buyer | None = None
    """Whose orders; for staff."""
    limit: PageSize = 20
    cursor: str | None = None


def order_made(receipt: OrderReceipt) -> UUID:
    return receipt.order_id


@post("/", creates=True, example=PlaceOrder((OrderLine(PRODUCT, 2),), ADDRESS))
async def place_order(request: Request, data: JSONBody[PlaceOrder]) -> Response[OrderReceipt]:
    """Place an order"""
    return await perform(request, request.commands.ordering.place_order, data, created=order_made)


@post("/draft", status_code=200, answers=Draft, example=DraftOrder((OrderLine(PRODUCT, 2),), DraftAddress("GB")))
async def draft_order(request: Request, data: JSONBody[DraftOrder]) -> Sent:
    """Compute what an order would cost, without placing it"""
    draft, position = await request.shop.draft_order(data, request.call())
    return answer(request, Seen(draft, {ITEM_PAGE.context: position}))


@put("/{order_id:uuid}/lines/{product_id:uuid}", example=SetLine(3))
async def set_order_line(
    request: Request, order_id: FromPath[UUID], product_id: FromPath[UUID], data: JSONBody[SetLine]
) -> Response[EditReceipt]:
    """Change how much of a product is ordered; once an order is paid, that may take a moment"""
    return await perform(request, request.commands.ordering.set_line, data, order_id, product_id)


@delete("/{order_id:uuid}/lines/{product_id:uuid}", status_code=200)
async def remove_order_line(
    request: Request, order_id: FromPath[UUID], product_id: FromPath[UUID]
) -> Response[EditReceipt]:
    """Take a product out of an order that is not shipped"""
    return await perform(request, request.commands.ordering.set_line, SetLine(0), order_id, product_id)


@put("/{order_id:uuid}/address", example=ChangeAddress(ADDRESS))
async def change_order_address(
    request: Request, order_id: FromPath[UUID], data: JSONBody[ChangeAddress]
) -> Response[EditReceipt]:
    """Change where an order that is not shipped is sent; taxes and shipping may change with it"""
    return await perform(request, request.commands.ordering.change_address, data, order_id)


@post("/{order_id:uuid}/cancel", status_code=200, example=CancelOrder("Changed my mind"))
async def cancel_order(
    request: Request, order_id: FromPath[UUID], data: JSONBody[CancelOrder]
) -> Response[OrderReceipt]:
    """Cancel an order that is not shipped; what was paid is paid back"""
    return await perform(request, request.commands.ordering.cancel_order, data, order_id)


@post("/{order_id:uuid}/ship", status_code=200, example=ShipOrder("DHL", "JD014600003828"))
async def ship_order(request: Request, order_id: FromPath[UUID], data: JSONBody[ShipOrder]) -> Response[OrderReceipt]:
    """Record that a paid order was handed to a carrier"""
    return await perform(request, request.commands.ordering.ship_order, data, order_id)


@post("/{order_id:uuid}/deliver", status_code=200)
async def deliver_order(request: Request, order_id: FromPath[UUID]) -> Response[OrderReceipt]:
    """Record that the parcel of an order reached its buyer"""
    return await perform(request, request.commands.ordering.deliver_order, DeliverOrder(), order_id)


@post("/{order_id:uuid}/notes", status_code=200, example=AddNote("Please ring twice"))
async def add_order_note(request: Request, order_id: FromPath[UUID], data: JSONBody[AddNote]) -> Response[NoteReceipt]:
    """Add a note to an order"""
    return await perform(request, request.commands.ordering.add_note, data, order_id)


@get("/", answers=Page[OrderCard])
async def list_orders(request: Request, asked: NamedDependency[Orders]) -> Sent:
    """List the caller's orders; staff see everybody's"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        lambda order: (order.placed_at, order.order_id),
        order_summary.list_orders,
        buyer_id=request.whose(asked.buyer, "orders"),
        number=asked.number and number.parse(asked.number),
        statuses=asked.status,
        payment_statuses=asked.payment_status,
        product_id=asked.product_id,
        disputed=asked.disputed,
        placed_from=asked.placed_from,
        placed_before=asked.placed_before,
    )
    return answer(request, seen)


@get("/{order_id:uuid}", answers=OrderDetail)
async def get_order(request: Request, order_id: FromPath[UUID]) -> Sent:
    """Get an order"""
    seen = known(await look(request, order_detail, order_id, buyer_id=request.sees), OrderNotFound(order_id))
    return answer(request, seen, version=seen.value.version, mixed=True)


@get("/{order_id:uuid}/statuses", answers=Page[StatusChange])
async def get_order_statuses(request: Request, order_id: FromPath[UUID]) -> Sent:
    """Get every status that an order had, and since when"""
    seen = known(await look(request, order_history, order_id, buyer_id=request.sees), OrderNotFound(order_id))
    return answer(request, whole(seen))


@get("/{order_id:uuid}/history")
async def get_order_history(
    request: Request, order_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to an order"""
    await order_of(request.call(), order_id, store=request.shop.store)
    return await history(request, asked, ORDER, order_id, lambda event: request.is_staff or _is_open(event))


def _is_open(event: Event) -> bool:
    """Whether the buyer is shown it; internal notes and disputes are for the shop alone."""
    return not (
        isinstance(event, DisputeHeard | DisputeDecided)
        or (isinstance(event, NoteAdded) and event.kind is NoteKind.INTERNAL)
    )


ROUTER = Router(
    "/v1/orders",
    route_handlers=[
        *(place_order, draft_order, cancel_order, ship_order, deliver_order, add_order_note),
        *(set_order_line, remove_order_line, change_order_address),
        *(list_orders, get_order, get_order_statuses, get_order_history),
    ],
)
