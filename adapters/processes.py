"""Processes that belong together: children are started again when they die, and none outlives its parent."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

import structlog

log = structlog.get_logger()

GRACE = 30.0
"""Seconds that a process has to finish what it is doing; then it is killed."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
_STEADY = 30.0
"""Seconds after which a child that dies is started again as if it had never died before."""


def exit_with(parent: int) -> None:
    """Ends this process, as SIGTERM does, soon after the process `parent` is gone, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


async def keep_running(command: Sequence[str], stop: asyncio.Event, environment: dict[str, str]) -> None:
    """Runs a `storeline` command until `stop` is set; starts it again, with growing pauses, whenever it dies."""
    pause = _FIRST_PAUSE
    while not stop.is_set():
        began = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.cli", *command, "--parent", str(os.getpid())),
            env=os.environ | environment,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C reaches the parent alone, which ends its children in order
        )
        ended = asyncio.create_task(child.wait())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            await _end(child, ended)
            return
        pause = _FIRST_PAUSE if time.monotonic() - began > _STEADY else min(pause * 2, _LONGEST_PAUSE)
        log.error("process died", command=" ".join(command), exit=child.returncode, again_in=pause)
        await pause_unless(stop, pause)


async def pause_unless(stop: asyncio.Event, seconds: float) -> None:
    """Waits for so long, or until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def _end(child: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    if child.returncode is None:
        child.terminate()
    done, _ = await asyncio.wait({ended}, timeout=GRACE)
    if not done:
        log.error("process did not stop in time and is killed", pid=child.pid)
        child.kill()
        await ended
