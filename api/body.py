"""Bodies, read in one place: 400 for what is not JSON, 422 with its path for JSON that is not what was asked for.

A body is read twice, which costs microseconds: as plain JSON, where doubled keys, NaN, depth and characters that cannot
be stored are found, and then into its Struct, strictly: no unknown field, no number in a string, no true for 1.
"""

import asyncio
import json
import re
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from litestar.dto import AbstractDTO
from litestar.exceptions import InternalServerException
from litestar.typing import FieldDefinition

from api.cards import refuse_cards
from api.problems import Refused
from api.requests import Request

MOST_BYTES = 256 * 1024
MOST_SECONDS = 20.0
"""Time for a body to arrive, from its headers on; who sends it in drops has no more."""
_MOST_DEPTH = 32
_MOST_DIGITS = 40
_MOST_SAID = 200
_MOST_SEARCHED = 4096
"""Bytes of a body that is refused anyway, in which numbers of cards are looked for."""
_MISSING = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`")


def _malformed(problem: str) -> Refused:
    return Refused(400, "malformed-json", f"The body is not JSON as it is meant here: {problem}.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("an object names a field twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise _malformed("a number is too long")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits) if len(digits) <= _MOST_DIGITS else float("inf")
    if number in (float("inf"), float("-inf")):
        raise _malformed("a number is too long or too large")
    return number


def _constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is not a number")


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def parse(body: bytes) -> Any:
    """The plain JSON value; raises Refused with 400 or 422."""
    try:
        text = body.decode()
        value = _JSON.decode(text)
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None
    except RecursionError:
        raise _malformed("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg.lower()}, at character {error.pos}") from None
    if body.count(b"[") + body.count(b"{") > _MOST_DEPTH or b"\\u" in body:
        _check(value, "$", _MOST_DEPTH)
    return value


def _check(value: Any, path: str, depth: int) -> None:
    match value:
        case str():
            if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
                problem = "Text holds a character that cannot be stored."
                raise Refused(422, "invalid-text", problem, {"path": _said(path)})
        case list() | dict() if depth == 0:
            raise _malformed("it is nested too deeply")
        case list():
            for index, each in enumerate(value):
                _check(each, f"{path}[{index}]", depth - 1)
        case dict():
            for key, each in value.items():
                _check(key, path, depth)
                _check(each, f"{path}.{key}", depth - 1)


def located(error: msgspec.ValidationError) -> tuple[str, str]:
    """What is wrong, and where: `("Expected `int`, got `str`", "lines[0].quantity")`."""
    message, _, path = str(error).partition(" - at `")
    path = path.removesuffix("`") or "$"
    if missing := _MISSING.fullmatch(message):
        path = f"{path}.{missing[1]}"
    return message[:_MOST_SAID], _said(path)


def _said(path: str) -> str:
    """As problems say it; `$` is the whole."""
    return path.removeprefix("$.")[:_MOST_SAID]


def convert(value: Any, kind: Any) -> Any:
    """The plain value as what the route asks for; raises Refused with 422 and the path."""
    try:
        converted = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, path = located(error)
        raise Refused(422, "invalid-body", f"{message}.", {"path": path}) from None
    if wrong := misspelt(value, converted):
        raise Refused(422, "invalid-body", "An id is written in lower case, with hyphens.", {"path": wrong})
    return converted


def misspelt(sent: Any, read: Any) -> str | None:
    """Where an id is not written in its one spelling; the reader would take others."""
    wrong = _misspelt(sent, read)
    return None if wrong is None else _said(f"${wrong}")


def _misspelt(sent: Any, read: Any) -> str | None:
    """The place within, like `.lines[0].product_id`."""
    match read:
        case UUID():
            return None if sent == str(read) else ""
        case msgspec.Struct():
            for name, value in sent.items():
                # The tag that tells one kind of Struct from another is no attribute of it.
                if (wrong := _misspelt(value, getattr(read, name, None))) is not None:
                    return f".{name}{wrong}"
        case tuple():
            for index, (value, each) in enumerate(zip(sent, read, strict=True)):
                if (wrong := _misspelt(value, each)) is not None:
                    return f"[{index}]{wrong}"
    return None


class JsonBody(AbstractDTO[Any]):
    """Plugs our reading of bodies into the framework: every handler with `data` gets it."""

    def decode_bytes(self, value: bytes) -> Any:
        gate = self.asgi_connection.route_handler.opt["gate"]
        body = parse(value)
        try:
            converted = convert(body, gate.body)
        except Refused:
            if len(value) <= _MOST_SEARCHED:  # what fits is bounded by its kind; the search takes a microsecond a byte
                refuse_cards(body)
            raise
        refuse_cards(body)
        return converted

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Nothing is built ahead: Structs need no go-between."""


async def read(request: Request) -> None:
    """Reads the body. What its headers say of it is refused before any of it is read; raises Refused."""
    headers = request.headers
    if "content-encoding" in headers:
        raise Refused(415, "unsupported-encoding", "Bodies are sent plain, without Content-Encoding.")
    kind, options = request.content_type
    if kind != "application/json":
        raise Refused(415, "unsupported-media-type", "A body here is application/json.")
    if options.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise Refused(400, "malformed-json", "JSON is written in UTF-8.")
    try:
        async with asyncio.timeout(MOST_SECONDS):
            body = await request.body()
    except TimeoutError:
        problem = "The body did not arrive in time."
        raise Refused(408, "body-timeout", problem, headers={"Connection": "close"}) from None
    except InternalServerException:  # how the framework says that the client went away
        raise Refused(400, "incomplete-body", "The body ended before it was complete.") from None
    if not body:
        raise Refused(400, "empty-body", "A body is needed here.")
