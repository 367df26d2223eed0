"""What analysts see of the logs: each event as it is stored, but for what is shown to nobody."""

from itertools import groupby
from pathlib import Path
from uuid import uuid4

import msgspec
import psycopg
import pytest
from psycopg import sql

from application.secrets import without_secrets
from tests.golden.samples import CONTEXTS, FILES, tag_of


@pytest.mark.proves("PAY-12")
def test_the_view_of_a_log_hides_what_histories_hide(migrated_database_url: str) -> None:
    with psycopg.connect(migrated_database_url) as connection:
        for name, samples in groupby(FILES, lambda sample: sample.parent.name):
            for sample in samples:
                assert _hidden(sample) == _seen(connection, name, sample)


def _hidden(sample: Path) -> object:
    event = msgspec.json.decode(sample.read_bytes())["event"]
    shown = without_secrets(event, CONTEXTS[sample.parent.name].events[tag_of(sample)])
    return {name: value for name, value in shown.items() if name != "type"}


def _seen(connection: psycopg.Connection, context: str, sample: Path) -> object:
    stream = uuid4()
    connection.execute(
        sql.SQL("INSERT INTO {}.events VALUES (%s, 1, %s, %s)").format(sql.Identifier(context)),
        (stream, tag_of(sample), sample.read_bytes()),
    )
    view = sql.SQL("SELECT payload FROM {}.log WHERE stream = %s").format(sql.Identifier(context))
    (payload,) = connection.execute(view, (stream,)).fetchone() or (None,)
    return payload
