"""The stock as it can be seen: levels, movements, alerts, reservations, suppliers, turnover."""

from projections.stock.alerts import STOCK_ALERT
from projections.stock.categories import STOCK_CATEGORIES
from projections.stock.deliveries import DELIVERIES
from projections.stock.level import STOCK_LEVEL, StockLevels
from projections.stock.movements import STOCK_MOVEMENT
from projections.stock.reservations import STOCK_RESERVATION
from projections.stock.suppliers import SUPPLIERS
from projections.stock.turnover import STOCK_TURNOVER

ALL = (
    *(STOCK_LEVEL, STOCK_MOVEMENT, STOCK_ALERT, STOCK_RESERVATION),
    *(SUPPLIERS, DELIVERIES, STOCK_CATEGORIES, STOCK_TURNOVER),
)
