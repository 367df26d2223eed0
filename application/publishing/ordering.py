"""Which of ordering's events others learn of."""

from collections.abc import Iterable
from typing import TypeAlias, assert_never
from uuid import UUID

from application import contracts
from application.contracts import BasketReference, Contract, StockItem
from domain import ordering
from domain.kernel import Fact

OrderingEvent: TypeAlias = (
    ordering.OrderEvent
    | ordering.BuyerEvent
    | ordering.ParcelEvent
    | ordering.ReturnEvent
    | ordering.PromotionEvent
    | ordering.RedemptionEvent
    | ordering.TallyEvent
)


def contracts_of(fact: Fact[OrderingEvent]) -> tuple[Contract, ...]:
    id = fact.stream
    match fact.event:
        case ordering.OrderPlaced() as event:
            basket = BasketReference(event.basket.basket_id, event.basket.version) if event.basket else None
            items = tuple(StockItem(line.product_id, line.quantity) for line in event.lines)
            return (
                contracts.OrderStarted(id, event.buyer_id),
                contracts.OrderSubmitted(id, event.number, event.buyer_id, items, event.total, basket),
            )
        case ordering.OrderValidationRequested(buyer_id, items):
            return (contracts.OrderAwaitingValidation(id, buyer_id, _stock_items(items)),)
        case ordering.OrderStockConfirmed(buyer_id, total, payment_method_id):
            return (contracts.OrderStockConfirmed(id, buyer_id, total, payment_method_id),)
        case ordering.OrderAuthorised(buyer_id):
            return (contracts.OrderAuthorised(id, buyer_id),)
        case ordering.OrderAllocated(buyer_id):
            return (contracts.OrderAllocated(id, buyer_id),)
        case ordering.OrderPaid(buyer_id, total, items):
            return (contracts.OrderPaid(id, buyer_id, _stock_items(items), total),)
        case ordering.OrderShipped(buyer_id, stock_items=items):
            return (contracts.OrderShipped(id, buyer_id, _stock_items(items)),)
        case ordering.OrderCancelled(buyer_id, cause, stock_items=items):
            return (contracts.OrderCancelled(id, buyer_id, cause.value, _stock_items(items)),)
        case ordering.AmendmentRequested(amendment_id, buyer_id, wanted=wanted):
            return (
                (contracts.OrderAwaitingValidation(id, buyer_id, _stock_items(wanted), amendment_id),) if wanted else ()
            )
        case ordering.AmendmentStockConfirmed(amendment_id, buyer_id, due, payment_method_id):
            return (contracts.OrderStockConfirmed(id, buyer_id, due, payment_method_id, amendment_id),)
        case ordering.AmendmentAuthorised(amendment_id, buyer_id):
            return (contracts.OrderAuthorised(id, buyer_id, amendment_id),)
        case ordering.AmendmentAllocated(amendment_id, buyer_id):
            return (contracts.OrderAllocated(id, buyer_id, amendment_id),)
        case ordering.AmendmentRejected(amendment_id, buyer_id):
            return (contracts.AmendmentRejected(id, buyer_id, amendment_id),)
        case ordering.OrderAmended() as event:
            items, total = _stock_items(event.stock_items), event.bill.total
            removed = tuple(StockItem(each.product_id, -each.quantity) for each in event.changes if each.quantity < 0)
            return (
                contracts.OrderAmended(id, event.buyer_id, event.amendment_id, items, removed, total),
                *_refunds(id, event.buyer_id, event.refunds, "amended"),
            )
        case ordering.ReturnClosed(buyer_id, refunds=refunds):
            return _refunds(id, buyer_id, refunds, "returned")
        case ordering.OrderRefunded(buyer_id, category=category, again=again):
            return _refunds(id, buyer_id, again, category)
        case ordering.OrderRefundFailed(buyer_id, category=category, again=again):
            return _refunds(id, buyer_id, again, category)
        case ordering.ReturnReceived(order_id, buyer_id, lines):
            restocked = tuple(StockItem(line.product_id, line.restocked) for line in lines if line.restocked)
            written_off = tuple(StockItem(line.product_id, line.written_off) for line in lines if line.written_off)
            return (contracts.ReturnReceived(order_id, id, buyer_id, restocked, written_off),)
        case ordering.ParcelDelivered(order_id, buyer_id):
            return (contracts.OrderDelivered(order_id, buyer_id),)
        # Nobody does anything for an order yet when it is edited, nor for a return before it is there. That a parcel
        # was sent is told by the order; what was taken, and is disputed, comes from those that would be told.
        case ordering.OrderEdited() | ordering.ReturnOpened() | ordering.ParcelSent():
            return ()
        case ordering.OrderCharged() | ordering.DisputeHeard() | ordering.DisputeDecided():
            return ()
        case ordering.OrderRefundDropped():
            return ()
        case ordering.ReturnRequested() | ordering.ReturnRejected():
            return ()
        case ordering.ReturnRefunded() | ordering.ReturnRefundFailed() | ordering.ReturnRefundDropped():
            return ()
        # Notes are words of people. A buyer's pending orders follow from the orders.
        case ordering.NoteAdded() | ordering.PendingOrderOpened() | ordering.PendingOrderClosed():
            return ()
        # What an order is charged says all that others need to know of its promotions.
        case (
            ordering.PromotionCreated()
            | ordering.PromotionAmended()
            | ordering.PromotionEnded()
            | ordering.RedemptionCounted()
            | ordering.PromotionRedeemed()
            | ordering.RedemptionReturned()
        ):
            return ()
        case _:
            assert_never(fact.event)


def _stock_items(items: Iterable[ordering.StockItem]) -> tuple[StockItem, ...]:
    return tuple(StockItem(item.product_id, item.quantity) for item in items)


def _refunds(
    order_id: UUID, buyer_id: str, refunds: Iterable[ordering.Refund], category: str
) -> tuple[contracts.RefundDue, ...]:
    return tuple(
        contracts.RefundDue(order_id, buyer_id, each.payment_id, each.refund_id, each.amount, category)
        for each in refunds
    )
