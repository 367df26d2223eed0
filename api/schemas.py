"""The schemas of the OpenAPI document. Made by msgspec, which also does the reading and writing, and then told apart.

The framework would call a decimal a number.
"""

import re
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, get_args

import msgspec
from msgspec import inspect

_REF = "#/components/schemas/{name}"


def each_of(kind: Any) -> tuple[Any, ...]:
    """The members of a union, or the kind itself; nothing for what has no schema."""
    if isinstance(kind, UnionType):
        return get_args(kind)
    return () if kind in (None, bytes) else (kind,)


def schemas(kinds: Iterable[Any], queries: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of each kind by its name, and the components that they refer to.

    Those of queries refer to nothing of their own: their fields stand among the parameters.
    """
    wanted = [*kinds, *queries]
    structs = list({each.cls: each for kind in wanted for each in _structs(inspect.type_info(kind))}.values())
    made, components = msgspec.json.schema_components([*wanted, *(each.cls for each in structs)], ref_template=_REF)
    for struct, schema in zip(structs, made[len(wanted) :], strict=True):
        _date(struct, components[_name(schema)])
    for schema in components.values():
        if "description" in schema:  # what follows the first paragraph is for those who work on the code
            schema["description"] = " ".join(schema["description"].split("\n\n")[0].split())
    named = {str(kind): schema for kind, schema in zip(wanted, made[: len(wanted)], strict=True)}
    for query in set(queries):
        named[str(query)] = components.pop(_name(named[str(query)]))
    return _renamed(named), _renamed(components)


def _structs(info: Any, seen: frozenset[Any] = frozenset()) -> Iterator[inspect.StructType]:
    """Every Struct that a type is made of."""
    if isinstance(info, inspect.StructType):
        if info.cls in seen:
            return
        seen |= {info.cls}
        yield info
    for inner in _parts(info):
        yield from _structs(inner, seen)


def _parts(info: Any) -> Iterator[Any]:
    match info:
        case inspect.StructType(fields=fields):
            yield from (field.type for field in fields)
        case inspect.UnionType(types=types):
            yield from types
        case inspect.TupleType(item_types=types):
            yield from types
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            yield item
        case inspect.DictType(value_type=value):
            yield value
        case inspect.Metadata(type=inner):
            yield inner


def _date(struct: inspect.StructType, schema: dict[str, Any]) -> None:
    """Says of each moment that it is one; msgspec says so only of those that must have a time zone."""
    for field in struct.fields:
        if any(isinstance(each, inspect.DateTimeType) for each in (field.type, *_parts(field.type))):
            found = schema["properties"][field.encode_name]
            for each in (found, *found.get("anyOf", ())):
                if each.get("type") == "string":
                    each["format"] = "date-time"


def _renamed(value: Any) -> Any:
    """Without the names of modules, which msgspec writes before names that two contexts share: `OrderingStatus`."""
    match value:
        case dict():
            return {_short(key): _renamed(each) for key, each in value.items()}
        case list():
            return [_renamed(each) for each in value]
        case str() if value.startswith(_REF.format(name="")):
            return _REF.format(name=_short(_name({"$ref": value})))
        case _:
            return value


def _short(name: str) -> str:
    found = re.fullmatch(r"\w+\.(\w+)(?:\.\w+)*\.(\w+)", name)
    return f"{found[1].title()}{found[2]}" if found else name


def _name(schema: dict[str, Any]) -> str:
    """Of the component that it refers to."""
    return str(schema["$ref"]).rpartition("/")[2]
