"""The AsyncAPI document of all that the shop publishes, made from the contracts themselves.

`python -m adapters.rabbit.asyncapi` writes it to `docs/asyncapi.json`; a test fails when it is out of date.
"""

import inspect
from pathlib import Path
from typing import Any

import msgspec

from adapters.rabbit import topology, wire
from application.contracts import CONTRACTS, Contract, context_of, routing_key

DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.json"

_ABOUT = """\
What a shop tells other programs, over RabbitMQ: the topic exchange `storeline`, a routing key
`<context>.<event>.v<version>`. Messages are persistent. They come at least once: take one in together with its
`messageId` in one transaction, and its effect happens once. Messages of one stream come in the order of their
positions, apart from repetitions. A version only ever gains optional fields; anything else is a new version, published
beside the old one."""


def document() -> dict[str, Any]:
    schemas, components = msgspec.json.schema_components(
        (*CONTRACTS, wire.Headers), ref_template="#/components/schemas/{name}"
    )
    for schema in components.values():
        if "description" in schema:  # what follows the first paragraph is for those who work on the code
            schema["description"] = " ".join(schema["description"].split("\n\n")[0].split())
    named = dict(zip(CONTRACTS, schemas, strict=False))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Storeline", "version": "1", "description": _ABOUT},
        "defaultContentType": wire.CONTENT_TYPE,
        "channels": {routing_key(contract): _channel(contract) for contract in CONTRACTS},
        "operations": {f"publish.{routing_key(contract)}": _operation(contract) for contract in CONTRACTS},
        "components": {
            "messages": {routing_key(contract): _message(contract, named[contract]) for contract in CONTRACTS},
            "messageTraits": {"envelope": _envelope(schemas[-1])},
            "schemas": components,
        },
    }


def encoded() -> str:
    return msgspec.json.format(msgspec.json.encode(document(), order="sorted"), indent=2).decode() + "\n"


def _channel(contract: type[Contract]) -> dict[str, Any]:
    exchange = {"name": topology.EXCHANGE.name, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": routing_key(contract),
        "messages": {routing_key(contract): {"$ref": f"#/components/messages/{routing_key(contract)}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation(contract: type[Contract]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{routing_key(contract)}"},
        "tags": [{"name": context_of(contract)}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}},
    }


def _message(contract: type[Contract], schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": routing_key(contract),
        "summary": inspect.cleandoc(contract.__doc__ or ""),
        "payload": schema,
        "traits": [{"$ref": "#/components/messageTraits/envelope"}],
    }


def _envelope(headers: dict[str, Any]) -> dict[str, Any]:
    return {
        "contentType": wire.CONTENT_TYPE,
        "headers": headers,
        "correlationId": {"location": "$message.header#/traceparent", "description": "W3C trace context"},
        "bindings": {"amqp": {"messageType": "the routing key", "bindingVersion": "0.3.0"}},
    }


if __name__ == "__main__":
    DOCUMENT.write_text(encoded())
