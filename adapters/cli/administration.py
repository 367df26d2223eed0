"""`storeline migrate | seed | token | settings`: what is done before and beside running the shop."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from adapters import settings as knobs
from adapters import wiring
from adapters.cli.console import err, out, put, say
from adapters.cli.parameters import Count, Json
from adapters.contexts import NAMES
from adapters.databases import Databases, databases
from adapters.postgres import migrations
from adapters.seed.load import check
from adapters.seed.load import seed as fill
from adapters.settings import Settings, load


def migrate(
    *, down: Count | None = None, schema: str | None = None, sql: bool = False, check: bool = False, force: bool = False
) -> None:
    """Bring the schemas of all contexts forward, or with --down one of them back.

    Parameters
    ----------
    down
        Undo so many of the last steps of the schema that --schema names.
    schema
        The one schema to bring forward or back: a context, read or sandbox_gateway.
    sql
        Print what would be done as a script for psql, and change nothing.
    check
        Say what is pending, change nothing, and exit with 1 if anything is.
    force
        Undo steps of a log although its events go with its tables.
    """
    if check and (sql or down):
        sys.exit("storeline: --check says what is pending; it goes with neither --sql nor --down.")
    with databases(load()) as found:
        if schema not in {None, *found.urls}:
            sys.exit(f"storeline: there is no schema {schema}; there are {', '.join(found.urls)}.")
        chosen = Databases({name: url for name, url in found.urls.items() if schema in (None, name)})
        if check:
            chosen.check_migrated()
        elif down:
            _undo(chosen, schema, down, sql=sql, force=force)
        elif sql:
            for name, url in chosen.urls.items():
                put(migrations.script(url, name))
        else:
            steps = chosen.migrate()
            for step in steps:
                say(f"Migrated {step}")
            if not steps:
                say("Nothing to do: all schemas are up to date.")


def _undo(chosen: Databases, schema: str | None, count: int, *, sql: bool, force: bool) -> None:
    if schema is None:
        sys.exit("storeline: --down needs --schema: steps are undone in one schema at a time.")
    if sql:
        put(migrations.rollback_script(chosen.urls[schema], schema, count))
        return
    if schema in NAMES and not force:
        sys.exit(
            f"storeline: undoing steps of {schema} can drop its events, and nothing else holds them."
            " Look at the script with --sql, take a backup, then say --force."
        )
    for step in migrations.rollback(chosen.urls[schema], schema, count):
        say(f"Undone {schema}: {step}")


async def seed(*, scale: Count | None = None, force: bool = False) -> None:
    """Fill the catalogue with the sample products; a second time it changes nothing.

    Parameters
    ----------
    scale
        Make so many products besides, each with a text of its own.
    force
        Do it in production too.
    """
    settings = load()
    with databases(settings) as found:
        found.check_migrated()
        async with wiring.event_store(settings, found.urls) as store:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
                task = bar.add_task("Products", total=scale)
                done = await fill(
                    store,
                    currency=settings.currency,
                    env=settings.env,
                    force=force,
                    scale=scale or 0,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )
            present = await check(store)
    say(str(done))
    say(str(present))


def token(
    *, subject: str, role: Annotated[list[Literal["customer", "staff", "admin"]], Parameter(name="--role")]
) -> None:
    """Print a bearer token.

    Parameters
    ----------
    subject
        Whom it stands for, e.g. alice.
    role
        What the subject may do; may be given several times.
    """
    settings = load()
    try:
        put(
            wiring.tokens(settings).mint(
                subject, frozenset(role), now=datetime.now(UTC), lifetime=settings.token_lifetime
            )
        )
    except ValueError as error:
        sys.exit(f"storeline: {error}")


def settings(*, json: Json = False) -> None:
    """Show every setting, its present value and what it means; secrets are masked."""
    values = load().model_dump(mode="json")
    if json:
        put(msgspec.json.encode({knobs.variable(name): value for name, value in values.items()}).decode())
        return
    table = Table("Variable", "Value", "Meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        value = values[name]
        table.add_row(knobs.variable(name), "" if value is None else str(value), field.description)
    out.print(table)
