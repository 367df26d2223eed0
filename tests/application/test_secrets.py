"""Fields that are marked as secret are hidden wherever they stand; all else is shown as it is stored."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from application.secrets import HIDDEN, without_secrets
from domain.kernel import Event, Secret
from domain.payment import Instrument, MethodStored, PaymentRequested
from tests.domain.payment.examples import requested
from tests.golden.samples import CONTEXTS, FILES, tag_of


class Key(msgspec.Struct, frozen=True):
    name: str
    code: Secret[str]


class DoorBuilt(Event, frozen=True, tag="house.DoorBuilt"):
    spare: Secret[str] | None = None
    key: Key | None = None
    keys: tuple[Key, ...] = ()
    rooms: dict[str, Key] = msgspec.field(default_factory=dict)
    width: int = 90


KEY, SHOWN = Key("front", "1234"), {"name": "front", "code": HIDDEN}


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        (DoorBuilt(), {}),
        (DoorBuilt(spare="1234"), {"spare": HIDDEN}),
        (DoorBuilt(key=KEY), {"key": SHOWN}),
        (DoorBuilt(keys=(KEY, KEY)), {"keys": [SHOWN, SHOWN]}),
        (DoorBuilt(rooms={"hall": KEY}), {"rooms": {"hall": SHOWN}}),
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(door: DoorBuilt, shown: dict[str, Any]) -> None:
    nothing, stored = (msgspec.json.decode(msgspec.json.encode(each)) for each in (DoorBuilt(), door))

    assert nothing | shown == without_secrets(stored, DoorBuilt)
    assert nothing | shown == msgspec.json.decode(
        msgspec.json.encode(without_secrets(msgspec.to_builtins(door), DoorBuilt))
    )


@pytest.mark.parametrize("data", [None, 7, "x", [], {"key": "bent"}, {"keys": {"a": 1}}, {"unknown": {"code": "1"}}])
def test_what_does_not_fit_is_shown_as_it_is(data: Any) -> None:
    assert data == without_secrets(data, DoorBuilt)
    assert data == without_secrets(data, None)


@pytest.mark.proves("PAY-12")
def test_tokens_are_secret() -> None:
    data = msgspec.to_builtins(requested)
    assert data | {"instrument": data["instrument"] | {"token": HIDDEN}} == without_secrets(data, PaymentRequested)
    stored = msgspec.to_builtins(MethodStored("alice", UUID(int=1), "sandbox-ok", "Visa", "4242", "2031-08"))
    assert stored | {"token": HIDDEN} == without_secrets(stored, MethodStored)
    assert "token" in Instrument.__struct_fields__


@pytest.mark.parametrize("sample", FILES, ids=tag_of)
def test_nothing_else_of_any_stored_event_is_hidden(sample: Any) -> None:
    context, name = sample.parent.name, sample.name.partition(".")[0]
    stored = msgspec.json.decode(sample.read_bytes())["event"]
    shown = without_secrets(stored, CONTEXTS[context].events[f"{context}.{name}"])

    hides = {"MethodStored", "PaymentRequested"}
    assert (stored == shown) == (name not in hides)
