"""The AsyncAPI document in the repository is the one that the contracts give."""

from typing import Any

import pytest

from adapters.rabbit import asyncapi
from application.contracts import CONTRACTS, routing_key


@pytest.mark.proves("MSG-08")
def test_the_document_in_the_repository_is_up_to_date() -> None:
    assert asyncapi.encoded() == asyncapi.DOCUMENT.read_text(), "run `python -m adapters.rabbit.asyncapi`"


def test_every_contract_has_a_channel_whose_references_lead_somewhere() -> None:
    document = asyncapi.document()

    assert {routing_key(contract) for contract in CONTRACTS} == set(document["channels"])
    for reference in references(document):
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def references(part: Any) -> list[str]:
    match part:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [reference for each in part.values() for reference in references(each)]
        case list():
            return [reference for each in part for reference in references(each)]
        case _:
            return []
