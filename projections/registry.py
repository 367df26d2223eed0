"""All read models there are."""

from typing import Any

from projections.availability import AVAILABILITY
from projections.basket import BASKET
from projections.best_sellers import BEST_SELLERS
from projections.cart_metrics import CART_METRICS
from projections.catalog_search import CATALOG_SEARCH
from projections.conversion import CONVERSION
from projections.deadlines import WAITING
from projections.disputes import DISPUTES
from projections.item_page import ITEM_PAGE
from projections.kernel import Projection
from projections.money_moved import MONEY_MOVED
from projections.order_detail import ORDER_DETAIL
from projections.order_history import ORDER_HISTORY
from projections.order_summary import ORDER_SUMMARY
from projections.parcels import PARCELS
from projections.payment_methods import WALLETS
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import PAYMENTS
from projections.product_sales import PRODUCT_SALES
from projections.promotions import PROMOTIONS
from projections.refunds import REFUNDS
from projections.returns import RETURNS
from projections.reviews import REVIEWS
from projections.stock import ALL as STOCK
from projections.taxonomy import BRANDS, CATEGORIES, TYPES

ALL: tuple[Projection[Any], ...] = (
    ITEM_PAGE,
    CATALOG_SEARCH,
    BRANDS,
    TYPES,
    CATEGORIES,
    REVIEWS,
    AVAILABILITY,
    BASKET,
    CART_METRICS,
    CONVERSION,
    ORDER_SUMMARY,
    ORDER_DETAIL,
    ORDER_HISTORY,
    PARCELS,
    RETURNS,
    BEST_SELLERS,
    PRODUCT_SALES,
    PROMOTIONS,
    PAYMENTS,
    REFUNDS,
    DISPUTES,
    WALLETS,
    MONEY_MOVED,
    PAYMENT_STEPS,
    *STOCK,
    *WAITING.values(),
)
