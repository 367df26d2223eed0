"""Check-out: where the basket's use cases and ordering's meet. One version of a basket is one order.

The order is placed under an id that comes from the basket and its version; then the basket records it. Should the
process die between the two, a reactor records it (`application.reactors`).
"""

from uuid import UUID, uuid5

import structlog
from msgspec import Struct
from msgspec.structs import replace

from application.basket import BasketSummary, RecordCheckOut, basket_of, record_check_out
from application.commands import command
from application.ordering import (
    Codes,
    OrderLine,
    OrderReceipt,
    PlaceOrder,
    ShippingAddress,
    Till,
    buyer_of,
    find,
    place,
)
from application.store import Call, EventStore, Saved, StoreUnavailable, VersionConflict, check_expected
from application.wire import Price
from domain.basket import BasketEmpty, Portion
from domain.kernel import Forbidden
from domain.ordering import ORDER, BasketRef, CheckOutUnfinished, OrderPlaced, check_recorded

log = structlog.get_logger()


class CheckOut(Struct, frozen=True, forbid_unknown_fields=True):
    """Orders what is in the caller's basket, at the catalogue's prices of now."""

    address: ShippingAddress
    expected_total: Price | None = None
    """What the buyer agreed to pay. Any other total is refused, and the refusal names it."""
    promotions: Codes = ()
    """All of them or no order."""
    payment_method_id: UUID | None = None
    """One of the buyer's; their default where none is named."""


class SignInFirst(Forbidden):
    code = "sign-in-first"

    def __init__(self) -> None:
        super().__init__("An order needs a buyer: sign in, merge this basket into your own, and check that out.")


async def check_out(cmd: CheckOut, call: Call, owner: str, *, store: EventStore, till: Till) -> Saved[OrderReceipt]:
    """Orders the caller's own basket, at version `call.expected` where given.

    A version that was ordered before answers with that order. Once the order is placed it is the answer, even where
    the basket could not record it at once; a reactor then does so later.
    """
    if owner != f"buyer:{call.actor}":
        raise SignInFirst
    meant, call = call.expected, replace(call, expected=None)
    try:
        placed = await _order_basket(cmd, call, owner, meant, store=store, till=till)
    except CheckOutUnfinished as unfinished:
        # An earlier order from this basket stands, and the basket still shows what was ordered.
        await _record(unfinished.order_id, None, call, store)
        placed = await _order_basket(cmd, call, owner, meant, store=store, till=till)
    event = next((event for event in placed.events if isinstance(event, OrderPlaced)), None)
    try:
        recorded = await _record(placed.result.order_id, event, call, store)
    except (StoreUnavailable, VersionConflict) as error:
        log.warning("basket left to the reactor", order=placed.result.number, error=str(error))
        return placed
    return replace(
        placed,
        versions=placed.versions | recorded.versions,
        positions=placed.positions | recorded.positions,
        events=placed.events + recorded.events,
    )


@command("ordering")
async def _order_basket(
    cmd: CheckOut, call: Call, owner: str, meant: int | None, *, store: EventStore, till: Till
) -> Saved[OrderReceipt]:
    basket = await basket_of(owner, store=store)
    version = basket.version if meant is None else meant
    found = await find(uuid5(basket.id, str(version)), store=store)
    if found.order.state.status is None:
        check_expected(meant, basket.version)
        if not basket.state.lines:
            buyer = await buyer_of(call.actor, store=store)
            check_recorded(buyer.state, basket.id, basket.state.ordered_version)
            raise BasketEmpty(basket.state.last_order)
    lines = tuple(OrderLine(line.product_id, line.quantity) for line in basket.state.lines.values())
    return await place(
        PlaceOrder(lines, cmd.address, cmd.expected_total, cmd.promotions, cmd.payment_method_id),
        call,
        found,
        store=store,
        till=till,
        basket=BasketRef(basket.id, version),
        ordered_version=basket.state.ordered_version,
    )


async def _record(order_id: UUID, placed: OrderPlaced | None, call: Call, store: EventStore) -> Saved[BasketSummary]:
    if placed is None:
        (placing,) = await store.history(ORDER, order_id, limit=1)
        placed = placing.event if isinstance(placing.event, OrderPlaced) else None
    if placed is None or placed.basket is None:
        raise AssertionError("unreachable: orders that are recorded in a basket came from one")
    ordered = tuple(Portion(line.product_id, line.quantity) for line in placed.lines)
    done = RecordCheckOut(order_id, placed.basket.version, ordered)
    return await record_check_out(done, replace(call, idempotency=None), placed.basket.basket_id, store=store)
