"""What a buyer can pay with, over HTTP. Everybody has one wallet, their own; a token that was stored is never shown."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from api.commands import perform
from api.paging import Page
from api.queries import Sent, answer, look
from api.requests import Request
from application.payment import ChooseDefaultMethod, MethodReceipt, RemoveMethod, StoreMethod
from domain.payment import wallet_stream
from projections.kernel import Seen
from projections.payment_methods import PaymentMethod, wallet


@get("/", answers=Page[PaymentMethod])
async def list_payment_methods(request: Request) -> Sent:
    """List what the caller can pay with"""
    seen = await look(request, wallet, request.subject, request.now)
    page = Page(seen.value.methods)
    return answer(request, Seen(page, seen.positions), version=seen.value.version, mixed=True)


@post("/", status_code=200, example=StoreMethod("sandbox-ok", "Visa", "4242", "2031-08"))
async def store_payment_method(request: Request, data: JSONBody[StoreMethod]) -> Response[MethodReceipt]:
    """Store a payment method by the token that the gateway made of it"""
    wallet_id = wallet_stream(request.subject)
    return await perform(request, request.commands.payment.store_method, data, stream=wallet_id)


@delete("/{method_id:uuid}", status_code=200)
async def remove_payment_method(request: Request, method_id: FromPath[UUID]) -> Response[MethodReceipt]:
    """Remove a payment method"""
    wallet_id = wallet_stream(request.subject)
    return await perform(request, request.commands.payment.remove_method, RemoveMethod(), method_id, stream=wallet_id)


@put("/{method_id:uuid}/default", status_code=200)
async def choose_default_payment_method(request: Request, method_id: FromPath[UUID]) -> Response[MethodReceipt]:
    """Choose the payment method that is taken where an order names none"""
    use_case, wallet_id = request.commands.payment.choose_default_method, wallet_stream(request.subject)
    return await perform(request, use_case, ChooseDefaultMethod(), method_id, stream=wallet_id)


ROUTER = Router(
    "/v1/payment-methods",
    route_handlers=[
        list_payment_methods,
        store_payment_method,
        remove_payment_method,
        choose_default_payment_method,
    ],
)
