"""What buyers can do with what they pay with. Everybody has one wallet, their own."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.commands import command, origin_of
from application.store import Call, EventStore, Saved, Stream
from domain import payment
from domain.payment import WALLET, Rules, Wallet, WalletEvent, wallet_stream


class StoreMethod(Struct, frozen=True, forbid_unknown_fields=True):
    """What the gateway made of a card. The card's own number and code must never be sent here."""

    token: Annotated[
        str,
        Meta(min_length=1, max_length=200, examples=["sandbox-ok"], description="What the gateway knows the card by."),
    ]
    brand: Annotated[str, Meta(min_length=1, max_length=40, examples=["Visa"])]
    last_four: Annotated[str, Meta(pattern="^[0-9]{4}$", examples=["4242"])]
    expiry: Annotated[
        str,
        Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2031-08"], description="The last month it is valid in."),
    ]


class RemoveMethod(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ChooseDefaultMethod(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class MethodReceipt(Struct, frozen=True):
    """The wallet after a command on one of its methods."""

    method_id: UUID
    default_id: UUID | None
    """The method that is taken where an order names none."""


@command("payment")
async def store_method(
    cmd: StoreMethod, call: Call, *, store: EventStore, rules: Rules, new_id: Callable[[], UUID]
) -> Saved[MethodReceipt]:
    wallet = await _wallet(call, store)
    method_id = origin_of(call, new_id)
    wallet.add(
        payment.store(
            wallet.state,
            call.actor,
            method_id,
            token=cmd.token,
            brand=cmd.brand,
            last_four=cmd.last_four,
            expiry=cmd.expiry,
            now=call.now,
            rules=rules,
        )
    )
    return await store.save(wallet, call=call, result=MethodReceipt(method_id, wallet.state.default))


@command("payment")
async def remove_method(cmd: RemoveMethod, call: Call, method_id: UUID, *, store: EventStore) -> Saved[MethodReceipt]:
    wallet = await _wallet(call, store)
    wallet.add(payment.remove(wallet.state, call.actor, method_id))
    return await store.save(wallet, call=call, result=MethodReceipt(method_id, wallet.state.default))


@command("payment")
async def choose_default_method(
    cmd: ChooseDefaultMethod, call: Call, method_id: UUID, *, store: EventStore
) -> Saved[MethodReceipt]:
    wallet = await _wallet(call, store)
    wallet.add(payment.choose_default(wallet.state, call.actor, method_id))
    return await store.save(wallet, call=call, result=MethodReceipt(method_id, wallet.state.default))


async def _wallet(call: Call, store: EventStore) -> Stream[Wallet, WalletEvent]:
    return await store.load(WALLET, wallet_stream(call.actor), expected=call.expected)
