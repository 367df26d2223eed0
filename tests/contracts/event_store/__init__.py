"""What every event store must do. A test class of an adapter inherits these tests and gives the fixture `store`."""

import pytest

from tests.contracts.event_store.conflicts import Conflicts
from tests.contracts.event_store.following import Following
from tests.contracts.event_store.log import Log
from tests.contracts.event_store.repeating import Repeating
from tests.contracts.event_store.streams import Streams


class EventStoreContract(Streams, Conflicts, Repeating, Following, Log):
    pytestmark = pytest.mark.anyio
