"""The settings as each context knows them: its rules, and what taxes and shipping cost."""

from adapters.settings import Settings
from adapters.tariff import read_tariff
from application.tariff import Tariff, flat
from domain import basket
from domain import inventory as stock
from domain import ordering as orders
from domain import payment as payments


def quote(settings: Settings) -> Tariff:
    if settings.tariff:
        return read_tariff(settings.tariff)
    return flat(settings.tax_rate, settings.shipping, settings.free_shipping_from)


def basket_rules(settings: Settings) -> basket.Rules:
    return basket.Rules(most_lines=settings.basket_lines, lifetime=settings.basket_lifetime)


def order_rules(settings: Settings) -> orders.Rules:
    return orders.Rules(
        least_total=settings.order_least,
        most_total=settings.order_most,
        most_lines=settings.order_lines,
        most_pending=settings.order_pending,
        timeout=settings.order_timeout,
        grace_period=settings.grace_period,
    )


def stock_rules(settings: Settings) -> stock.Rules:
    return stock.Rules(most_reservations=settings.reservations, lifetime=settings.reservation_lifetime)


def payment_rules(settings: Settings) -> payments.Rules:
    return payments.Rules(timeout=settings.payment_timeout, answer_within=settings.gateway_timeout)
