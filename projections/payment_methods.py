"""Wallets: what each buyer can pay with. Never a token: that stays in the log, for the gateway alone."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from domain import payment
from domain.kernel import Fact
from domain.payment import wallet_stream
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one


class StoredMethod(msgspec.Struct, frozen=True):
    method_id: UUID
    brand: str
    last_four: str
    expiry: str
    """The last month in which it is valid: `2031-08`."""
    stored_at: datetime


class WalletRow(msgspec.Struct, frozen=True, kw_only=True):
    wallet_id: UUID
    buyer_id: str
    methods: tuple[StoredMethod, ...] = ()
    default_method_id: UUID | None = None
    version: int


class PaymentMethod(StoredMethod, frozen=True):
    """A payment method as its buyer sees it."""

    is_default: bool
    """Taken where an order names none."""
    is_valid: bool
    """Whether its card is valid this month."""


class WalletView(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer can pay with."""

    methods: list[PaymentMethod]
    """In the order in which they were stored."""
    version: int
    """Of the wallet's stream; 0 where nothing was ever stored."""


def evolve(row: WalletRow | None, fact: Fact[payment.WalletEvent], key: Key) -> WalletRow:
    event = fact.event
    row = row or WalletRow(wallet_id=fact.stream, buyer_id=event.buyer_id, version=0)
    row = replace(row, version=fact.version)
    match event:
        case payment.MethodStored(method_id=method_id, brand=brand, last_four=last_four, expiry=expiry):
            stored = StoredMethod(method_id, brand, last_four, expiry, fact.recorded_at)
            return replace(row, methods=(*_without(row, method_id), stored))
        case payment.MethodRemoved(method_id=method_id):
            default = None if row.default_method_id == method_id else row.default_method_id
            return replace(row, methods=_without(row, method_id), default_method_id=default)
        case payment.DefaultChosen(method_id=method_id):
            return replace(row, default_method_id=method_id)
        case _:
            assert_never(event)


def _without(row: WalletRow, method_id: UUID) -> tuple[StoredMethod, ...]:
    return tuple(each for each in row.methods if each.method_id != method_id)


WALLETS = Projection(
    name="wallets",
    version=1,
    context="payment",
    row=WalletRow,
    key=("wallet_id",),
    events=payment.WALLET.events,
    keys=by_stream,
    evolve=evolve,
)


async def wallet(connection: AsyncConnection, buyer_id: str, now: datetime) -> Seen[WalletView]:
    """What the buyer can pay with; nothing for who never stored a method."""
    seen = await ask_one(
        connection,
        WalletRow,
        "SELECT * FROM read.wallets WHERE wallet_id = %(wallet_id)s",
        {"wallet_id": wallet_stream(buyer_id)},
        WALLETS,
    )
    if seen.value is None:
        return Seen(WalletView(methods=[], version=0), seen.positions)
    row, month = seen.value, f"{now:%Y-%m}"
    methods = [
        PaymentMethod(**asdict(each), is_default=each.method_id == row.default_method_id, is_valid=each.expiry >= month)
        for each in row.methods
    ]
    return Seen(WalletView(methods=methods, version=row.version), seen.positions)


class StoredMethods:
    """Implements `application.ports.PaymentMethods`."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection]) -> None:
        self._pool = pool

    async def owns(self, buyer_id: str, payment_method_id: UUID) -> bool:
        async with self._pool.connection() as connection:
            seen = await ask(
                connection,
                dict[str, UUID],
                "SELECT wallet_id FROM read.wallets WHERE wallet_id = %(wallet_id)s"
                " AND methods @> jsonb_build_array(jsonb_build_object('method_id', %(method_id)s::text))",
                {"wallet_id": wallet_stream(buyer_id), "method_id": str(payment_method_id)},
                WALLETS,
            )
        return bool(seen.value)
