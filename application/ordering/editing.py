"""Changes to an order that was placed: a line's quantity, a line less, another address. Prices stay as they were."""

from collections.abc import Callable, Mapping
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import asdict

from application.commands import command, origin_of
from application.ordering.checking import check_stock
from application.ordering.handling import order_of
from application.ordering.placing import OrderReceipt, ShippingAddress, destination_of, receipt
from application.ordering.redeeming import terms_of
from application.ordering.till import Till
from application.store import Call, EventStore, Saved, Stream
from application.wire import Price
from domain import ordering
from domain.money import Money
from domain.ordering import Address, Item, Order, OrderEvent, Status

AgreedTotal = Annotated[
    Price | None,
    Meta(description="What the buyer agreed to pay in all. Any other total is refused, and the refusal names it."),
]


class SetLine(Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Annotated[int, Meta(ge=0, le=999, description="0 takes the product out of the order.")]
    expected_total: AgreedTotal = None


class ChangeAddress(Struct, frozen=True, forbid_unknown_fields=True):
    address: ShippingAddress
    expected_total: AgreedTotal = None


class EditReceipt(OrderReceipt, frozen=True):
    """The order after a change was asked for."""

    amendment_id: UUID | None = None
    """The change, while it waits for stock or money; null where it took effect."""
    due: Money | None = None
    """What it costs more, taken before it takes effect; negative where it costs less, which is paid back. Null where
    the order is not paid yet: all of its total is due then."""


@command("ordering")
async def set_line(
    cmd: SetLine,
    call: Call,
    order_id: UUID,
    product_id: UUID,
    *,
    store: EventStore,
    till: Till,
    new_id: Callable[[], UUID],
) -> Saved[EditReceipt]:
    order = await order_of(call, order_id, store=store)
    edit = _Edit(order, call, origin_of(call, new_id), cmd.expected_total)
    wanted = ordering.quantities(order.state, product_id, cmd.quantity)
    await check_stock(edit.needs(wanted), till.stock)
    return await edit.save(wanted, None, store=store, till=till)


@command("ordering")
async def change_address(
    cmd: ChangeAddress, call: Call, order_id: UUID, *, store: EventStore, till: Till, new_id: Callable[[], UUID]
) -> Saved[EditReceipt]:
    order = await order_of(call, order_id, store=store)
    edit = _Edit(order, call, origin_of(call, new_id), cmd.expected_total)
    wanted = {line.product_id: line.quantity for line in order.state.lines}
    return await edit.save(wanted, ordering.cleaned(cmd.address), store=store, till=till)


class _Edit:
    """One change to one order. Raises at once where nobody can change it now."""

    def __init__(
        self, order: Stream[Order, OrderEvent], call: Call, amendment_id: UUID, expected_total: Price | None
    ) -> None:
        ordering.check_editable(order.state, amendment_id)
        self._order = order
        self._call = call
        self._amendment_id = amendment_id
        self._expected_total = expected_total

    def needs(self, wanted: Mapping[UUID, int]) -> dict[UUID, int]:
        """What of this must still be in stock, of the products of which more is wanted."""
        paid = self._order.state.status is Status.PAID
        return {
            line.product_id: wanted[line.product_id] - (line.quantity if paid else 0)
            for line in self._order.state.lines
            if wanted.get(line.product_id, 0) > line.quantity
        }

    async def save(
        self, wanted: Mapping[UUID, int], address: Address | None, *, store: EventStore, till: Till
    ) -> Saved[EditReceipt]:
        """Charges it anew at the prices that it was sold at; `address` is None where it stays."""
        order, state = self._order, self._order.state
        address = address or state.address
        if address is None:
            raise AssertionError("unreachable: an order that was placed goes somewhere")
        items = [
            Item(line.product_id, line.name, line.picture, line.unit_price, wanted[line.product_id], line.discount)
            for line in state.lines
            if line.product_id in wanted
        ]
        draft = await till.charge(items, destination_of(address), await terms_of(state.promotions, store=store))
        expected = self._expected_total.money(till.currency) if self._expected_total else None
        order.add(ordering.edit(state, self._amendment_id, address, draft, expected, till.rules))
        waiting = order.state.amendment
        due = waiting.asked.due if waiting else None
        if not waiting and state.status is Status.PAID and state.total and order.state.total:
            due = order.state.total - state.total
        change = waiting.asked.amendment_id if waiting else None
        result = EditReceipt(**asdict(receipt(order)), amendment_id=change, due=due)
        return await store.save(order, call=self._call, result=result)
