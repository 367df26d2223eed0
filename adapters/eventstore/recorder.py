"""The log as the `eventsourcing` library sees it: its recorders and its factory, writing through the group commit.

They are the library's own Postgres recorders, for reading, on the tables that our migrations made. Only the writes go
another way, and a subscription does not rely on being notified.

    PERSISTENCE_MODULE=adapters.eventstore.recorder  POSTGRES_SCHEMA=<context>  POSTGRES_DBNAME=…
"""

import asyncio
from collections.abc import Sequence
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing import persistence, postgres
from eventsourcing.utils import Environment, EnvType
from psycopg import OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from adapters.eventstore.append import Append, Place, Record, Written
from adapters.eventstore.group import channel
from adapters.eventstore.mapper import Encoded
from adapters.eventstore.writer import Writer
from application.store import Overtaken, StoreUnavailable, VersionConflict

R = TypeVar("R")

POLL_SECONDS = 1.0


class Appender:
    """A writer for callers in threads: it runs on a loop in a thread of its own."""

    def __init__(self, schema: str, url: str, *, patience: float = 2.5, lock_timeout: float = 2.0) -> None:
        self._arguments = schema, url, patience, lock_timeout
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer: Writer | None = None

    def append(self, append: Append) -> Written:
        """Raises the library's IntegrityError for conflicts and its OperationalError for a database that is away."""
        with self._lock:
            if self._loop is None or self._writer is None:
                self._loop, self._writer = self._start()
        try:
            outcome = asyncio.run_coroutine_threadsafe(self._writer.append(append), self._loop).result()
        except (VersionConflict, Overtaken) as conflict:
            raise persistence.IntegrityError(str(conflict)) from conflict
        except StoreUnavailable as error:
            raise persistence.OperationalError(str(error)) from error
        if isinstance(outcome, Record):
            raise TypeError("The library's appends have no records")
        return outcome

    def close(self) -> None:
        with self._lock:
            loop, writer, self._loop, self._writer = self._loop, self._writer, None, None
        if loop is not None and writer is not None:
            asyncio.run_coroutine_threadsafe(writer.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def _start(self) -> tuple[asyncio.AbstractEventLoop, Writer]:
        loop = asyncio.new_event_loop()
        schema, url, patience, lock_timeout = self._arguments

        def run() -> None:
            loop.run_forever()
            loop.close()

        Thread(target=run, name=f"{schema} appender", daemon=True).start()
        return loop, Writer(schema, url, patience=patience, lock_timeout=lock_timeout)


class Recorder(postgres.PostgresProcessRecorder):
    """Records events and tracking of one log."""

    def __init__(self, datastore: postgres.PostgresDatastore, appender: Appender) -> None:
        super().__init__(datastore, events_table_name="events", tracking_table_name="tracking")
        self.channel_name = channel(datastore.schema)
        self._appender = appender

    def create_table(self) -> None:
        """The tables come from the migrations."""

    def insert_events(self, stored_events: Sequence[persistence.StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        tracking: persistence.Tracking | None = kwargs.get("tracking")
        if not stored_events and tracking is None:
            return None
        return self._appender.append(_append(stored_events, tracking)).positions or None

    def insert_tracking(self, tracking: persistence.Tracking) -> None:
        self._appender.append(_append([], tracking))

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> persistence.Subscription[persistence.ApplicationRecorder]:
        return Subscription(recorder=self, gt=gt, topics=topics)


class AggregateRecorder(Recorder):
    """Records events for those who want no positions."""

    def insert_events(self, stored_events: Sequence[persistence.StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class Subscription(postgres.PostgresSubscription):
    """Looks for new events when notified, and each second in any case; finds the server again when it was away."""

    def _listen(self) -> None:
        try:
            while not self._has_been_stopped and not self._thread_error:
                try:
                    self._listen_on_one_link()
                except (persistence.OperationalError, persistence.InterfaceError, OperationalError):
                    self._has_been_notified.wait(0.1)
        except BaseException as error:
            self._thread_error = self._thread_error or error
            self.stop()

    def _listen_on_one_link(self) -> None:
        with self._recorder.datastore.get_connection() as connection:
            connection.execute(SQL("LISTEN {}").format(Identifier(self._recorder.channel_name)))
            looked = 0.0
            while not self._has_been_stopped and not self._thread_error:
                if monotonic() - looked >= POLL_SECONDS:
                    looked = monotonic()
                    self._has_been_notified.set()
                for _ in connection.notifies(timeout=0.1, stop_after=1):
                    self._has_been_notified.set()
            connection.execute("UNLISTEN *")


class Factory(postgres.PostgresFactory):
    """For applications of the library. Its schema must be one that was migrated."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        if self.datastore.enable_db_functions:
            raise persistence.InfrastructureFactoryError(
                f"{self.POSTGRES_ENABLE_DB_FUNCTIONS} takes no lock: readers would miss events."
            )
        parts = {
            "dbname": self.env.get(self.POSTGRES_DBNAME),
            "host": self.env.get(self.POSTGRES_HOST),
            "port": self.env.get(self.POSTGRES_PORT),
            "user": self.env.get(self.POSTGRES_USER),
            "password": self.env.get(self.POSTGRES_PASSWORD),
        }
        url = make_conninfo("", **{name: part for name, part in parts.items() if part})
        self._appender = Appender(self.datastore.schema, url)

    def aggregate_recorder(self, purpose: str = "events") -> persistence.AggregateRecorder:
        if purpose == "events":
            return AggregateRecorder(self.datastore, self._appender)
        return postgres.PostgresAggregateRecorder(self.datastore, events_table_name=purpose)

    def application_recorder(self) -> Recorder:
        return Recorder(self.datastore, self._appender)

    def tracking_recorder(self, tracking_recorder_class: type[Any] | None = None) -> Any:
        return (tracking_recorder_class or Recorder)(self.datastore, self._appender)

    def process_recorder(self) -> Recorder:
        return Recorder(self.datastore, self._appender)

    def __exit__(self, *args: Any) -> None:
        self._appender.close()
        super().__exit__(*args)

    def close(self) -> None:
        self._appender.close()
        super().close()


def _append(events: Sequence[persistence.StoredEvent], tracking: persistence.Tracking | None) -> Append:
    """Each stream's versions must follow one another, as they do in all that the library writes."""
    expected: dict[UUID, int] = {}
    after: dict[UUID, int] = {}
    encoded = []
    for event in events:
        id, version = event.originator_id, event.originator_version
        if not isinstance(id, UUID):
            raise persistence.ProgrammingError(f"Streams are known by a UUID, not by {id!r}")
        expected.setdefault(id, version - 1)
        if after.setdefault(id, version - 1) != version - 1:
            raise persistence.IntegrityError(f"Version {version} does not follow version {after[id]} of {id}")
        after[id] = version
        encoded.append(Encoded(id, version, event.topic, event.state, complete=True))
    place = None if tracking is None else Place(tracking.application_name, tracking.notification_id, None)
    return Append(encoded, expected, after, None, place)
