"""The command line: what it shows, and what it tells a person in one line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import msgspec
import psycopg
import pytest

Storeline = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def storeline(migrated_database_url: str, tmp_path: Path) -> Storeline:
    """Runs a command on a database of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STORELINE_")}
    environment = kept | {"DATABASE_URL": migrated_database_url, "STORELINE_DATA": str(tmp_path), "COLUMNS": "200"}

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "adapters.cli", *arguments]
        return subprocess.run(
            command, env=environment | variables, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed command said."""
    assert (1, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
    return done.stderr


@pytest.fixture
def odd_events(migrated_database_url: str) -> None:
    """An event of a kind that nobody knows, one that is not even JSON, and one that is not what it says it is."""
    odd = (
        ("ordering.Odd", b'{"actor":"alice","event":{"type":"ordering.Odd","n":1}}'),
        ("ordering.OrderPlaced", b"\x00\xff"),
        ("ordering.OrderShipped", b'{"actor":"alice","event":{"type":"ordering.OrderShipped","carrier":7}}'),
    )
    with psycopg.connect(migrated_database_url) as connection:
        for position, (tag, state) in enumerate(odd, 1):
            row = (uuid4(), tag, state, position)
            connection.execute("INSERT INTO ordering.events VALUES (%s, 1, %s, %s, %s)", row)


@pytest.mark.proves("F31", "B60")
@pytest.mark.usefixtures("odd_events")
def test_events_that_stop_a_follower_can_be_looked_at(storeline: Storeline) -> None:
    tail = storeline("events", "tail", "ordering")
    unknown, no_json, other = (
        msgspec.json.decode(storeline("events", "show", "ordering", str(position), "--json").stdout)
        for position in (1, 2, 3)
    )

    assert (0, 3) == (tail.returncode, tail.stdout.count("\n")), tail.stderr
    assert ("is not known here.", {"type": "ordering.Odd", "n": 1}) == (unknown["unreadable"], unknown["event"])
    assert ("ordering.OrderPlaced", 2) == (no_json["tag"], no_json["bytes"])
    assert "malformed" in no_json["unreadable"]
    assert "missing required field" in other["unreadable"]
    assert 7 == other["event"]["carrier"]


def test_what_is_not_there_is_told(storeline: Storeline) -> None:
    assert "no event at ordering=7" in refusal(storeline("events", "show", "ordering", "7"))
    assert "no context orders" in refusal(storeline("events", "tail", "orders"))
    assert "no stream" in refusal(storeline("stream", "show", "basket", str(uuid4())))
    assert "no follower" in refusal(storeline("follow", "--only", "nobody"))


@pytest.mark.proves("OPS-26")
def test_a_log_is_only_undone_by_force(storeline: Storeline, migrated_database_url: str) -> None:
    assert "--force" in refusal(storeline("migrate", "--down", "1", "--schema", "ordering"))
    assert "goes with neither" in refusal(storeline("migrate", "--down", "1", "--schema", "read", "--check"))
    script = storeline("migrate", "--down", "1", "--schema", "ordering", "--sql")
    assert "DROP TABLE" in script.stdout.upper()
    with psycopg.connect(migrated_database_url) as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM ordering.events").fetchone()

    assert storeline("migrate", "--check").returncode == 0
    assert storeline("migrate", "--down", "1", "--schema", "ordering", "--force").returncode == 0
    assert "ordering" in refusal(storeline("migrate", "--check"))


def test_wrong_settings_stop_every_command_with_one_line(storeline: Storeline) -> None:
    assert "DATABASE_URL: is no address" in refusal(storeline("migrate", DATABASE_URL="notaurl"))
    assert "Did you mean STORELINE_PORT?" in refusal(storeline("settings", STORELINE_PROT="1"))


@pytest.mark.proves("SEC-03")
def test_settings_are_shown_with_secrets_masked(storeline: Storeline) -> None:
    done = storeline("settings", STORELINE_SECRET="canary" * 8)

    assert "STORELINE_ORDER_TIMEOUT" in done.stdout
    assert "canary" not in done.stdout


def test_production_is_not_seeded_by_accident(storeline: Storeline) -> None:
    refused = storeline("seed", STORELINE_ENV="production", STORELINE_SECRET="k" * 32, STORELINE_GATEWAY="sandbox")

    assert "--force" in refusal(refused)
