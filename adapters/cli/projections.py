"""`storeline projections …`: how the read models and all other followers do, and what a person can do about it."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from cyclopts import App
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from adapters import logs, wiring
from adapters.cli.console import err, out, put, say
from adapters.cli.parameters import Json
from adapters.databases import databases
from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.followers.embeddings import Embeddings
from adapters.followers.faults import Faults
from adapters.followers.rebuild import Rebuild
from adapters.followers.status import status as status_of
from adapters.followers.verify import Verification
from adapters.settings import load
from application.store import EventStore
from projections.kernel import Projection
from projections.registry import ALL

projections = App(name="projections", help="Look after the read models and all that follows the logs.")


@projections.command(name="list")
def list_(*, json: Json = False) -> None:
    """Show which read models there are, and what each follows."""
    if json:
        put(_encoded([{"name": each.name, "version": each.version, "context": each.context} for each in ALL]))
        return
    table = Table("read model", "version", "follows", "key")
    for each in ALL:
        table.add_row(each.name, str(each.version), each.context, ", ".join(each.key))
    out.print(table)


@projections.command
async def status(*, json: Json = False) -> None:
    """Show where each follower stands against its log, who works it, and which of them stopped.

    Exits with 1 if any is faulted or not worked at all.
    """
    settings = load()
    async with (
        _shop() as (store, pool),
        wiring.embedder(settings) as embedder,
        wiring.followers(settings, store, pool, embedder) as followers,
    ):
        found = await status_of(followers, store, pool)
    if json:
        put(_encoded(found))
    else:
        table = Table(Column("follower", no_wrap=True), "follows", "state", "position", "behind", "for", "worked by")
        for each in found:
            behind = "?" if each.lag_seconds is None else f"{each.lag_seconds:.1f} s"
            colour = "green" if each.healthy else "yellow" if each.fault is None else "red"
            state = f"[{colour}]{each.state}[/]"
            row = (str(each.position), str(each.lag_events), behind, each.holder or "nobody")
            table.add_row(each.name, each.context, state, *row)
        out.print(table)
        for each in found:
            if each.fault:
                say(f"{each.name} stands still before {each.context}={each.fault_position}: {each.fault}")
    if not all(each.healthy for each in found):
        sys.exit(1)


@projections.command
async def rebuild(name: str) -> None:
    """Build a read model anew from the log, beside the one that serves, and let it take over.

    A build that was stopped goes on where it stood.

    Parameters
    ----------
    name
        Which one, as `list` shows them; `all` for one after the other.
    """
    async with _shop() as (store, pool), wiring.embedder(load()) as embedder:
        for projection in _named(name):
            embeddings = Embeddings(projection, embedder) if projection.embeds else None
            with _bar() as bar:
                head = await store.head(projection.context)
                task = bar.add_task(projection.follower, total=head, speed="")
                rebuild = Rebuild(projection, store, pool, embeddings, progress=_progress(bar, task))
                done = await rebuild.run()
            say(f"{projection.follower} serves: {done.events} events, {done.rows} rows in {done.seconds:.1f} s.")


@projections.command
async def verify(name: str, *, json: Json = False) -> None:
    """Compare a read model with what its log gives, up to where it stands. Exits with 1 if any row differs.

    Parameters
    ----------
    name
        Which one, as `list` shows them; `all` for one after the other.
    """
    faithful = True
    async with _shop() as (store, pool):
        for projection in _named(name):
            with _bar() as bar:
                task = bar.add_task(projection.follower, total=await store.head(projection.context), speed="")
                found = await Verification(projection, store, pool, progress=_progress(bar, task)).run()
            faithful = faithful and not found.differing
            if json:
                put(_encoded({"projection": projection.follower, **_fields(found)}))
                continue
            say(f"{projection.follower} at {found.position}: {found.rows} rows, {found.differing} differ.")
            for each in found.differences:
                put(_encoded(each))
    if not faithful:
        sys.exit(1)


@projections.command
async def retry(follower: str) -> None:
    """Let a faulted follower try its fact again, once what was wrong is mended.

    Parameters
    ----------
    follower
        Its name, as `status` shows it.
    """
    async with _shop() as (_, pool):
        await Faults(pool).retry(follower)
    say(f"{follower} tries again.")


@projections.command
async def skip(follower: str, position: int, *, who: str, why: str) -> None:
    """Let a faulted follower leave one fact out, for ever. Who decided that and why is kept in `read.skip`.

    Parameters
    ----------
    follower
        Its name, as `status` shows it.
    position
        The position of the fact before which it stands still.
    who
        Who decides.
    why
        The reason.
    """
    async with _shop() as (_, pool):
        fault = await Faults(pool).skip(follower, position, actor=who, reason=why)
    say(f"{follower} leaves out {fault.context}={position} ({fault.tag}).")


@asynccontextmanager
async def _shop() -> AsyncIterator[tuple[EventStore, Pool]]:
    settings = load()
    logs.configure("warning")
    with databases(settings) as found:
        found.check_migrated()
        async with wiring.event_store(settings, found.urls) as store, make_follower_pool(found.urls["read"]) as pool:
            yield store, pool


def _named(name: str) -> list[Projection[Any]]:
    chosen = [each for each in ALL if name in (each.name, "all")]
    if not chosen:
        sys.exit(f"storeline: there is no read model {name}; `storeline projections list` shows those that are.")
    return chosen


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        console=err,
    )


def _progress(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    def show(position: int, events: int) -> None:
        seconds = bar.tasks[task].elapsed or 0
        speed = f"{events / seconds:,.0f} events/s" if seconds else ""
        bar.update(task, completed=position, total=max(position, int(bar.tasks[task].total or 0)), speed=speed)

    return show


def _fields(value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(value)
    return fields


def _encoded(value: Any) -> str:
    return msgspec.json.encode(value).decode()
