"""The gate: what every request passes before its handler, by its route's line in the table.

It runs as the hook before a handler's parameters are read: the framework's guards cost a copy of the handler each time.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from time import monotonic
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar import Request as LitestarRequest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.utils.helpers import get_enum_string_value

from api import conditions
from api.access import LOGS, Rule
from api.body import located, misspelt, read
from api.problems import Refused, allowed, no_such_page, unavailable
from api.requests import Context, Request
from api.tokens import InvalidToken
from projections.kernel import Stale

_MOST_QUERY = 8192
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_WHOLE = re.compile(r"-?[0-9]{1,18}")

PageSize = Annotated[int, msgspec.Meta(ge=1, le=100)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
YEARS = range(2000, 9000)
"""Of moments: at the ends of the calendar some are none in another zone."""
Buyer = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand after the question mark: exactly these names, each once; lists of values more than once."""


class DryRun(Query, frozen=True):
    """What every command may be asked."""

    dry_run: bool = False
    """Only say which events would be recorded."""


class Gate:
    """A route's rule, and what its handler's signature says about the query and the body."""

    def __init__(self, name: str, rule: Rule, handler: HTTPRouteHandler) -> None:
        parameters = handler.parsed_fn_signature.parameters
        self.name = name
        self.rule = rule
        self._awaits = rule.awaits
        self.query: type[Query] = (
            parameters["asked"].annotation if "asked" in parameters else DryRun if rule.command else Query
        )
        self.body: Any = handler.parsed_data_field.annotation if handler.parsed_data_field else None
        self.media_type = get_enum_string_value(handler.media_type or "application/json")
        fields = msgspec.structs.fields(self.query)
        self._many = frozenset(each.encode_name for each in fields if _holds(each.type, tuple))
        self._whole = frozenset(each.encode_name for each in fields if _holds(each.type, int))
        self._moments = tuple(each.name for each in fields if _holds(each.type, datetime))
        self._nothing = None if any(each.required for each in fields) else self.query()

    async def admit(self, request: Request) -> None:
        """Fills the request's context. Raises Refused for who may not pass, and for what is not asked properly."""
        headers, context, rule = request.headers, request.context, self.rule
        for value in request.path_params.values():
            if isinstance(value, UUID) and str(value) not in request.scope["path"].split("/"):
                raise no_such_page()  # ids have one spelling
        if (accept := headers.get("accept")) and not conditions.accepts(accept, self.media_type):
            raise Refused(406, "not-acceptable", f"This address answers {self.media_type}.")
        self._identify(request, context)
        self._name_basket(request, context)
        query = request.scope["query_string"]
        context.asked = self._nothing if self._nothing is not None and not query else self._asked(query)
        if rule.command:
            self._state_terms(request, context)
        if (after := headers.get("storeline-after")) is not None:
            context.after = conditions.positions(after, LOGS)
            await self._catch_up(request, context)
        if self.body is not None:
            await read(request)

    def _identify(self, request: Request, context: Context) -> None:
        who = self.rule.who
        if (authorization := request.headers.get("authorization")) is not None:
            scheme, _, token = authorization.partition(" ")
            try:
                if scheme.lower() != "bearer":
                    raise InvalidToken
                context.caller = request.shop.tokens.verify(token)
            except InvalidToken:
                raise _unauthenticated() from None
        if who.roles is None or (context.caller is None and who.anonymous):
            return
        if context.caller is None:
            raise _unauthenticated()
        if not context.caller.roles & who.roles:
            raise Refused(403, "forbidden", f"This is for {' and '.join(sorted(who.roles))} only.")

    def _name_basket(self, request: Request, context: Context) -> None:
        """The basket that Storeline-Basket names. Whoever has said who they are has their own, whatever it names."""
        if not self.rule.taken_over and (not self.rule.basket or context.caller):
            return
        if token := request.headers.get("storeline-basket"):
            try:
                context.basket = request.shop.tokens.verify_basket(token)
            except InvalidToken:
                problem = "This Storeline-Basket is not valid, or not any more. Leave it out; a new basket begins then."
                raise Refused(401, "invalid-basket-token", problem, headers=_CHALLENGE) from None
        elif self.rule.taken_over:
            raise Refused(400, "basket-token-required", "Send the token of the anonymous basket as Storeline-Basket.")

    def _state_terms(self, request: Request, context: Context) -> None:
        headers, rule = request.headers, self.rule
        context.dry_run = context.asked.dry_run
        if (key := headers.get("idempotency-key")) is not None:
            context.key = conditions.idempotency_key(key)
            if context.caller is None and context.basket is None and not context.dry_run:
                problem = "A key belongs to somebody. Begin a basket without one, then send its Storeline-Basket too."
                raise Refused(400, "basket-token-required", problem)
        elif rule.key_required and not context.dry_run:
            raise Refused(
                400, "idempotency-key-required", "Send an Idempotency-Key, so that this can safely be repeated."
            )
        if (tag := headers.get("if-match")) is not None:
            context.expected = conditions.version_of(tag)
            if rule.begins:
                problem = "This makes something new: there is no version of it to match. Leave If-Match out."
                raise Refused(412, "nothing-to-match", problem)
        elif rule.match_required:
            raise Refused(428, "if-match-required", "Send If-Match with the ETag of what you decided on.")

    async def _catch_up(self, request: Request, context: Context) -> None:
        shop = request.shop
        deadline = monotonic() + shop.read_after_wait
        try:
            for log, position in context.after.items():
                left = max(deadline - monotonic(), 0)
                await shop.freshness.wait_for(self._awaits, log, position, left)
        except Stale as stale:
            raise unavailable(
                "The answer is not yet as fresh as you ask. Try again in a second.",
                {
                    "context": stale.context,
                    "position": stale.position,
                    "wanted": stale.wanted,
                    "lag": stale.wanted - stale.position,
                },
            ) from None

    def _asked(self, query_string: bytes) -> Query:
        if len(query_string) > _MOST_QUERY:
            raise Refused(422, "invalid-parameter", "The query is too long.")
        try:
            pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200)
        except ValueError:
            raise Refused(400, "bad-request", "The query is not well-formed.") from None
        asked: dict[str, Any] = {}
        for name, value in pairs:
            if "\0" in value or (name in self._whole and not _WHOLE.fullmatch(value)):
                raise Refused(422, "invalid-parameter", "This is not a value that it can have.", {"path": name[:60]})
            if name in self._many:
                asked.setdefault(name, []).append(value)
            elif name in asked:
                raise Refused(422, "invalid-parameter", "It is given twice.", {"path": name[:60]})
            else:
                asked[name] = value
        try:
            query = msgspec.convert(asked, self.query, strict=False)
        except msgspec.ValidationError as error:
            message, path = located(error)
            raise Refused(422, "invalid-parameter", f"{message}.", {"path": path}) from None
        if nothing := next((name for name in asked if getattr(query, name) is None), None):  # read from `null`
            raise Refused(422, "invalid-parameter", "This is not a value that it can have.", {"path": nothing})
        if wrong := misspelt(asked, query):
            problem = "An id is written in lower case, with hyphens."
            raise Refused(422, "invalid-parameter", problem, {"path": wrong})
        for name in self._moments:
            moment = getattr(query, name)
            if moment is not None and (moment.year not in YEARS or ":" not in asked[name]):  # seconds are read, too
                years = f"from the year {YEARS.start} on, and before {YEARS.stop}"
                problem = f"A moment is written like 2026-12-24T18:00:00Z, {years}."
                raise Refused(422, "invalid-parameter", problem, {"path": name})
        return query


