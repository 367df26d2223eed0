"""Which of the basket's events others learn of."""

from typing import assert_never

from application import contracts
from application.contracts import Contract
from domain import basket
from domain.kernel import Fact


def contracts_of(fact: Fact[basket.BasketEvent]) -> tuple[Contract, ...]:
    match fact.event:
        case basket.BasketCheckedOut(order_id, version, ordered):
            items = tuple(contracts.StockItem(each.product_id, each.quantity) for each in ordered)
            return (contracts.BasketCheckedOut(fact.stream, version, order_id, items),)
        # What people put in and take out before they buy is between them and their basket.
        case basket.BasketStarted() | basket.ItemAdded() | basket.QuantitySet() | basket.ItemRemoved():
            return ()
        case basket.BasketCleared() | basket.BasketMerged() | basket.BasketMergedAway() | basket.BasketExpired():
            return ()
        case _:
            assert_never(fact.event)
