"""Who may call what, and on what terms: one line a route. A route without one stops the start."""

from functools import partial
from typing import Any, NamedTuple

from application.store import STAFF_ROLES
from projections.basket import BASKET
from projections.best_sellers import BEST_SELLERS
from projections.cart_metrics import CART_METRICS
from projections.catalog_search import READS as SEARCH
from projections.conversion import CONVERSION
from projections.disputes import DISPUTES
from projections.item_page import ITEM_PAGE
from projections.item_page import READS as PAGE
from projections.kernel import Projection
from projections.money_moved import MONEY_MOVED
from projections.order_detail import READS as ORDER
from projections.order_history import ORDER_HISTORY
from projections.order_summary import ORDER_SUMMARY
from projections.payment_detail import READS as PAYMENT
from projections.payment_methods import WALLETS
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import PAYMENTS
from projections.product_sales import PRODUCT_SALES
from projections.promotions import PROMOTIONS
from projections.refunds import READS as REFUNDS
from projections.returns import RETURNS
from projections.reviews import READS as ITEM_REVIEWS
from projections.reviews import REVIEWS
from projections.stock import DELIVERIES, STOCK_CATEGORIES, STOCK_LEVEL, STOCK_MOVEMENT, STOCK_RESERVATION, SUPPLIERS
from projections.stock import alerts as stock_alerts
from projections.stock import level as stock_level
from projections.stock import turnover as stock_turnover
from projections.taxonomy import BRANDS, CATEGORIES, TYPES


class Who(NamedTuple):
    """Whom a route lets in."""

    roles: frozenset[str] | None
    """A caller needs one of them; None: anyone, known or not."""
    anonymous: bool = False
    """Callers without a bearer token are let in too."""


ANYONE = Who(None)
SHOPPER = Who(frozenset({"customer"}), anonymous=True)
"""A customer, or somebody who has not said who they are: their basket is known by a token of its own."""
CUSTOMER = Who(frozenset({"customer"}))
STAFF = Who(STAFF_ROLES)
ADMIN = Who(frozenset({"admin"}))
KNOWN = Who(frozenset({"customer", "staff", "admin"}))
"""Customers see what is theirs; the handlers and queries see to that. Staff see all."""


class Rule(NamedTuple):
    who: Who
    command: bool = False
    """It changes something: keys, versions and dry runs apply."""
    key_required: bool = False
    """Without an Idempotency-Key it could happen twice, and that would cost somebody."""
    match_required: bool = False
    """A whole is replaced or withdrawn: say by If-Match which one was seen."""
    basket: bool = False
    """It is about the caller's basket: of somebody unknown, the one that Storeline-Basket names."""
    begins: bool = False
    """It makes something new: there is no version of it that If-Match could name."""
    taken_over: bool = False
    """It is about an anonymous basket besides the caller's own: its token is needed."""
    reads: tuple[Projection[Any], ...] = ()
    """The read models that it answers from."""
    prices: bool = False
    """It asks the catalogue what products cost."""
    sells: bool = False
    """It asks how much there is in stock."""
    pays: bool = False
    """It asks payment whose a payment method is."""
    cached: bool = False
    """Its answer has a tag that the client can send back, to be told that nothing changed."""

    @property
    def own(self) -> bool:
        """Whether customers are let in: they see what is theirs."""
        return self.who.roles is not None and "customer" in self.who.roles

    @property
    def awaits(self) -> tuple[Projection[Any], ...]:
        """The read models that Storeline-After waits for."""
        asked = ((self.prices, ITEM_PAGE), (self.sells, STOCK_LEVEL), (self.pays, WALLETS))
        return (*self.reads, *(model for asks, model in asked if asks))


def _read(who: Who, *reads: Projection[Any], basket: bool = False, cached: bool = False) -> Rule:
    return Rule(who, reads=reads, basket=basket, cached=cached)


_change = partial(Rule, command=True)


