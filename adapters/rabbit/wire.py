"""A message on the wire: the contract as JSON in the body, the envelope in the properties and headers of AMQP."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from aio_pika import DeliveryMode
from aio_pika import Message as AmqpMessage
from aio_pika.abc import AbstractIncomingMessage

from application.contracts import AnyContract, Contract, Message, context_of, routing_key

CONTENT_TYPE = "application/json"
LARGEST = 1_000_000
"""Bytes of a body at most. A contract has a few hundred; more is not one of ours."""

_TRACES = UUID("0f9f1f0e-55d6-5a5c-8a43-0a8a4a1b8f0d")
_TRACE_ID = re.compile("[0-9a-f]{32}", re.ASCII)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(AnyContract)


class Malformed(Exception):
    """A message that no number of attempts would make readable."""


class Headers(msgspec.Struct, frozen=True):
    """What AMQP has no property for."""

    stream: UUID
    """The order, basket or item that the message is about."""
    position: int
    """Of two messages about one stream the higher is the newer."""
    causation_id: str
    """The event that the message tells of."""
    traceparent: str = ""
    """W3C trace context."""


def encode(message: Message[Contract]) -> AmqpMessage:
    headers = Headers(message.stream, message.position, message.causation_id, traceparent(message))
    return AmqpMessage(
        _ENCODER.encode(message.contract),
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=str(message.id),
        type=routing_key(message.contract),
        timestamp=message.occurred_at,
        correlation_id=message.correlation_id,
        app_id="storeline",
        headers=msgspec.to_builtins(headers),
    )


def decode(raw: AbstractIncomingMessage) -> Message[Contract]:
    """Raises Malformed for what is not a message of ours, or one of a version that is not known here."""
    if raw.body_size > LARGEST:
        raise Malformed(f"its body has {raw.body_size} bytes")
    if not raw.message_id:
        raise Malformed("it has no message id")
    try:
        contract = _DECODER.decode(raw.body)
        headers = msgspec.convert(_plain(raw.headers), Headers, strict=False)
        message_id = UUID(raw.message_id)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return Message(
        contract=contract,
        id=message_id,
        context=context_of(contract),
        stream=headers.stream,
        position=headers.position,
        occurred_at=raw.timestamp or datetime.fromtimestamp(0, UTC),
        correlation_id=raw.correlation_id or str(message_id),
        causation_id=headers.causation_id,
    )


def traceparent(message: Message[Contract]) -> str:
    """W3C trace context. A correlation id that is a trace id (32 hex digits) goes on as such; any other gives one."""
    trace = message.correlation_id.replace("-", "")
    if not _TRACE_ID.fullmatch(trace):
        trace = uuid5(_TRACES, message.correlation_id).hex
    return f"00-{trace}-{message.id.hex[:16]}-01"


def _plain(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in headers.items()}
