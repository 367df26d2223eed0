"""How every command runs: known by its key, answered from what was saved, so that a replay gives the same answer."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar.response import Response
from msgspec.structs import replace

from api import conditions
from api.history import Shown
from api.requests import Request
from application.store import Call, Idempotency, KeyInFlight, Saved

R = TypeVar("R")

UseCase = Callable[..., Awaitable[Saved[R]]]
"""A use case with its needs bound: called with the command, the call, and what it is about."""


class Rehearsed(msgspec.Struct, frozen=True):
    """What a command would record."""

    events: list[Shown]
    versions: dict[str, int]
    """Each stream's version after it."""


class InFlight:
    """The commands that this process works on at this moment, by their keys. Across processes the store decides."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str, str]] = set()

    async def once(self, known: Idempotency, run: Callable[[], Awaitable[Saved[R]]]) -> Saved[R]:
        """Raises KeyInFlight when the same command is being worked on."""
        key = (known.scope, known.caller, known.key)
        if key in self._keys:
            raise KeyInFlight
        self._keys.add(key)
        try:
            return await run()
        finally:
            self._keys.discard(key)


async def perform(
    request: Request,
    use_case: UseCase[R],
    command: object,
    *about: Any,
    stream: UUID | None = None,
    created: Callable[[R], UUID] | None = None,
    under: str | None = None,
) -> Response[R]:
    """Runs one use case and answers what it saved: its result, the version of `stream` as ETag, and its position.

    A command that makes something says by `created` what its id is; it is found `under` the address of this request,
    unless another is given. `stream` is what was made, or what the command is about, unless it is given.
    """
    call = _known(request, command)
    if call.idempotency:
        saved = await request.app.state.in_flight.once(call.idempotency, lambda: use_case(command, call, *about))
    else:
        saved = await use_case(command, call, *about)
    if request.context.dry_run:
        return _rehearsed(saved)
    headers = {}
    made = created(saved.result) if created else None
    if (version := saved.versions.get(stream or made or next(iter(about), None))) is not None:
        headers["ETag"] = conditions.etag(version)
    if saved.positions:
        headers["Storeline-Position"] = conditions.written(saved.positions)
    if saved.replayed:
        headers["Idempotency-Replayed"] = "true"
    if made:
        headers["Location"] = f"{under or request.scope['path']}/{made}"
    return Response(saved.result, status_code=201 if made else 200, headers=headers)


def _known(request: Request, command: object) -> Call:
    call, context = request.call(), request.context
    if context.key is None or context.dry_run:
        return call
    fingerprint = hashlib.sha256(
        b"\n".join(
            (
                request.scope["method"].encode(),
                request.scope["path"].encode(),
                msgspec.json.encode(command, order="deterministic"),
            )
        )
    )
    scope = f"{request.scope['method']} {request.scope['path_template']}"
    return replace(call, idempotency=Idempotency(context.key, request.identity, scope, fingerprint.digest()))


def _rehearsed(saved: Saved[Any]) -> Response[Any]:
    events = [Shown.of(event) for event in saved.events]
    versions = {str(stream): version for stream, version in saved.versions.items()}
    return Response(Rehearsed(events, versions), status_code=200)
