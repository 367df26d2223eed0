"""The OpenAPI document, made from what really runs: the routes, their rules, the Structs that they read and answer."""

import re
from collections.abc import Iterator
from typing import Any, get_args
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from api.access import LOGS
from api.commands import Rehearsed
from api.gate import Gate, endpoints
from api.problems import MEDIA_TYPE, Problem
from api.schemas import each_of, schemas

_DESCRIPTION = """Storeline is a shop whose whole history is its database.

* Every command answers with the position that it wrote (`Storeline-Position`). Send it back on a query as
  `Storeline-After`, and the answer knows it, or is 503 with the present lag.
* Every command takes an `Idempotency-Key`: sent again with the same key it has no second effect and the same answer.
* An `ETag` is the version of what was read. `If-Match` makes a command happen on that version, or not at all.
* `dry_run=true` answers with the events that a command would record, and records nothing.
* Whatever is not a success is a problem (RFC 9457) with a stable `code`."""

_PROBLEMS = {
    400: "The request is not well-formed: its JSON, a header, or a key that is missing.",
    401: "There is no valid token, and one is needed.",
    403: "The caller's roles do not allow this.",
    404: "It does not exist, or is somebody else's.",
    406: "The client does not accept what this answers.",
    408: "The body did not arrive in time.",
    409: "It does not fit the present state; or this very request is being worked on.",
    412: "It is not in the version that If-Match names any more.",
    413: "The body is larger than 256 kB.",
    415: "The body is not plain application/json.",
    422: "A value cannot be accepted; or the key was used for a different request.",
    428: "If-Match is needed.",
    503: "The shop cannot be reached, or the answer is not yet as fresh as asked for.",
}

_STRING = {"type": "string"}
_POSITION = f"({'|'.join(sorted(LOGS))})=(0|[1-9][0-9]{{0,17}})"
_HEADERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "Makes this safe to repeat: the same key has one effect and one answer.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "example": "0c8f1f1e-7c55-4f55-b7a5-1f6f5c3f3a10",
    },
    "If-Match": {
        "description": "The ETag of what was decided on.",
        "schema": {"type": "string", "pattern": '^"(0|[1-9][0-9]{0,17})(-[0-9a-f]{16})?"$|^\\*$'},
        "example": '"7"',
    },
    "If-None-Match": {
        "description": "The ETag that the client has; 304 when it is the present one.",
        "schema": _STRING,
    },
    "Storeline-After": {
        "description": "Positions that the answer must know.",
        "schema": {"type": "string", "pattern": f"^{_POSITION}(, *{_POSITION})*$"},
        "example": "catalog=4711",
    },
    "Storeline-Basket": {"description": "The token of an anonymous basket.", "schema": _STRING},
    "ETag": {"description": "The version of it.", "schema": _STRING, "example": '"7"'},
    "Location": {"description": "Where it is now.", "schema": _STRING},
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}},
    "Storeline-Position": {"description": "How much of the logs is known to it.", "schema": _STRING},
    "Storeline-Correlation": {"description": "Names this request in logs and events.", "schema": _STRING},
    "Idempotency-Replayed": {
        "description": "This is the answer that was given the first time.",
        "schema": {"const": "true"},
    },
    "WWW-Authenticate": {"description": "How to say who calls.", "schema": _STRING},
}


def document(app: Litestar) -> dict[str, Any]:
    """The whole document."""
    routes = [(name, handler, handler.opt["gate"]) for name, handler in endpoints(app)]
    routes = [each for each in routes if not each[0].startswith("GET /schema")]
    kinds = [each for _, handler, gate in routes for kind in (gate.body, *_answers(handler)) for each in each_of(kind)]
    named, components = schemas([*kinds, Problem, Rehearsed], [gate.query for _, _, gate in routes])
    paths: dict[str, dict[str, Any]] = {}
    for name, handler, gate in sorted(routes, key=lambda each: each[0].split(" ")[::-1]):
        method, _, path = name.partition(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(path, handler, gate, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Storeline",
            "version": "1",
            "description": _DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "headers": _HEADERS,
            "responses": {
                str(status): {
                    "description": text,
                    "headers": _headers(*(["Retry-After"] if status == 503 else []), "Storeline-Correlation"),
                    "content": {MEDIA_TYPE: {"schema": named[str(Problem)]}},
                }
                for status, text in _PROBLEMS.items()
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "basket": {"type": "apiKey", "in": "header", "name": "Storeline-Basket"},
            },
        },
    }


def _answers(handler: HTTPRouteHandler) -> list[Any]:
    return [answer_of(handler), *handler.opt.get("otherwise", {}).values()]


