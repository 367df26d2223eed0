"""A cursor says after which row the next page of a list begins. It is signed, and bound to one query."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from api.problems import Refused

K = TypeVar("K")

_SIGNATURE = 16
_MOST = 1024


class Cursors:
    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(b"cursors:" + key.encode()).digest()

    def write(self, query: str, place: object) -> str:
        """An opaque cursor for the place (sort values and id of the last row) in the results of `query`."""
        payload = msgspec.msgpack.encode(place)
        return urlsafe_b64encode(self._signature(query, payload) + payload).rstrip(b"=").decode()

    def read(self, query: str, cursor: str, kind: type[K]) -> K:
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

    def after(self, query: str, cursor: str | None, kind: type[K]) -> K | None:
        """As `read`; None for the first page."""
        return None if cursor is None else self.read(query, cursor, kind)

    def _signature(self, query: str, payload: bytes) -> bytes:
        return hmac.digest(self._key, query.encode() + b"\0" + payload, "sha256")[:_SIGNATURE]
