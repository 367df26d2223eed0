"""What may stand in a body, read by the one reader that all routes share."""

import json
import time
from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.body import convert, parse
from api.problems import Refused
from tests.api.bodies import MALFORMED


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product_id: UUID
    quantity: int = 1


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    lines: tuple[Line, ...] = ()
    featured: bool = False
    metadata: dict[str, Any] = {}


ID = "0190a3b4-7c55-7f55-b7a5-1f6f5c3f3a10"


@pytest.mark.proves("B2", "B4", "B5", "B6", "B7", "B10", "B11")
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(Refused) as refused:
        parse(body)

    assert (400, "malformed-json") == (refused.value.status, refused.value.code)
    assert time.process_time() - started < 1, "reading it took more than its length"


WRONG = {
    "a list": (b"[]", "$"),
    "a text": (b'"a"', "$"),
    "nothing": (b"null", "$"),
    "missing field": (b"{}", "name"),
    "unknown field": (b'{"name":"a","is_admin":true}', "is_admin"),
    "unknown field inside": (b'{"name":"a","lines":[{"product_id":"%s","price":1}]}' % ID.encode(), "lines[0].price"),
    "null": (b'{"name":null}', "name"),
    "number for text": (b'{"name":1}', "name"),
    "text for number": (
        b'{"name":"a","lines":[{"product_id":"%s","quantity":"1"}]}' % ID.encode(),
        "lines[0].quantity",
    ),
    "true for number": (
        b'{"name":"a","lines":[{"product_id":"%s","quantity":true}]}' % ID.encode(),
        "lines[0].quantity",
    ),
    "fraction": (b'{"name":"a","lines":[{"product_id":"%s","quantity":1.5}]}' % ID.encode(), "lines[0].quantity"),
    "number for bool": (b'{"name":"a","featured":1}', "featured"),
    "text for bool": (b'{"name":"a","featured":"true"}', "featured"),
    "id in capitals": (b'{"name":"a","lines":[{"product_id":"%s"}]}' % ID.upper().encode(), "lines[0].product_id"),
    "id without hyphens": (
        b'{"name":"a","lines":[{"product_id":"%s"}]}' % ID.replace("-", "").encode(),
        "lines[0].product_id",
    ),
    "id in braces": (b'{"name":"a","lines":[{"product_id":"{%s}"}]}' % ID.encode(), "lines[0].product_id"),
    "zero character": (b'{"name":"a\\u0000b"}', "name"),
    "lone surrogate": (b'{"name":"a\\ud800"}', "name"),
    "zero character in a key": (b'{"name":"a","metadata":{"\\u0000":1}}', "metadata"),
    "lone surrogate inside": (b'{"name":"a","metadata":{"x":["\\udfff"]}}', "metadata.x[0]"),
}


@pytest.mark.proves("B13", "B15", "B16", "B17", "B18", "B21", "B22", "B26")
@pytest.mark.parametrize(("body", "path"), WRONG.values(), ids=WRONG.keys())
def test_json_of_another_shape_is_refused_with_its_path(body: bytes, path: str) -> None:
    with pytest.raises(Refused) as refused:
        convert(parse(body), Body)

    assert 422 == refused.value.status
    assert path == refused.value.fields["path"]


def test_what_is_meant_is_read() -> None:
    lines = (Line(UUID(ID), 2),)
    body = {"name": "Zoë \U0001f9e5", "lines": [{"product_id": ID, "quantity": 2}], "metadata": {"a": [1, 0.5, None]}}

    for text in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
        assert Body("Zoë \U0001f9e5", lines, False, {"a": [1, 0.5, None]}) == convert(parse(text.encode()), Body)


def test_a_problem_never_repeats_more_than_a_line_of_what_was_sent() -> None:
    with pytest.raises(Refused) as refused:
        convert(parse(b'{"name":"a","%s":1}' % (b"x" * 100_000)), Body)

    assert len(refused.value.detail) + len(refused.value.fields["path"]) < 500
