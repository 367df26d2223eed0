"""Every event that was ever stored can still be read: each stored name has a sample, each sample can be replayed."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from adapters.eventstore.mapper import Mapper
from domain.kernel import Aggregate
from tests.golden.samples import CONTEXTS, FILES, SAMPLES, TAGS, tag_of

STREAM = UUID(int=1)


def aggregate_of(tag: str) -> Aggregate[Any, Any]:
    context = CONTEXTS[tag.partition(".")[0]]
    return next(each for each in context.aggregates if context.events[tag] in each.events)


def read(sample: Path) -> Any:
    """The event in a sample, read as the event store reads it."""
    tag = tag_of(sample)
    mapper = Mapper(CONTEXTS[sample.parent.name])
    (fact,) = mapper.facts([(1, STREAM, 1, tag, sample.read_bytes())])
    return fact.event


@pytest.mark.parametrize("tag", TAGS)
def test_every_stored_name_has_a_sample(tag: str) -> None:
    context, _, name = tag.partition(".")

    assert (SAMPLES / context / f"{name}.json").exists(), f"store one as tests/golden/{context}/{name}.json"


@pytest.mark.parametrize("sample", FILES, ids=tag_of)
def test_a_stored_name_is_for_ever(sample: Path) -> None:
    assert tag_of(sample) in TAGS


@pytest.mark.parametrize("sample", FILES, ids=tag_of)
def test_a_sample_can_be_read_and_replayed(sample: Path) -> None:
    aggregate = aggregate_of(tag_of(sample))
    event = read(sample)

    assert type(event) is CONTEXTS[sample.parent.name].events[tag_of(sample)]
    assert type(aggregate.fold(aggregate.initial, [event])) is type(aggregate.initial)


@pytest.mark.parametrize("sample", [file for file in FILES if file.name.count(".") == 1], ids=tag_of)
def test_an_event_is_still_stored_as_in_its_sample(sample: Path) -> None:
    """It may have gained fields with defaults since then; it has lost none and renamed none."""
    stored = msgspec.json.decode(sample.read_bytes())["event"]
    encoded = msgspec.json.decode(msgspec.json.Encoder(decimal_format="string").encode(read(sample)))

    assert stored == within(encoded, stored)


def within(value: Any, shape: Any) -> Any:
    """`value` without the fields that `shape` does not have."""
    if isinstance(value, dict) and isinstance(shape, dict):
        return {key: within(value[key], shape[key]) for key in shape if key in value}
    if isinstance(value, list) and isinstance(shape, list) and len(value) == len(shape):
        return [within(*pair) for pair in zip(value, shape, strict=True)]
    return value
