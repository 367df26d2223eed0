"""What all machines share: a loop that runs the shop's work, and how far they go."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar
from unittest import TestCase

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

from domain.kernel import Refusal

T = TypeVar("T")


class Machine(RuleBasedStateMachine):
    answers: ClassVar[tuple[type[BaseException], ...]] = (Refusal,)
    """What work that is done at once with other work may end with."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()

    def teardown(self) -> None:
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def at_once(self, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        """What each of them answers."""

        async def gather() -> list[Any]:
            return await asyncio.gather(*work, return_exceptions=True)

        outcomes = self.run(gather())
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, self.answers):
                raise outcome
        return outcomes


def cases(machine: type[Machine], *proves: str, examples: int, in_soak: int, steps: int) -> type[TestCase]:
    """The test of a machine: so many runs of at most so many steps."""
    test: Any = machine.TestCase
    runs = in_soak if os.environ.get("STORELINE_SOAK") else examples
    test.settings = settings(max_examples=runs, stateful_step_count=steps, deadline=None)
    marked: type[TestCase] = pytest.mark.proves(*proves)(pytest.mark.timeout(1800)(test))
    return marked
