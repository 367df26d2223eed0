"""What is stored of events, and what can be made of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from adapters.eventstore.mapper import Mapper, Row, UnknownEvent, UnreadableEvent, recorded_at, stamp
from domain.kernel import Aggregate, Context, Event
from tests.contracts.jars import SAMPLE, CoinsPut, Jar, JarEmptied, call, evolve

MOMENT = datetime(2026, 11, 20, 8, 0, 0, 1, tzinfo=UTC)
COINS = "sample.CoinsPut"


def row(tag: str, state: bytes | dict[str, Any]) -> Row:
    return 1, uuid4(), 1, tag, state if isinstance(state, bytes) else msgspec.json.encode(state)


def envelope(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"recorded_at": MOMENT, "id": uuid4(), "actor": "bob", "correlation_id": "c", "event": event, **more}


def test_an_event_is_stored_as_readable_json_with_its_envelope() -> None:
    id = uuid4()
    encoded = Mapper(SAMPLE).encode(CoinsPut(3, Decimal("0.50")), id, 7, call())

    state = encoded.state(stamp(MOMENT))

    assert (encoded.stream, encoded.version, encoded.tag) == (id, 7, COINS)
    assert state.startswith(b'{"recorded_at":"2026-11-20T08:00:00.000001Z","id":"')
    assert msgspec.json.decode(state)["event"] == {"type": COINS, "coins": 3, "value": "0.50"}
    assert "causation_id" not in msgspec.json.decode(state)
    assert recorded_at(state) == MOMENT
    assert encoded.is_stored_as(state)
    assert not encoded.is_stored_as(Mapper(SAMPLE).encode(CoinsPut(3, Decimal("0.50")), id, 7, call()).state(b"{"))


@pytest.mark.proves("S40", "B60")
@pytest.mark.parametrize("tag", ["sample.Unheard", "other.CoinsPut", "os:system", "builtins.eval", ""])
def test_a_tag_that_is_in_no_registry_is_refused_and_nothing_is_imported(tag: str) -> None:
    with pytest.raises(UnknownEvent, match="not known here"):
        Mapper(SAMPLE).facts([row(tag, envelope({"type": tag}))])


@pytest.mark.proves("B60")
@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b'{"recorded_at":"2026-11-20T08:00:00Z"',
        b"[]",
        msgspec.json.encode(envelope({"type": COINS})),
        msgspec.json.encode(envelope({"type": COINS, "coins": "three"})),
        msgspec.json.encode(envelope({"type": "sample.JarEmptied"})),
        msgspec.json.encode({"event": {"type": COINS, "coins": 1}}),
    ],
    ids=[
        "empty",
        "text",
        "binary",
        "truncated",
        "a list",
        "a field missing",
        "a wrong type",
        "another tag",
        "no envelope",
    ],
)
def test_an_event_that_cannot_be_made_out_is_an_error_that_names_it(state: bytes) -> None:
    with pytest.raises(UnreadableEvent, match=r"sample.CoinsPut \(position 1, stream .*, version 1\) cannot be read"):
        Mapper(SAMPLE).facts([row(COINS, state)])


@pytest.mark.proves("B60")
def test_an_event_of_a_newer_schema_is_left_to_newer_code() -> None:
    with pytest.raises(UnreadableEvent, match="newer code"):
        Mapper(SAMPLE).facts([row(COINS, envelope({"type": COINS, "coins": 1}, schema=2))])


class Put3(Event, frozen=True, tag="sample.CoinsPut"):
    """The third version: coins are counted in one field with their value in cents."""

    pieces: int
    cents: int


def pieces(payload: dict[str, Any]) -> dict[str, Any]:
    return {"type": payload["type"], "pieces": payload["coins"], "value": payload.get("value", "0.10")}


def cents(payload: dict[str, Any]) -> dict[str, Any]:
    return {"type": payload["type"], "pieces": payload["pieces"], "cents": int(Decimal(payload["value"]) * 100)}


UPCASTERS = {(COINS, 1): pieces, (COINS, 2): cents}
NEWER: Aggregate[Jar, Any] = Aggregate("sample.jar", Jar(), evolve, (Put3, JarEmptied))


@pytest.mark.proves("B60", "O8")
def test_old_events_are_brought_forward_one_step_at_a_time() -> None:
    mapper = Mapper(Context("sample", (NEWER,)), UPCASTERS)
    written_now = mapper.encode(Put3(1, 20), uuid4(), 1, call()).state(stamp(MOMENT))

    facts = mapper.facts(
        [
            row(COINS, envelope({"type": COINS, "coins": 3})),
            row(COINS, envelope({"type": COINS, "coins": 3, "value": "0.50"}, schema=1)),
            row(COINS, envelope({"type": COINS, "pieces": 2, "value": "1.00"}, schema=2)),
            row(COINS, written_now),
            row("sample.JarEmptied", envelope({"type": "sample.JarEmptied"})),
        ]
    )

    assert [fact.event for fact in facts] == [Put3(3, 10), Put3(3, 50), Put3(2, 100), Put3(1, 20), JarEmptied()]
    assert msgspec.json.decode(written_now)["schema"] == 3


def test_a_step_that_fails_names_the_event() -> None:
    mapper = Mapper(Context("sample", (NEWER,)), UPCASTERS)

    with pytest.raises(UnreadableEvent, match="cannot be read"):
        mapper.facts([row(COINS, envelope({"type": COINS}))])


def test_upcasters_with_a_gap_are_an_error_at_the_start() -> None:
    with pytest.raises(ValueError, match="leave a gap"):
        Mapper(Context("sample", (NEWER,)), {(COINS, 2): cents})
