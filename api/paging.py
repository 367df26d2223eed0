"""Pages by key: a cursor says after which row the next page begins. It is signed, and bound to one query."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from api.problems import Refused

T = TypeVar("T")

_SIGNATURE = 16
_MOST = 1024


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and the cursor of the next; null on the last."""

    items: list[T]
    next: str | None = None


class Cursors:
    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(b"cursors:" + key.encode()).digest()

    def write(self, query: str, place: object) -> str:
        """An opaque cursor for the place (sort values and id of the last row) in the results of `query`."""
        payload = msgspec.msgpack.encode(place)
        return urlsafe_b64encode(self._signature(query, payload) + payload).rstrip(b"=").decode()

    def read(self, query: str, cursor: str, kind: type[T]) -> T:
        """The place. Raises Refused for cursors that are not ours, or belong to another query."""
        try:
            if len(cursor) > _MOST:
                raise ValueError
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            payload = raw[_SIGNATURE:]
            if not hmac.compare_digest(raw[:_SIGNATURE], self._signature(query, payload)):
                raise ValueError
            return msgspec.msgpack.decode(payload, type=kind)
        except (ValueError, msgspec.MsgspecError):
            raise Refused(
                422,
                "invalid-cursor",
                "This cursor does not continue this query. Start again without it.",
                {"path": "cursor"},
            ) from None

    def after(self, query: str, cursor: str | None, kind: type[T]) -> T | None:
        """As `read`; None for the first page."""
        return None if cursor is None else self.read(query, cursor, kind)

    def page(self, query: str, rows: list[T], limit: int, place: Callable[[T], object]) -> Page[T]:
        """A page of at most `limit` of the rows, which were asked for with one more to see whether it is the last."""
        if len(rows) <= limit:
            return Page(rows)
        return Page(rows[:limit], self.write(query, place(rows[limit - 1])))

    def _signature(self, query: str, payload: bytes) -> bytes:
        return hmac.digest(self._key, query.encode() + b"\0" + payload, "sha256")[:_SIGNATURE]


_OF_THE_PAGE = frozenset(("cursor", "limit", "facets"))
"""What may be asked of one page and not of the next."""


def bound_to(route: str, caller: str, asked: Any) -> str:
    """What a cursor is bound to: the route, the caller, and what decides which rows there are in which order."""
    fields = msgspec.to_builtins(asked)
    rest = {name: value for name, value in fields.items() if name not in _OF_THE_PAGE}
    return f"{route} {caller} " + msgspec.json.encode(rest, order="deterministic").decode()
