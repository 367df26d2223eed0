"""Bearer tokens, and tokens of anonymous baskets: signed with the shop's key, checked in full, refused in one way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from time import time
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

import jwt
import uuid_utils.compat as uuid_utils

Role: TypeAlias = Literal["customer", "staff", "admin"]
ROLES: frozenset[str] = frozenset(get_args(Role))

ISSUER = "storeline"
BEARER = "storeline-api"
BASKET = "storeline-basket"
BASKET_LIFETIME = timedelta(days=30)

_ALGORITHM = "HS256"
_MOST = 4096
_REMEMBERED = 1024
"""Tokens whose proof is not done again."""
_END_OF_TIME = 253_402_300_799
"""The last second of the year 9999."""


ANONYMOUS = "anonymous"
SYSTEM = "system:"
"""Who acts without a token: somebody unknown, and the shop itself."""


class InvalidToken(Exception):
    """The token does not say who is calling. Why is nobody's business but ours."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a subject with roles."""

    subject: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Mints and verifies with one key of at least 32 bytes."""

    key: str

    def mint(self, subject: str, roles: frozenset[str], *, now: datetime, lifetime: timedelta) -> str:
        """A bearer token. Raises ValueError for what cannot be a subject, and for roles that do not exist."""
        if not _can_be_subject(subject):
            raise ValueError(f"A subject has 1 to 100 visible characters, and is not {ANONYMOUS} or {SYSTEM}….")
        if not roles or roles - ROLES:
            raise ValueError(f"A role is one of {', '.join(sorted(ROLES))}.")
        return self._sign(BEARER, subject, now, lifetime, roles=sorted(roles))

    def verify(self, token: str) -> Caller:
        """Raises InvalidToken."""
        claims = self._claims(token, BEARER, "roles")
        roles = claims["roles"]
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise InvalidToken
        known = ROLES.intersection(roles)
        if not known or not _can_be_subject(claims["sub"]):
            raise InvalidToken
        return Caller(claims["sub"], known)

    def mint_basket(self, basket_id: UUID, *, now: datetime) -> str:
        """The token of an anonymous basket: whoever holds it holds the basket."""
        return self._sign(BASKET, str(basket_id), now, BASKET_LIFETIME)

    def verify_basket(self, token: str) -> UUID:
        """The basket's id. Raises InvalidToken."""
        try:
            return UUID(self._claims(token, BASKET)["sub"])
        except ValueError as error:
            raise InvalidToken from error

    def _sign(self, audience: str, subject: str, now: datetime, lifetime: timedelta, **claims: Any) -> str:
        issued = int(now.timestamp())
        return jwt.encode(
            {
                "iss": ISSUER,
                "aud": audience,
                "sub": subject,
                "iat": issued,
                "exp": issued + int(lifetime.total_seconds()),
                "jti": str(uuid_utils.uuid7()),
                **claims,
            },
            self.key,
            _ALGORITHM,
        )

    def _claims(self, token: str, audience: str, *more: str) -> dict[str, Any]:
        if len(token) > _MOST:
            raise InvalidToken
        claims = _proven(self.key, token, audience, *more)
        if claims["exp"] <= time():
            raise InvalidToken
        return claims


@lru_cache(_REMEMBERED)
def _proven(key: str, token: str, audience: str, *more: str) -> dict[str, Any]:
    """The claims of a token that was good when it was seen first: the proof is a tenth of what placing an order costs.

    What does not prove anything is not remembered. Raises InvalidToken.
    """
    try:
        decoded = jwt.decode_complete(
            token,
            key,
            [_ALGORITHM],
            audience=audience,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "jti", "aud", "iss", *more], "strict_aud": True},
        )
    except (jwt.InvalidTokenError, OverflowError, ValueError, TypeError) as error:
        raise InvalidToken from error
    if decoded["header"].keys() - {"alg", "typ"}:
        raise InvalidToken  # no key ids, key addresses or critical extensions are in use here
    claims: dict[str, Any] = decoded["payload"]
    if any(type(claims[name]) is not int for name in ("exp", "iat")) or not isinstance(claims["jti"], str):
        raise InvalidToken
    if claims["exp"] > _END_OF_TIME:
        raise InvalidToken
    return claims


def _can_be_subject(name: str) -> bool:
    """Whether it is visible, and could not be taken for another who acts."""
    folded = name.strip().casefold()
    reserved = folded == ANONYMOUS or folded.startswith(SYSTEM)
    return 1 <= len(name) <= 100 and name.isprintable() and name == name.strip() and not reserved
