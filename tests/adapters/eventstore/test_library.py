"""The `eventsourcing` library's own cases, run against our log."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import InfrastructureFactoryError, StoredEvent, Tracking
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresProcessRecorder
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)
from psycopg.conninfo import conninfo_to_dict

from adapters.eventstore.recorder import Factory


def environment(url: str) -> dict[str, str]:
    parts = conninfo_to_dict(url)
    names = {"dbname": "DBNAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {
        "PERSISTENCE_MODULE": "adapters.eventstore.recorder",
        "POSTGRES_SCHEMA": "sample",
        "POSTGRES_PASSWORD": "",
        "POSTGRES_CONNECT_TIMEOUT": "10",
    } | {f"POSTGRES_{ours}": str(parts[theirs]) for theirs, ours in names.items() if parts.get(theirs)}


@pytest.fixture
def factory(log_url: str) -> Iterator[Factory]:
    with Factory(environment(log_url)) as factory:
        yield factory


class _OnOurLog:
    factory: Factory

    @pytest.fixture(autouse=True)
    def _use(self, factory: Factory) -> None:
        self.factory = factory


class TestAggregateRecorder(_OnOurLog, AggregateRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory.aggregate_recorder()


class TestApplicationRecorder(_OnOurLog, ApplicationRecorderTestCase[Any]):
    def create_recorder(self) -> Any:
        return self.factory.application_recorder()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(_OnOurLog, TrackingRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory.tracking_recorder()


class TestProcessRecorder(_OnOurLog, ProcessRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory.process_recorder()


class TestNonInterleavingNotificationIDs(_OnOurLog, NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> Any:
        return self.factory.application_recorder()


class Dog(Aggregate):
    @event("Named")
    def __init__(self, name: str) -> None:
        self.name = name

    @event("Renamed")
    def rename(self, name: str) -> None:
        self.name = name


class Kennel(Application[UUID]):
    snapshotting_intervals = {Dog: 2}  # noqa: RUF012  # as the library wants it


def test_an_application_of_the_library_runs_on_our_log(log_url: str) -> None:
    with Kennel(environment(log_url) | {"IS_SNAPSHOTTING_ENABLED": "y"}) as kennel:
        dog = Dog("Rex")
        kennel.save(dog)
        for name in ("Max", "Bo"):
            dog.rename(name)
            kennel.save(dog)

        again = cast(Dog, kennel.repository.get(dog.id))
        notifications = kennel.notification_log.select(start=1, limit=10)

        assert (again.name, again.version) == ("Bo", 3)
        assert [notification.originator_version for notification in notifications] == [1, 2, 3]
        assert kennel.snapshots is not None
        assert [snapshot.originator_version for snapshot in kennel.snapshots.get(dog.id)] == [2]


def test_stock_recorders_read_and_write_beside_ours(factory: Factory) -> None:
    ours = factory.process_recorder()
    stock = PostgresProcessRecorder(factory.datastore, events_table_name="events", tracking_table_name="tracking")
    id = uuid4()
    events = [StoredEvent(id, version, "sample.CoinsPut", b"{}") for version in range(1, 5)]

    ours.insert_events(events[:1], tracking=Tracking("upstream", 1))
    stock.insert_events(events[1:2], tracking=Tracking("upstream", 2))
    ours.insert_events(events[2:3], tracking=Tracking("upstream", 3))
    stock.insert_events(events[3:])

    assert stock.select_events(id) == ours.select_events(id) == events
    ids = [notification.id for notification in stock.select_notifications(start=1, limit=10)]
    assert ids == sorted(ids)
    assert len(ids) == 4
    assert stock.max_tracking_id("upstream") == ours.max_tracking_id("upstream") == 3


def test_the_mode_that_loses_events_for_readers_is_refused(log_url: str) -> None:
    with pytest.raises(InfrastructureFactoryError, match="takes no lock"):
        Factory(environment(log_url) | {"POSTGRES_ENABLE_DB_FUNCTIONS": "y"})


def test_a_stock_application_recorder_creates_nothing_that_is_missing(factory: Factory) -> None:
    """Its `create_table` finds all that it needs."""
    recorder = PostgresApplicationRecorder(factory.datastore, events_table_name="events")
    recorder.create_table()

    assert recorder.insert_events([StoredEvent(uuid4(), 1, "sample.CoinsPut", b"{}")]) == [1]