ROUTES: dict[str, Rule] = {
    "POST /v1/catalog/items": _change(STAFF, begins=True),
    "PATCH /v1/catalog/items/{item_id}": _change(STAFF),
    "DELETE /v1/catalog/items/{item_id}": _change(STAFF, match_required=True),
    "POST /v1/catalog/items/{item_id}/bring-back": _change(STAFF),
    "PUT /v1/catalog/items/{item_id}/price": _change(STAFF, match_required=True),
    "PUT /v1/catalog/items/{item_id}/images": _change(STAFF, match_required=True),
    "PUT /v1/catalog/items/{item_id}/featured": _change(STAFF, match_required=True),
    "GET /v1/catalog/items/{item_id}/history": _read(STAFF),
    "POST /v1/catalog/brands": _change(STAFF, begins=True),
    "PATCH /v1/catalog/brands/{brand_id}": _change(STAFF),
    "DELETE /v1/catalog/brands/{brand_id}": _change(STAFF, match_required=True),
    "GET /v1/catalog/brands/{brand_id}/history": _read(STAFF),
    "POST /v1/catalog/types": _change(STAFF, begins=True),
    "PATCH /v1/catalog/types/{type_id}": _change(STAFF),
    "DELETE /v1/catalog/types/{type_id}": _change(STAFF, match_required=True),
    "GET /v1/catalog/types/{type_id}/history": _read(STAFF),
    "POST /v1/catalog/categories": _change(STAFF, begins=True),
    "PATCH /v1/catalog/categories/{category_id}": _change(STAFF),
    "PUT /v1/catalog/categories/{category_id}/parent": _change(STAFF, match_required=True),
    "DELETE /v1/catalog/categories/{category_id}": _change(STAFF, match_required=True),
    "GET /v1/catalog/categories/{category_id}/history": _read(STAFF),
    "GET /v1/catalog/items": _read(ANYONE, *SEARCH, cached=True),
    "GET /v1/catalog/items/{item_id}": _read(ANYONE, *PAGE, cached=True),
    "GET /v1/catalog/items/by-slug/{slug}": _read(ANYONE, *PAGE, cached=True),
    "GET /v1/catalog/items/{item_id}/pictures/{number}": _read(ANYONE, ITEM_PAGE, cached=True),
    "POST /v1/catalog/items/{item_id}/reviews": _change(CUSTOMER, begins=True),
    "PUT /v1/catalog/items/{item_id}/reviews/{review_id}": _change(CUSTOMER, match_required=True),
    "DELETE /v1/catalog/items/{item_id}/reviews/{review_id}": _change(CUSTOMER, match_required=True),
    "POST /v1/catalog/items/{item_id}/reviews/{review_id}/approve": _change(STAFF, match_required=True),
    "POST /v1/catalog/items/{item_id}/reviews/{review_id}/reject": _change(STAFF, match_required=True),
    "GET /v1/catalog/items/{item_id}/reviews": _read(ANYONE, *ITEM_REVIEWS, cached=True),
    "GET /v1/catalog/items/{item_id}/reviews/{review_id}": _read(ANYONE, REVIEWS, cached=True),
    "GET /v1/catalog/items/{item_id}/reviews/{review_id}/history": _read(STAFF),
    "GET /v1/catalog/reviews": _read(KNOWN, REVIEWS),
    "GET /v1/catalog/search": _read(ANYONE, *SEARCH, cached=True),
    "GET /v1/catalog/brands": _read(ANYONE, BRANDS, cached=True),
    "GET /v1/catalog/types": _read(ANYONE, TYPES, cached=True),
    "GET /v1/catalog/brands/{brand_id}": _read(ANYONE, BRANDS, cached=True),
    "GET /v1/catalog/types/{type_id}": _read(ANYONE, TYPES, cached=True),
    "GET /v1/catalog/categories/{category_id}": _read(ANYONE, CATEGORIES, cached=True),
    "GET /v1/catalog/categories": _read(ANYONE, CATEGORIES, cached=True),
    "GET /v1/basket": _read(SHOPPER, BASKET, ITEM_PAGE, basket=True, cached=True),
    "DELETE /v1/basket": _change(SHOPPER, match_required=True, basket=True),
    "POST /v1/basket/items": _change(SHOPPER, basket=True, prices=True),
    "PUT /v1/basket/items/{product_id}": _change(SHOPPER, basket=True, prices=True),
    "DELETE /v1/basket/items/{product_id}": _change(SHOPPER, basket=True),
    "POST /v1/basket/merge": _change(CUSTOMER, taken_over=True),
    "POST /v1/basket/checkout": _change(CUSTOMER, key_required=True, prices=True, sells=True, pays=True),
    "GET /v1/basket/history": _read(SHOPPER, basket=True),
    "POST /v1/orders": _change(CUSTOMER, key_required=True, begins=True, prices=True, sells=True, pays=True),
    "POST /v1/orders/draft": _read(ANYONE, ITEM_PAGE),
    "POST /v1/orders/{order_id}/cancel": _change(KNOWN),
    "POST /v1/orders/{order_id}/ship": _change(STAFF),
    "POST /v1/orders/{order_id}/deliver": _change(STAFF),
    "POST /v1/orders/{order_id}/notes": _change(KNOWN),
    "PUT /v1/orders/{order_id}/lines/{product_id}": _change(KNOWN, key_required=True, prices=True, sells=True),
    "DELETE /v1/orders/{order_id}/lines/{product_id}": _change(KNOWN, key_required=True, prices=True),
    "PUT /v1/orders/{order_id}/address": _change(KNOWN, key_required=True, prices=True),
    "POST /v1/returns": _change(KNOWN, key_required=True, begins=True),
    "POST /v1/returns/{return_id}/receive": _change(STAFF, key_required=True),
    "POST /v1/returns/{return_id}/reject": _change(STAFF),
    "GET /v1/returns": _read(KNOWN, RETURNS),
    "GET /v1/returns/{return_id}": _read(KNOWN, RETURNS, cached=True),
    "GET /v1/returns/{return_id}/history": _read(KNOWN),
    "GET /v1/orders": _read(KNOWN, ORDER_SUMMARY),
    "GET /v1/orders/{order_id}": _read(KNOWN, *ORDER, cached=True),
    "GET /v1/orders/{order_id}/statuses": _read(KNOWN, ORDER_HISTORY, ORDER_SUMMARY),
    "POST /v1/inventory/receipts": _change(STAFF, key_required=True, begins=True, prices=True),
    "POST /v1/inventory/items/{product_id}/adjustments": _change(STAFF, key_required=True),
    "POST /v1/inventory/items/{product_id}/removals": _change(STAFF, key_required=True),
    "PUT /v1/inventory/items/{product_id}/thresholds": _change(STAFF),
    "PUT /v1/inventory/items/{product_id}/supplier": _change(STAFF),
    "PUT /v1/inventory/items/{product_id}/category": _change(STAFF),
    "GET /v1/inventory/items": _read(STAFF, *stock_level.READS),
    "GET /v1/inventory/items/{product_id}": _read(STAFF, *stock_level.READS, cached=True),
    "GET /v1/inventory/items/{product_id}/history": _read(STAFF),
    "GET /v1/inventory/movements": _read(STAFF, STOCK_MOVEMENT),
    "GET /v1/inventory/alerts": _read(STAFF, *stock_alerts.READS),
    "GET /v1/inventory/turnover": _read(STAFF, *stock_turnover.READS),
    "GET /v1/inventory/reservations": _read(STAFF, STOCK_RESERVATION),
    "GET /v1/inventory/reservations/{order_id}": _read(STAFF, STOCK_RESERVATION, cached=True),
    "GET /v1/inventory/reservations/{order_id}/history": _read(STAFF),
    "POST /v1/inventory/suppliers": _change(STAFF, begins=True),
    "PATCH /v1/inventory/suppliers/{supplier_id}": _change(STAFF),
    "DELETE /v1/inventory/suppliers/{supplier_id}": _change(STAFF, match_required=True),
    "GET /v1/inventory/suppliers": _read(STAFF, SUPPLIERS),
    "GET /v1/inventory/suppliers/{supplier_id}": _read(STAFF, SUPPLIERS, cached=True),
    "GET /v1/inventory/suppliers/{supplier_id}/history": _read(STAFF),
    "POST /v1/inventory/deliveries": _change(STAFF, key_required=True, begins=True, prices=True),
    "POST /v1/inventory/deliveries/{delivery_id}/receive": _change(STAFF),
    "POST /v1/inventory/deliveries/{delivery_id}/call-off": _change(STAFF, match_required=True),
    "GET /v1/inventory/deliveries": _read(STAFF, DELIVERIES),
    "GET /v1/inventory/deliveries/{delivery_id}": _read(STAFF, DELIVERIES, cached=True),
    "GET /v1/inventory/deliveries/{delivery_id}/history": _read(STAFF),
    "POST /v1/inventory/categories": _change(STAFF, begins=True),
    "PATCH /v1/inventory/categories/{stock_category_id}": _change(STAFF),
    "DELETE /v1/inventory/categories/{stock_category_id}": _change(STAFF, match_required=True),
    "GET /v1/inventory/categories": _read(STAFF, STOCK_CATEGORIES),
    "GET /v1/inventory/categories/{stock_category_id}": _read(STAFF, STOCK_CATEGORIES, cached=True),
    "GET /v1/inventory/categories/{stock_category_id}/history": _read(STAFF),
    "GET /v1/reports/best-sellers": _read(STAFF, BEST_SELLERS),
    "GET /v1/reports/baskets/{basket_id}": _read(STAFF, CART_METRICS),
    "GET /v1/projections": _read(STAFF),
    "GET /v1/reports/product-sales": _read(STAFF, PRODUCT_SALES),
    "GET /v1/orders/{order_id}/history": _read(KNOWN),
    "POST /v1/promotions": _change(ADMIN, begins=True),
    "PATCH /v1/promotions/{promotion_id}": _change(ADMIN),
    "POST /v1/promotions/{promotion_id}/end": _change(STAFF),
    "GET /v1/promotions": _read(STAFF, PROMOTIONS),
    "GET /v1/promotions/{promotion_id}": _read(STAFF, PROMOTIONS, cached=True),
    "GET /v1/promotions/{promotion_id}/history": _read(STAFF),
    "GET /v1/payments": _read(KNOWN, PAYMENTS),
    "GET /v1/payments/{payment_id}": _read(KNOWN, *PAYMENT, cached=True),
    "GET /v1/payments/{payment_id}/history": _read(STAFF),
    "POST /v1/payments/{payment_id}/refunds": _change(STAFF, key_required=True),
    "GET /v1/payments/refunds": _read(KNOWN, *REFUNDS),
    "GET /v1/payments/{payment_id}/refunds/{refund_id}": _read(KNOWN, *REFUNDS),
    "POST /v1/payments/{payment_id}/disputes": _change(STAFF, key_required=True),
    "POST /v1/payments/{payment_id}/disputes/{dispute_id}/evidence": _change(STAFF),
    "POST /v1/payments/{payment_id}/disputes/{dispute_id}/outcome": _change(STAFF),
    "GET /v1/payments/disputes": _read(STAFF, DISPUTES),
    "GET /v1/payments/{payment_id}/disputes/{dispute_id}": _read(STAFF, DISPUTES),
    "GET /v1/payment-methods": _read(CUSTOMER, WALLETS, cached=True),
    "POST /v1/payment-methods": _change(CUSTOMER),
    "DELETE /v1/payment-methods/{method_id}": _change(CUSTOMER),
    "PUT /v1/payment-methods/{method_id}/default": _change(CUSTOMER),
    "GET /v1/reports/revenue": _read(STAFF, MONEY_MOVED),
    "GET /v1/reports/conversion": _read(STAFF, CONVERSION),
    "GET /v1/reports/refund-rate": _read(STAFF, MONEY_MOVED),
    "GET /v1/reports/payments": _read(STAFF, PAYMENT_STEPS),
    "GET /v1/reports/payment-failures": _read(STAFF, PAYMENT_STEPS),
    "GET /health/live": _read(ANYONE),
    "GET /health/ready": _read(ANYONE),
    "GET /metrics": _read(ANYONE),
}

LOGS = frozenset(read.context for rule in ROUTES.values() for read in rule.reads)
"""The logs that a position can be in."""

DOCS: dict[str, Rule] = {
    "GET /schema": _read(ANYONE),
    "GET /schema/openapi.json": _read(ANYONE),
    "GET /schema/assets/{name}": _read(ANYONE),
}
"""Only where the documentation is shown."""
