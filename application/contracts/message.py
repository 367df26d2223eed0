"""What a context tells the others: a contract, and the message that carries it."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5

import msgspec

from domain.kernel import Event, Fact


class Contract(msgspec.Struct, frozen=True, tag_field="contract"):
    """A promise to other contexts. Each contract names its tag `<context>.<event>.v<n>`, which is its routing key too.

    A version only ever gains optional fields. Any other change is a new class with the next version, published
    beside the old one until nobody is bound to that. Never personal data: people appear as opaque ids.
    """


C = TypeVar("C", bound=Contract)
C_co = TypeVar("C_co", bound=Contract, covariant=True)


class Message(msgspec.Struct, Generic[C_co], frozen=True):
    """A contract on its way, with the envelope that lets a consumer recognise, order and trace it."""

    contract: C_co
    id: UUID
    """The same whenever and however often this message is sent: consumers recognise a repetition by it."""
    context: str
    stream: UUID
    """The order, basket or item that it is about. Messages of one stream arrive in the order of their positions,
    apart from repetitions."""
    position: int
    """Place of the cause in its context's log: of two messages about one stream the higher is the newer."""
    occurred_at: datetime
    correlation_id: str
    causation_id: str
    """Id of the event that this message tells of."""


def routing_key(contract: Contract | type[Contract]) -> str:
    """`"ordering.order_paid.v1"`."""
    return str(contract.__struct_config__.tag)


def context_of(contract: Contract | type[Contract]) -> str:
    """`"ordering"`."""
    return routing_key(contract).partition(".")[0]


def message(fact: Fact[Event], contract: C) -> Message[C]:
    """The message that carries what a fact gives others to know."""
    return Message(
        contract=contract,
        id=uuid5(fact.id, routing_key(contract)),
        context=fact.context,
        stream=fact.stream,
        position=fact.position,
        occurred_at=fact.recorded_at,
        correlation_id=fact.correlation_id,
        causation_id=str(fact.id),
    )
