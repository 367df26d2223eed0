"""From facts to messages: what a context's events give others to know. Pure; one file a context.

An event gives one message, several, or none. Which give none is written out: a new event that nobody thought about
fails in the type checker and in a test, not in production.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from application.contracts import CONTRACTS, Contract, Message, message
from application.publishing import basket, catalog, inventory, ordering, payment
from domain.kernel import Event, Fact

_CONTEXTS: Mapping[str, Callable[[Fact[Any]], tuple[Contract, ...]]] = {
    "catalog": catalog.contracts_of,
    "basket": basket.contracts_of,
    "ordering": ordering.contracts_of,
    "inventory": inventory.contracts_of,
    "payment": payment.contracts_of,
}

_ALL = frozenset(CONTRACTS)


def publish(fact: Fact[Event], only: Collection[type[Contract]] = _ALL) -> tuple[Message[Contract], ...]:
    """The messages that a fact gives, in the order in which they are to be read; `only` those of these contracts."""
    return tuple(message(fact, contract) for contract in _CONTEXTS[fact.context](fact) if type(contract) in only)
