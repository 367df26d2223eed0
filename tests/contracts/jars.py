"""Jars of coins, and their lids: a context of their own, for tests of what holds for every context."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias, assert_never
from uuid import UUID, uuid4

import msgspec

from application.commands import command
from application.store import Call, EventStore, Idempotency, Saved, Stream
from domain.kernel import Aggregate, Context, Event, NotFound, members


class CoinsPut(Event, frozen=True, tag="sample.CoinsPut"):
    coins: int
    value: Decimal = Decimal("0.10")


class JarEmptied(Event, frozen=True, tag="sample.JarEmptied"):
    pass


JarEvent: TypeAlias = CoinsPut | JarEmptied


class Jar(msgspec.Struct, frozen=True):
    coins: int = 0
    value: Decimal = Decimal(0)


def evolve(jar: Jar, event: JarEvent) -> Jar:
    match event:
        case CoinsPut(coins=coins, value=value):
            return Jar(jar.coins + coins, jar.value + coins * value)
        case JarEmptied():
            return Jar()
        case _:
            assert_never(event)


class NoSuchJar(NotFound):
    code = "no-such-jar"

    def __init__(self, id: UUID) -> None:
        super().__init__(f"There is no jar {id}.", id=str(id))


class LidTurned(Event, frozen=True, tag="sample.LidTurned"):
    by: str


def turn(turns: tuple[str, ...], event: LidTurned) -> tuple[str, ...]:
    return (*turns, event.by)


JAR = Aggregate("sample.jar", Jar(), evolve, members(JarEvent), missing=NoSuchJar, snapshot_every=10)
LID: Aggregate[tuple[str, ...], LidTurned] = Aggregate("sample.lid", (), turn, members(LidTurned))
SAMPLE = Context("sample", (JAR, LID))


def call(key: str | None = None, *, caller: str = "alice", body: bytes = b"", scope: str = "PUT /jars") -> Call:
    """A call, with an idempotency key if one is given."""
    command = key and Idempotency(key, caller, scope, hashlib.sha256(body).digest())
    return Call(caller, datetime(2026, 1, 1, tzinfo=UTC), f"trace-{uuid4()}", idempotency=command or None)


def jar(*events: JarEvent, id: UUID | None = None) -> Stream[Jar, JarEvent]:
    """A new jar with these events pending."""
    stream = Stream.new(JAR, id or uuid4())
    stream.add(events)
    return stream


async def stored(store: EventStore, *events: JarEvent) -> Stream[Jar, JarEvent]:
    """A jar with these events: with a coin, if none are given."""
    stream = jar(*(events or [CoinsPut(1)]))
    await store.save(stream, call=call(), result=None)
    return stream


async def put(store: EventStore, stream: Stream[Jar, JarEvent], coins: int = 1, count: int = 1) -> None:
    """Puts coins into a stored jar, `count` times in one command."""
    loaded = await store.load(JAR, stream.id)
    loaded.add([CoinsPut(coins)] * count)
    await store.save(loaded, call=call(), result=None)


class TurnLids(msgspec.Struct, frozen=True):
    lids: tuple[UUID, ...]
    by: str = "somebody"


@command("sample")
async def turn_lids(cmd: TurnLids, call: Call, *, store: EventStore) -> Saved[None]:
    """Turns lids, which it loads one after the other."""
    lids = [await store.load(LID, id, expected=call.expected) for id in cmd.lids]
    for lid in lids:
        lid.add([LidTurned(cmd.by)])
    return await store.save(*lids, call=call, result=None)
