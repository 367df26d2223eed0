"""How a use case becomes a command: answered as before when it comes again, decided anew when it lost a race.

Those who lost a race take turns from then on (`application.turns`), so that each loses one at most to others of this
process. Other processes may still be faster, but not for ever.
"""

import asyncio
import functools
import random
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args, get_type_hints
from uuid import UUID, uuid5

from application.store import Call, EventStore, Saved, VersionConflict
from application.turns import InTurn, Turn, queues_of
from domain.kernel import Refusal

C = TypeVar("C")
R = TypeVar("R")
P = ParamSpec("P")

_COMMANDS = UUID("9f0c1b5e-4a0d-5c1c-b6a2-3d0a7a4b1c55")

UseCase = Callable[Concatenate[C, Call, P], Coroutine[Any, Any, Saved[R]]]

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.1
"""Seconds between two attempts at most: random, so that processes that collided do not collide again."""


def command(context: str) -> Callable[[UseCase[C, P, R]], UseCase[C, P, R]]:
    """Marks `async def use_case(cmd, call, *, store, …) -> Saved[Result]` as a command on `context`.

    A command that was done already answers as it did the first time. The store notices that when it saves; when the
    use case refuses instead, the store is asked here, since a retry must not fail because the world has moved on.
    A command that lost a race is decided again on the new state, in its turn and for as long as `turns.PATIENCE`. One
    whose caller named a version waits for no turn: it is done, or hears that this is the version no more.
    """

    def decorate(use_case: UseCase[C, P, R]) -> UseCase[C, P, R]:
        (result,) = get_args(get_type_hints(use_case)["return"])

        async def run(cmd: C, call: Call, /, *args: P.args, **needs: P.kwargs) -> Saved[R]:
            store: EventStore = needs["store"]  # type: ignore[assignment]  # every use case needs one
            async with Turn(queues_of(store)) as turn:
                if call.expected is None:
                    needs["store"] = InTurn(store, turn)
                pauses = _pauses()
                while True:
                    try:
                        return await use_case(cmd, call, *args, **needs)
                    except Refusal as refusal:
                        if done := await store.recall(call, context, result):
                            return done
                        if not isinstance(refusal, VersionConflict) or turn.is_over:
                            raise
                        lost = refusal.stream
                    if call.expected is not None or lost in turn.streams:  # the latter to another process
                        await asyncio.sleep(next(pauses))
                    else:
                        await turn.wait([lost])

        functools.update_wrapper(run, use_case)
        return run

    return decorate


def origin_of(call: Call, new_id: Callable[[], UUID]) -> UUID:
    """The id from which whatever this command makes takes its own id.

    Derived from the idempotency key, so that a repeated command makes the same thing, even after its record was
    forgotten; a new one for a command without a key.
    """
    if call.idempotency is None:
        return new_id()
    known = call.idempotency
    return uuid5(_COMMANDS, "\n".join((known.caller, known.scope, known.key, known.fingerprint.hex())))


def _pauses() -> Iterator[float]:
    longest = _FIRST_PAUSE
    while True:
        yield random.uniform(0, longest)  # noqa: S311
        longest = min(_LONGEST_PAUSE, longest * 2)


class DryRun:
    """An event store that decides but never writes: `save` answers with the events that would be recorded."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def recall(self, call: Call, context: str, result: type[R]) -> Saved[R] | None:
        return None

    async def save(
        self,
        *streams: Any,
        call: Call,
        result: R,
        tracking: object = None,
        inbox: object = None,
        context: str | None = None,
    ) -> Saved[R]:
        versions = {stream.id: stream.version + len(stream.pending) for stream in streams}
        return Saved(result, versions, {}, tuple(event for stream in streams for event in stream.pending))
