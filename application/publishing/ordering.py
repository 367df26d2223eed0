"""Which of ordering's events others learn of."""

from collections.abc import Iterable
from typing import assert_never

from application import contracts
from application.contracts import BasketReference, Contract, StockItem
from domain.kernel import Fact
from domain.ordering import buyer, order, promotion, redemption


def contracts_of(
    fact: Fact[order.OrderEvent | buyer.BuyerEvent | promotion.PromotionEvent | redemption.RedemptionEvent],
) -> tuple[Contract, ...]:
    id = fact.stream
    match fact.event:
        case order.OrderPlaced() as event:
            basket = BasketReference(event.basket.basket_id, event.basket.version) if event.basket else None
            items = tuple(StockItem(line.product_id, line.quantity) for line in event.lines)
            return (
                contracts.OrderStarted(id, event.buyer_id),
                contracts.OrderSubmitted(id, event.number, event.buyer_id, items, event.total, basket),
            )
        case order.OrderValidationRequested(buyer_id, items):
            return (contracts.OrderAwaitingValidation(id, buyer_id, _stock_items(items)),)
        case order.OrderStockConfirmed(buyer_id, total, payment_method_id):
            return (contracts.OrderStockConfirmed(id, buyer_id, total, payment_method_id),)
        case order.OrderAuthorised(buyer_id):
            return (contracts.OrderAuthorised(id, buyer_id),)
        case order.OrderAllocated(buyer_id):
            return (contracts.OrderAllocated(id, buyer_id),)
        case order.OrderPaid(buyer_id, total, items):
            return (contracts.OrderPaid(id, buyer_id, _stock_items(items), total),)
        case order.OrderShipped(buyer_id, stock_items=items):
            return (contracts.OrderShipped(id, buyer_id, _stock_items(items)),)
        case order.OrderCancelled(buyer_id, cause, stock_items=items):
            return (contracts.OrderCancelled(id, buyer_id, cause.value, _stock_items(items)),)
        # Notes are words of people. A buyer's pending orders follow from the orders.
        case order.NoteAdded() | buyer.PendingOrderOpened() | buyer.PendingOrderClosed():
            return ()
        # What an order is charged says all that others need to know of its promotions.
        case (
            promotion.PromotionCreated()
            | promotion.PromotionAmended()
            | promotion.PromotionEnded()
            | promotion.RedemptionCounted()
            | promotion.RedemptionUncounted()
            | redemption.PromotionRedeemed()
            | redemption.RedemptionReturned()
        ):
            return ()
        case _:
            assert_never(fact.event)


def _stock_items(items: Iterable[order.StockItem]) -> tuple[StockItem, ...]:
    return tuple(StockItem(item.product_id, item.quantity) for item in items)