def answer_of(handler: HTTPRouteHandler) -> Any:
    """What a route answers: the `answers` that it declares, else what its `Response[…]` holds."""
    annotation = handler.parsed_fn_signature.return_type.annotation
    return handler.opt.get("answers") or get_args(annotation)[0]


def _operation(path: str, handler: HTTPRouteHandler, gate: Gate, named: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = (handler.fn.__doc__ or "").strip().partition("\n")
    operation: dict[str, Any] = {
        "operationId": handler.fn.__name__,
        "summary": summary,
        "tags": [path.split("/")[2] if path.startswith("/v1/") else "system"],
        "parameters": [
            *_path_parameters(path, handler),
            *_query_parameters(named[str(gate.query)]),
            *_header_parameters(gate),
        ],
        "responses": _responses(handler, gate, named),
        "security": _security(gate),
    }
    if description.strip():
        operation["description"] = " ".join(description.split())
    if gate.body is not None:
        content: dict[str, Any] = {"schema": named[str(gate.body)]}
        if example := handler.opt.get("example"):
            content["example"] = msgspec.to_builtins(example)
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _path_parameters(path: str, handler: HTTPRouteHandler) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        kind = handler.parsed_fn_signature.parameters[name].annotation
        schema = {"type": "string", "format": "uuid"} if kind is UUID else _STRING
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, field in definition["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in definition.get("required", ()),
            "schema": _without_null(field),
        } | ({"description": field["description"]} if "description" in field else {})


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is not null."""
    kinds: list[dict[str, Any]] = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        return kinds[0]
    return {name: value for name, value in schema.items() if name != "default" or value is not None}


def _header_parameters(gate: Gate) -> Iterator[dict[str, Any]]:
    rule = gate.rule
    needed = {"Idempotency-Key": rule.key_required, "If-Match": rule.match_required}
    names = [
        *(["Idempotency-Key"] if rule.command else []),
        *(["If-Match"] if rule.command and not rule.begins else []),
        *(["Storeline-After"] if rule.awaits else []),
        *(["If-None-Match"] if rule.cached else []),
    ]
    for name in names:
        yield {"name": name, "in": "header", "required": needed.get(name, False), **_HEADERS[name]}


def _responses(handler: HTTPRouteHandler, gate: Gate, named: dict[str, Any]) -> dict[str, Any]:
    rule, kind = gate.rule, answer_of(handler)
    schemas = [named[str(each)] for each in each_of(kind)]
    schema: dict[str, Any] = {"anyOf": schemas} if len(schemas) > 1 else schemas[0] if schemas else {}
    content = {gate.media_type.partition(";")[0]: {"schema": schema}}
    responses: dict[str, Any] = {}
    if rule.command:
        names = ["ETag", "Storeline-Position", "Idempotency-Replayed", "Storeline-Correlation"]
        headers = _headers(*names, *(["Storeline-Basket"] if rule.basket and rule.who.anonymous else []))
        rehearsed = {"description": "What it would record (dry_run).", "content": _json(named[str(Rehearsed)])}
        if handler.opt.get("creates"):
            responses["201"] = {"description": "Done.", "headers": headers | _headers("Location"), "content": content}
            responses["200"] = rehearsed
        else:
            either = _json({"anyOf": [schema, named[str(Rehearsed)]]})
            responses["200"] = {
                "description": "Done; with dry_run, what it would record.",
                "headers": headers,
                "content": either,
            }
    else:
        headers = _headers(
            "Storeline-Correlation", *(["ETag"] if rule.cached else []), *(["Storeline-Position"] if rule.reads else [])
        )
        responses["200"] = {"description": "The answer.", "headers": headers, "content": content}
    if rule.cached:
        responses["304"] = {"description": "The client has it already."}
    for status in _problems(gate):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    for status, other in handler.opt.get("otherwise", {}).items():
        content = _json(named[str(other)]) if other else {}
        responses[str(status)] = {
            "description": "It is otherwise.",
            "headers": _headers("Storeline-Correlation"),
            "content": content,
        }
    return responses


def _problems(gate: Gate) -> Iterator[int]:
    rule = gate.rule
    yield from (400, 401, 406, 422, 503)
    if rule.who.roles is not None:
        yield 403
    if rule.command:
        yield from (404, 409, 412)
    elif gate.body is not None:
        yield from (404, 409)
    elif "{" in gate.name:
        yield 404
    if rule.match_required:
        yield 428
    if gate.body is not None:
        yield from (408, 413, 415)


def _security(gate: Gate) -> list[dict[str, list[str]]]:
    who = gate.rule.who
    if who.roles is None:
        return []
    if gate.rule.taken_over:
        return [{"bearer": [], "basket": []}]
    anonymous: list[dict[str, list[str]]] = [{"basket": []}, {}] if who.anonymous else []
    return [{"bearer": []}, *anonymous]


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
