"""What time decides: how long each deadline waits by the settings, and the command that ends that."""

from datetime import timedelta
from uuid import UUID

from adapters.followers.ticker import Act
from adapters.rules import basket_rules, order_rules, payment_rules, stock_rules
from adapters.settings import Settings
from application import inventory, ordering, payment
from application.basket import ExpireBasket, expire_basket
from application.deadlines import (
    AMENDMENT_TIMEOUT,
    BASKET_EXPIRY,
    GRACE_PERIOD,
    ORDER_TIMEOUT,
    PAYMENT_EXPIRY,
    PAYMENT_OUTSTANDING,
    PAYMENT_SETTLEMENT,
    RESERVATION_EXPIRY,
)
from application.payment import PaymentGateway
from application.store import Call, EventStore


def deadlines(settings: Settings, store: EventStore, pays: PaymentGateway) -> dict[str, tuple[timedelta, Act]]:
    """The name of each deadline to how long it waits, and what ends that."""

    async def expire(call: Call, basket_id: UUID) -> None:
        await expire_basket(ExpireBasket(), call, basket_id, store=store, rules=basket_rules(settings))

    async def go_on(call: Call, order_id: UUID) -> None:
        cmd = ordering.EndGracePeriod()
        await ordering.end_grace_period(cmd, call, order_id, store=store, rules=order_rules(settings))

    async def leave_unchanged(call: Call, order_id: UUID) -> None:
        cmd = ordering.EndAmendment()
        await ordering.end_amendment(cmd, call, order_id, store=store, rules=order_rules(settings))

    async def cancel(call: Call, order_id: UUID) -> None:
        cmd = ordering.CancelStaleOrder()
        await ordering.cancel_stale_order(cmd, call, order_id, store=store, rules=order_rules(settings))

    async def release(call: Call, reservation_id: UUID) -> None:
        cmd = inventory.ExpireReservation()
        await inventory.expire_reservation(cmd, call, reservation_id, store=store, rules=stock_rules(settings))

    async def work(call: Call, payment_id: UUID) -> None:
        cmd = payment.WorkPayment()
        await payment.work_payment(cmd, call, payment_id, store=store, gateway=pays, rules=payment_rules(settings))

    async def give_up(call: Call, payment_id: UUID) -> None:
        cmd = payment.ExpirePayment()
        await payment.expire_payment(cmd, call, payment_id, store=store, rules=payment_rules(settings))

    at_once = timedelta()
    return {
        BASKET_EXPIRY.name: (settings.basket_lifetime, expire),
        GRACE_PERIOD.name: (settings.grace_period, go_on),
        ORDER_TIMEOUT.name: (settings.order_timeout, cancel),
        AMENDMENT_TIMEOUT.name: (settings.order_timeout, leave_unchanged),
        RESERVATION_EXPIRY.name: (settings.reservation_lifetime, release),
        PAYMENT_OUTSTANDING.name: (at_once, work),
        PAYMENT_EXPIRY.name: (settings.payment_timeout, give_up),
        PAYMENT_SETTLEMENT.name: (at_once, work),
    }
