"""The stock as it can be seen: levels, movements, alerts, reservations, suppliers, turnover."""

from projections.stock.level import STOCK_LEVEL, ShownLevel, StockLevel, StockLevels, levels, list_levels, stock_level

__all__ = ["STOCK_LEVEL", "ShownLevel", "StockLevel", "StockLevels", "levels", "list_levels", "stock_level"]
