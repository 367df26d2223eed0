"""What can be done with the stock. Each command is the JSON body of its request; what it is about stands beside it.

await expire_reservation(ExpireReservation(), call, order_id, store=store, rules=rules)
"""

from application.inventory.reacting import ORDER_NEWS, OrderNews, reserve_stock
from application.inventory.reservations import ExpireReservation, ReservationReceipt, expire_reservation
from application.inventory.stockroom import Stockroom, stockroom

__all__ = [
    "ORDER_NEWS",
    "ExpireReservation",
    "OrderNews",
    "ReservationReceipt",
    "Stockroom",
    "expire_reservation",
    "reserve_stock",
    "stockroom",
]
