"""What contexts tell each other: complete, versioned, and never about people."""

import re
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import inspect

from application import contracts
from application.contracts import CONTRACTS, AnyContract, BasketReference, Contract, StockItem, context_of, routing_key
from application.publishing import publish
from domain import basket, catalog, inventory, ordering, payment
from domain.catalog.item import ItemBroughtBack, ItemCostChanged, ItemDescribed, ItemListed, ItemRepriced, ItemWithdrawn
from domain.kernel import Event, tag_of
from domain.money import Money
from tests.given import STREAM, facts

EVENTS = [
    (context.name, event)
    for context in (catalog.CONTEXT, basket.CONTEXT, ordering.CONTEXT, inventory.CONTEXT, payment.CONTEXT)
    for event in context.events.values()
]
PRODUCT = UUID("5709e11e-0000-7000-8000-00000000000a")
BASKET = UUID("5709e11e-0000-7000-8000-00000000000b")
ITEMS = (ordering.StockItem(PRODUCT, 2),)
CANARY = "somebody's own words"
OLD, NEW, ZERO = Money.parse("20.00", "USD"), Money.parse("17.50", "USD"), Money.zero("USD")

PLACED = ordering.OrderPlaced(
    number="SO-1",
    buyer_id="alice",
    origin=BASKET,
    basket=ordering.BasketRef(BASKET, 7),
    address=ordering.Address("Alice", "1 Main Street", "Springfield", "12345", "US"),
    lines=(ordering.Line(PRODUCT, "Parka", None, NEW, 2, NEW * 2, ZERO, ZERO, NEW * 2),),
    subtotal=NEW * 2,
    discount=ZERO,
    tax=ZERO,
    shipping=ZERO,
    total=NEW * 2,
)


def told(context: str, event: Event) -> list[Contract]:
    return [message.contract for message in publish(facts(context, event)[0])]


