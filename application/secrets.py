"""What may be shown of a stored event: all but the fields that are marked as `Secret`."""

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

HIDDEN = "***"


def without_secrets(data: Any, kind: Any) -> Any:
    """JSON of this type with `***` in the place of what is shown to nobody.

    What does not fit the type stays as it is: an event that cannot be read must be seen as it was stored.
    """
    inner = get_args(kind)
    match get_origin(kind), data:
        case _, None:
            return None
        case origin, _ if origin is Annotated:
            return HIDDEN if _is_secret(kind) else without_secrets(data, inner[0])
        case origin, _ if origin in (Union, UnionType):
            for each in inner:
                data = without_secrets(data, each)
            return data
        case _, list() | tuple() if inner:
            return [without_secrets(each, inner[0]) for each in data]
        case origin, dict() if origin is dict:
            return {name: without_secrets(each, inner[1]) for name, each in data.items()}
        case None, dict() if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            fields = _fields(kind)
            return {name: without_secrets(each, fields.get(name)) for name, each in data.items()}
        case _:
            return data


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Name in JSON to type."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _is_secret(kind: Any) -> bool:
    return any(isinstance(mark, msgspec.Meta) and (mark.extra or {}).get("secret") for mark in kind.__metadata__)
