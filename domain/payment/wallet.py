"""A buyer's wallet: what they can pay with. It holds what a gateway made of a card, never the card's number or code.

Refusals
├── MethodNotFound     no such method in this wallet
├── InvalidMethod      what was given does not describe a method
├── MethodExpired      the card is no longer valid
└── TooManyMethods
"""

import re
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, Personal, Secret, clean, members
from domain.payment.rules import Rules

_WALLETS = UUID("3a1e7a53-6f0e-5b53-9a0d-0a0d3f6a7c11")
_LAST_FOUR = re.compile(r"\d{4}", re.ASCII)
_EXPIRY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_REMEMBERED = 100
"""Methods that were removed. Whoever removes one twice does so soon."""


def wallet_stream(buyer_id: str) -> UUID:
    return uuid5(_WALLETS, buyer_id)


# Events


class MethodStored(Event, frozen=True, tag="payment.MethodStored"):
    buyer_id: str
    method_id: UUID
    token: Secret[str]
    """What the gateway knows the card by; worthless to anybody else."""
    brand: str
    last_four: Personal[str]
    expiry: Personal[str]
    """The last month in which it is valid: `2031-08`."""


class MethodRemoved(Event, frozen=True, tag="payment.MethodRemoved"):
    buyer_id: str
    method_id: UUID


class DefaultChosen(Event, frozen=True, tag="payment.DefaultChosen"):
    """This method is taken where an order names none."""

    buyer_id: str
    method_id: UUID


WalletEvent: TypeAlias = MethodStored | MethodRemoved | DefaultChosen


# State


class Method(msgspec.Struct, frozen=True):
    method_id: UUID
    token: str
    brand: str
    last_four: str
    expiry: str

    def is_valid(self, now: datetime) -> bool:
        return self.expiry >= f"{now:%Y-%m}"


class Wallet(msgspec.Struct, frozen=True):
    methods: dict[UUID, Method] = {}
    default: UUID | None = None
    removed: tuple[UUID, ...] = ()
    """The latest."""

    def chosen(self, method_id: UUID | None, now: datetime) -> Method | None:
        """The method of this id, or the default; None where it is not there or no longer valid."""
        wanted = method_id or self.default
        method = self.methods.get(wanted) if wanted else None
        return method if method and method.is_valid(now) else None


def evolve(wallet: Wallet, event: WalletEvent) -> Wallet:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case MethodStored(_, method_id, token, brand, last_four, expiry):
            method = Method(method_id, token, brand, last_four, expiry)
            return replace(wallet, methods=wallet.methods | {method_id: method})
        case MethodRemoved(_, method_id):
            methods = {id: method for id, method in wallet.methods.items() if id != method_id}
            default = None if wallet.default == method_id else wallet.default
            return Wallet(methods, default, (*wallet.removed, method_id)[-_REMEMBERED:])
        case DefaultChosen(_, method_id):
            return replace(wallet, default=method_id)
        case _:
            assert_never(event)


# Refusals


class MethodNotFound(NotFound):
    code = "payment-method-not-found"

    def __init__(self, method_id: UUID) -> None:
        super().__init__("There is no such payment method. Choose one of yours, or store it.", method_id=str(method_id))


class InvalidMethod(Invalid):
    code = "invalid-payment-method"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"`{field}` {problem}.", path=field)


class MethodExpired(Conflict):
    code = "payment-method-expired"

    def __init__(self, expiry: str) -> None:
        super().__init__(f"This card was valid until {expiry}. Store another.", expiry=expiry)


class TooManyMethods(Conflict):
    code = "too-many-payment-methods"

    def __init__(self, most: int) -> None:
        super().__init__(f"A wallet holds at most {most} payment methods. Remove one first.", most=most)


WALLET: Aggregate[Wallet, WalletEvent] = Aggregate(
    name="payment.wallet",
    initial=Wallet(),
    evolve=evolve,
    events=members(WalletEvent),
    snapshot_every=50,
)


# Decisions


def store(
    wallet: Wallet,
    buyer_id: str,
    method_id: UUID,
    *,
    token: str,
    brand: str,
    last_four: str,
    expiry: str,
    now: datetime,
    rules: Rules,
) -> list[WalletEvent]:
    """Stores a method; the first becomes the default. An id that is stored, or was removed of late, decides nothing."""
    if method_id in wallet.methods or method_id in wallet.removed:
        return []
    method = Method(
        method_id,
        clean("token", token, most=200),
        clean("brand", brand, most=40),
        last_four,
        expiry,
    )
    if not _LAST_FOUR.fullmatch(last_four):
        raise InvalidMethod("last_four", "is the last four digits of the card")
    if not _EXPIRY.fullmatch(expiry):
        raise InvalidMethod("expiry", "is a month, like 2031-08")
    if not method.is_valid(now):
        raise MethodExpired(expiry)
    if len(wallet.methods) >= rules.most_methods:
        raise TooManyMethods(rules.most_methods)
    stored: list[WalletEvent] = [
        MethodStored(buyer_id, method_id, method.token, method.brand, method.last_four, method.expiry)
    ]
    return stored if wallet.default else [*stored, DefaultChosen(buyer_id, method_id)]


def remove(wallet: Wallet, buyer_id: str, method_id: UUID) -> list[WalletEvent]:
    """Removes a method; the one that was stored last takes its place as the default."""
    if method_id in wallet.removed:
        return []
    if method_id not in wallet.methods:
        raise MethodNotFound(method_id)
    removed: list[WalletEvent] = [MethodRemoved(buyer_id, method_id)]
    others = [id for id in wallet.methods if id != method_id]
    if wallet.default == method_id and others:
        removed.append(DefaultChosen(buyer_id, others[-1]))
    return removed


def choose_default(wallet: Wallet, buyer_id: str, method_id: UUID) -> list[WalletEvent]:
    if method_id not in wallet.methods:
        raise MethodNotFound(method_id)
    return [] if wallet.default == method_id else [DefaultChosen(buyer_id, method_id)]
