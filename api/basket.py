"""The basket over HTTP: a customer's own, or that of somebody unknown who holds its token."""

from typing import TypeVar
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from api.commands import UseCase, perform
from api.history import Entry, HistoryQuery, history
from api.ordering import ADDRESS, PRODUCT, order_made
from api.paging import Page
from api.queries import Sent, answer, look
from api.requests import Request
from application.basket import AddItem, BasketSummary, ClearBasket, MergeBasket, Merged, RemoveItem, SetQuantity
from application.checkout import CheckOut
from application.ordering import OrderReceipt
from domain.basket import BASKET, basket_id
from projections.basket import BasketView, basket_view
from projections.kernel import Seen

R = TypeVar("R")


async def _change(request: Request, use_case: UseCase[R], command: object, *about: object) -> Response[R]:
    """Performs a command on the caller's basket. Somebody unknown is given a token, fresh with each change."""
    owner, context = request.owner, request.context
    response = await perform(request, use_case, command, owner, *about, stream=basket_id(owner))
    if context.caller is None and context.basket is not None and not context.dry_run:
        token = request.shop.tokens.mint_basket(context.basket, now=request.now)
        response.headers["Storeline-Basket"] = token
    return response


@get("/", answers=BasketView)
async def get_basket(request: Request) -> Sent:
    """Get the basket, and which of its prices changed"""
    id = basket_id(request.owner)
    seen = await look(request, basket_view, id)
    view = seen.value or BasketView(
        basket_id=id, lines=(), subtotal=None, current_subtotal=None, updated_at=request.now, version=0
    )
    return answer(request, Seen(view, seen.positions), version=view.version, mixed=True)


@post("/items", status_code=200, example=AddItem(PRODUCT, 2))
async def add_basket_item(request: Request, data: JSONBody[AddItem]) -> Response[BasketSummary]:
    """Add to what the basket holds of a product"""
    return await _change(request, request.commands.basket.add_item, data)


@put("/items/{product_id:uuid}", example=SetQuantity(3))
async def set_basket_item(
    request: Request, product_id: FromPath[UUID], data: JSONBody[SetQuantity]
) -> Response[BasketSummary]:
    """Set the quantity of a product in the basket"""
    return await _change(request, request.commands.basket.set_quantity, data, product_id)


@delete("/items/{product_id:uuid}", status_code=200)
async def remove_basket_item(request: Request, product_id: FromPath[UUID]) -> Response[BasketSummary]:
    """Take a product out of the basket"""
    return await _change(request, request.commands.basket.remove_item, RemoveItem(), product_id)


@delete("/", status_code=200)
async def clear_basket(request: Request) -> Response[BasketSummary]:
    """Empty the basket"""
    return await _change(request, request.commands.basket.clear, ClearBasket())


@post("/merge", status_code=200, example=MergeBasket())
async def merge_basket(request: Request, data: JSONBody[MergeBasket]) -> Response[Merged]:
    """Take over an anonymous basket, named by its token, as at signing in"""
    return await _change(request, request.commands.basket.merge, data, f"anonymous:{request.context.basket}")


@post("/checkout", creates=True, example=CheckOut(ADDRESS))
async def check_out(request: Request, data: JSONBody[CheckOut]) -> Response[OrderReceipt]:
    """Order what is in the basket

    One version of a basket becomes one order, however often this is sent. If-Match names the version that is meant.
    """
    use_case = request.commands.basket.check_out
    return await perform(request, use_case, data, request.owner, created=order_made, under="/v1/orders")


@get("/history")
async def get_basket_history(request: Request, asked: NamedDependency[HistoryQuery]) -> Response[Page[Entry]]:
    """Get what happened to the basket"""
    return await history(request, asked, BASKET, basket_id(request.owner))


ROUTER = Router(
    "/v1/basket",
    route_handlers=[
        *(get_basket, add_basket_item, set_basket_item, remove_basket_item, clear_basket),
        *(merge_basket, check_out, get_basket_history),
    ],
)