def _holds(kind: Any, wanted: type) -> bool:
    """Whether the type is `wanted`, or a union or annotation of it."""
    origin = get_origin(kind) or kind
    if isinstance(origin, type) and issubclass(origin, wanted) and origin is not bool:
        return True
    return origin is not tuple and any(_holds(each, wanted) for each in get_args(kind))


def _unauthenticated() -> Refused:
    """The same answer whatever is wrong with a token."""
    return Refused(
        401,
        "unauthenticated",
        "A valid token is needed here: Authorization: Bearer <token>.",
        headers=_CHALLENGE,
    )


async def admit(request: LitestarRequest[Any, Any, Any]) -> None:
    """Lets a request through its route's gate. A route that is not in the table lets nobody in."""
    if not isinstance(request, Request):
        raise TypeError("The application makes requests of its own kind.")
    handler = request.scope["route_handler"]
    gate = handler.opt.get("gate")
    if gate is None:
        if request.scope["method"] == "OPTIONS":
            return
        raise Refused(403, "forbidden", "Nobody may do this.")
    await gate.admit(request)


def endpoints(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every route as the table names it, `GET /v1/orders/{order_id}`, with its handler."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield f"{method} {route.path_format}", handler


def methods(app: Litestar) -> dict[str, str]:
    """What each address knows, by its template, as Allow says it."""
    known: dict[str, list[str]] = {}
    for name, _ in endpoints(app):
        method, _, path = name.partition(" ")
        known.setdefault(path, []).append(method)
    return {path: allowed(each) for path, each in known.items()}


def close(app: Litestar, rules: Mapping[str, Rule]) -> None:
    """Puts a gate before every route. Raises LookupError where the routes and the table do not agree."""
    handlers = dict(endpoints(app))
    if missing := handlers.keys() ^ rules.keys():
        raise LookupError(f"The routes and the table of who may call them do not agree: {sorted(missing)}")
    for name, handler in handlers.items():
        handler.opt["gate"] = Gate(name, rules[name], handler)
