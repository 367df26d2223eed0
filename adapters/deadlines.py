"""What time decides: how long each deadline waits by the settings, and the command that ends that."""

from datetime import timedelta
from functools import partial

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
from application.store import EventStore


def deadlines(settings: Settings, store: EventStore, pays: PaymentGateway) -> dict[str, tuple[timedelta, Act]]:
    """The name of each deadline to how long it waits, and what ends that."""
    at_once, orders, payments = timedelta(), order_rules(settings), payment_rules(settings)
    expire = partial(expire_basket, ExpireBasket(), store=store, rules=basket_rules(settings))
    go_on = partial(ordering.end_grace_period, ordering.EndGracePeriod(), store=store, rules=orders)
    leave_unchanged = partial(ordering.end_amendment, ordering.EndAmendment(), store=store, rules=orders)
    cancel = partial(ordering.cancel_stale_order, ordering.CancelStaleOrder(), store=store, rules=orders)
    release = partial(
        inventory.expire_reservation, inventory.ExpireReservation(), store=store, rules=stock_rules(settings)
    )
    work = partial(payment.work_payment, payment.WorkPayment(), store=store, gateway=pays, rules=payments)
    give_up = partial(payment.expire_payment, payment.ExpirePayment(), store=store, rules=payments)
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
