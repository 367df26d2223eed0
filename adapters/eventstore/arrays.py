"""Columns as binary arrays of Postgres, packed in one go: several times faster than item by item.

Every connection takes them as parameters.
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import ClassVar, Self
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = Struct(">iiIii")  # dimensions, has nulls, type of the items, how many, number of the first
_EMPTY = Struct(">iiI")
_LENGTH = Struct(">i")
_BIGINT = Struct(">iq")
_NULL = _LENGTH.pack(-1)


class _Array(bytes):
    """An array ready for the wire."""

    item: ClassVar[int]
    """Oid of the items' type; Postgres never changes those of its own types."""
    oid: ClassVar[int]

    @classmethod
    def pack(cls, items: Sequence[bytes], nulls: bool = False) -> Self:
        """`items`: each with its length before it."""
        if not items:
            return cls(_EMPTY.pack(0, 0, cls.item))
        return cls(b"".join((_HEAD.pack(1, nulls, cls.item, len(items), 1), *items)))


class UUIDs(_Array):
    item, oid = 2950, 2951

    @classmethod
    def of(cls, values: Iterable[UUID]) -> Self:
        length = _LENGTH.pack(16)
        return cls.pack([length + value.bytes for value in values])


class Bigints(_Array):
    item, oid = 20, 1016

    @classmethod
    def of(cls, values: Sequence[int | None]) -> Self:
        pack = _BIGINT.pack
        return cls.pack([_NULL if value is None else pack(8, value) for value in values], None in values)


class Bytes(_Array):
    item, oid = 17, 1001

    @classmethod
    def of(cls, values: Iterable[bytes]) -> Self:
        pack = _LENGTH.pack
        return cls.pack([pack(len(value)) + value for value in values])


class Texts(_Array):
    item, oid = 25, 1009

    @classmethod
    def of(cls, values: Iterable[str]) -> Self:
        pack = _LENGTH.pack
        return cls.pack([pack(len(value)) + value for value in map(str.encode, values)])


def _dumper(array: type[_Array]) -> type[Dumper]:
    class ArrayDumper(Dumper):
        oid = array.oid
        format = Format.BINARY

        def dump(self, obj: bytes) -> Buffer:
            return obj

    return ArrayDumper


for _array in _Array.__subclasses__():
    psycopg.adapters.register_dumper(_array, _dumper(_array))
