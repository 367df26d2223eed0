"""Bodies of requests that are wrong: in one place, or no JSON at all."""

import copy
from collections.abc import Iterator
from typing import Any

MALFORMED = {
    "truncated": b'{"name":',
    "two values": b"{} {}",
    "trailing comma": b'{"name":"a",}',
    "single quotes": b"{'name':'a'}",
    "comment": b'{"name":"a"} // b',
    "not utf-8": b'{"name":"\xff\xfe"}',
    "overlong utf-8": b'{"name":"\xc0\xaf"}',
    "surrogate in utf-8": b'{"name":"\xed\xa0\x80"}',
    "utf-16": '{"name":"a"}'.encode("utf-16"),
    "utf-32": '{"name":"a"}'.encode("utf-32"),
    "byte order mark": b"\xef\xbb\xbf" + b'{"name":"a"}',
    "doubled key": b'{"name":"a","name":"b"}',
    "doubled key, written otherwise": b'{"name":"a","n\\u0061me":"b"}',
    "doubled key inside": b'{"name":"a","metadata":{"x":1,"x":1}}',
    "deep lists": b"[" * 100_000,
    "deep lists, closed": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deeper than it may": b'{"name":"a","metadata":' + b'{"a":' * 40 + b"1" + b"}" * 41,
    "NaN": b'{"name":NaN}',
    "Infinity": b'{"name":-Infinity}',
    "huge integer": b'{"name":' + b"1" + b"0" * 4000 + b"}",
    "integer of the size of a body": b'{"name":' + b"9" * 250_000 + b"}",
    "huge fraction": b'{"name":1e400000}',
    "long fraction": b'{"name":0.' + b"1" * 250_000 + b"}",
    "control character": b'{"name":"a\x01"}',
    "newline in text": b'{"name":"a\nb"}',
    "zero byte": b'{"name":"a\x00"}',
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value in a JSON value, with the way to it."""
    yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*path, key))
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*path, index))


def changed(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    body = copy.deepcopy(body)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return body