def values(kind: inspect.Type, personal: bool = False) -> st.SearchStrategy[Any]:
    """Any value of a type, with the canary in place of every text that is marked as personal."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            return values(inner, personal or bool((extra or {}).get("personal")))
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: values(field.type, personal) for field in fields})
        case inspect.UnionType(types=types):
            return st.one_of([values(each, personal) for each in types])
        case inspect.VarTupleType(item_type=inner):
            return st.lists(values(inner, personal), max_size=2).map(tuple)
        case inspect.DictType():
            return st.just({"words": CANARY} if personal else {})
        case inspect.EnumType(cls=cls):
            return st.sampled_from(cls)
        case inspect.StrType():
            return st.just(CANARY) if personal else st.text("abc", max_size=5)
        case inspect.UUIDType():
            return st.uuids()
        case inspect.DecimalType():
            return st.decimals(0, 1000, places=2)
        case inspect.IntType():
            return st.integers(0, 1000)
        case inspect.DateTimeType():
            return st.datetimes(timezones=st.just(UTC))
        case inspect.TimeDeltaType():
            return st.timedeltas()
        case inspect.DateType():
            return st.dates()
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case _:
            raise AssertionError(f"the test knows no values of {kind}")


@pytest.mark.parametrize(("context", "event"), EVENTS, ids=[tag_of(event) for _, event in EVENTS])
@settings(max_examples=10)
@for_all(data=st.data())
def test_every_event_is_published_or_named_as_not_published_and_personal_data_stays_inside(
    context: str, event: type[Event], data: st.DataObject
) -> None:
    (fact,) = facts(context, data.draw(values(inspect.type_info(event))))

    for message in publish(fact):
        assert CANARY.encode() not in msgspec.json.encode(message)
        assert context == context_of(message.contract)
        assert message.contract == msgspec.json.decode(msgspec.json.encode(message.contract), type=AnyContract)


@pytest.mark.parametrize("contract", CONTRACTS, ids=routing_key)
def test_a_contract_is_named_by_context_event_and_version(contract: type[Contract]) -> None:
    assert re.fullmatch(r"(catalog|basket|ordering|inventory|payment)\.[a-z]+(_[a-z]+)*\.v[1-9]", routing_key(contract))


@pytest.mark.parametrize("contract", CONTRACTS, ids=routing_key)
def test_a_contract_has_no_field_that_is_marked_as_personal(contract: type[Contract]) -> None:
    assert "personal" not in repr(inspect.type_info(contract))


@pytest.mark.proves("MSG-01")
def test_a_message_keeps_its_id_however_often_it_is_made_and_differs_from_all_others() -> None:
    first, second = facts("ordering", PLACED, PLACED)

    assert publish(first) == publish(first)
    assert 4 == len({message.id for fact in (first, second) for message in publish(fact)})


def test_a_message_names_the_event_that_caused_it_and_where_it_stands() -> None:
    (fact,) = facts("ordering", PLACED)
    message = publish(fact)[0]

    assert (str(fact.id), "test", STREAM, 1, fact.recorded_at) == (
        message.causation_id,
        message.correlation_id,
        message.stream,
        message.position,
        message.occurred_at,
    )


def test_an_order_that_is_placed_tells_that_it_started_and_what_was_submitted() -> None:
    assert told("ordering", PLACED) == [
        contracts.OrderStarted(STREAM, "alice"),
        contracts.OrderSubmitted(
            STREAM, "SO-1", "alice", (StockItem(PRODUCT, 2),), NEW * 2, BasketReference(BASKET, 7)
        ),
    ]


def test_each_step_of_an_order_is_told_with_the_units_that_others_reserve_and_release() -> None:
    items = (StockItem(PRODUCT, 2),)

    assert told("ordering", ordering.OrderValidationRequested("alice", ITEMS)) == [
        contracts.OrderAwaitingValidation(STREAM, "alice", items)
    ]
    assert told("ordering", ordering.OrderStockConfirmed("alice", NEW)) == [
        contracts.OrderStockConfirmed(STREAM, "alice", NEW)
    ]
    assert told("ordering", ordering.OrderAuthorised("alice")) == [contracts.OrderAuthorised(STREAM, "alice")]
    assert told("ordering", ordering.OrderAllocated("alice")) == [contracts.OrderAllocated(STREAM, "alice")]
    assert told("ordering", ordering.OrderPaid("alice", NEW, ITEMS, STREAM)) == [
        contracts.OrderPaid(STREAM, "alice", items, NEW)
    ]
    assert told("ordering", ordering.OrderShipped("alice", "DHL", "1Z", ITEMS)) == [
        contracts.OrderShipped(STREAM, "alice", items)
    ]
    assert told("ordering", ordering.OrderCancelled("alice", ordering.CancelCause.BUYER, CANARY, ITEMS)) == [
        contracts.OrderCancelled(STREAM, "alice", "buyer", items)
    ]


def test_a_basket_that_is_checked_out_tells_which_version_became_which_order() -> None:
    event = basket.BasketCheckedOut(STREAM, 7, (basket.Portion(PRODUCT, 2),))

    assert told("basket", event) == [contracts.BasketCheckedOut(STREAM, 7, STREAM, (StockItem(PRODUCT, 2),))]


def test_the_life_of_an_item_is_told_without_what_the_shop_pays_for_it() -> None:
    listed = ItemListed(name="Parka", slug="parka", sku="P-1", price=OLD, cost_price=NEW, metadata={"supplier": "x"})

    assert told("catalog", listed) == [contracts.ItemListed(STREAM, "Parka", "parka", "P-1", OLD)]
    assert told("catalog", ItemDescribed(name="Coat", metadata={})) == [contracts.ItemChanged(STREAM, name="Coat")]
    assert told("catalog", ItemDescribed(metadata={"supplier": "y"})) == []
    assert told("catalog", ItemRepriced(OLD, NEW)) == [contracts.ItemRepriced(STREAM, OLD, NEW)]
    assert told("catalog", ItemCostChanged(OLD, NEW)) == []
    assert told("catalog", ItemWithdrawn()) == [contracts.ItemWithdrawn(STREAM)]
    assert told("catalog", ItemBroughtBack()) == [contracts.ItemBroughtBack(STREAM)]
