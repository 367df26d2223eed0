"""A request as our handlers see it: who calls, and on what terms. Filled by the gate, read by the rest."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import litestar
import msgspec
from uuid_utils.compat import uuid7

from api.cursors import Cursors
from api.shop import Commands, Shop
from api.tokens import ANONYMOUS, Caller
from application.store import STAFF_ROLES, Call
from domain.kernel import Forbidden


class Context(msgspec.Struct):
    """What is known of a request; lives in its ASGI scope."""

    correlation_id: str
    caller: Caller | None = None
    basket: UUID | None = None
    """Id in the token of an anonymous basket."""
    asked: Any = None
    """The Struct of the query."""
    expected: int | None = None
    """The version named by If-Match."""
    key: str | None = None
    """The Idempotency-Key."""
    dry_run: bool = False
    after: dict[str, int] = {}
    """The positions that an answer must know, by Storeline-After."""


class Request(litestar.Request[Any, Any, Any]):
    @property
    def shop(self) -> Shop:
        shop: Shop = self.app.state.shop
        return shop

    @property
    def cursors(self) -> Cursors:
        cursors: Cursors = self.app.state.cursors
        return cursors

    @property
    def context(self) -> Context:
        context: Context = self.scope["state"]["context"]
        return context

    @property
    def is_staff(self) -> bool:
        caller = self.context.caller
        return caller is not None and not caller.roles.isdisjoint(STAFF_ROLES)

    @property
    def subject(self) -> str:
        """The caller's; nobody's where the caller is unknown."""
        caller = self.context.caller
        return caller.subject if caller else ""

    @property
    def sees(self) -> str | None:
        """The buyer whose things the caller may see; None: everybody's."""
        return None if self.is_staff else self.subject

    def whose(self, buyer: str | None, what: str) -> str | None:
        """The buyer who is asked about; None: everybody. Raises Forbidden where that is not the caller's business."""
        if buyer is not None and not self.is_staff:
            raise Forbidden(f"Only the shop's staff may look at the {what} of others.", path="buyer")
        return self.sees if buyer is None else buyer

    @property
    def owner(self) -> str:
        """Whose basket is meant: the customer's, or the one that a token names. Somebody new gets one of their own."""
        context = self.context
        if context.caller:
            return f"buyer:{context.caller.subject}"
        context.basket = context.basket or uuid7()
        return f"anonymous:{context.basket}"

    @property
    def identity(self) -> str:
        """Who calls: the keys and cursors of one are unknown to all others."""
        context = self.context
        return f"subject:{context.caller.subject}" if context.caller else f"anonymous:{context.basket}"

    @property
    def commands(self) -> Commands:
        """The use cases; with `dry_run` those that only say what they would record."""
        return self.shop.rehearsal if self.context.dry_run else self.shop.commands

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def call(self) -> Call:
        """What a use case may know of this request."""
        context = self.context
        return Call(
            actor=context.caller.subject if context.caller else ANONYMOUS,
            now=self.now,
            correlation_id=context.correlation_id,
            roles=context.caller.roles if context.caller else frozenset(),
            expected=context.expected,
        )
