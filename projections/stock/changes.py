"""What each event of a shelf does to its counts."""

from typing import NamedTuple

from domain.inventory import (
    ShelfEvent,
    StockAdjusted,
    StockReceived,
    StockReleased,
    StockReserved,
    StockReturned,
    StockShipped,
)


class Change(NamedTuple):
    on_hand: int = 0
    reserved: int = 0


def change_of(event: ShelfEvent) -> Change:
    match event:
        case StockReserved(quantity=quantity):
            return Change(0, quantity)
        case StockReleased(quantity=quantity):
            return Change(0, -quantity)
        case StockShipped(quantity=quantity):
            return Change(-quantity, -quantity)
        case StockReceived(quantity=quantity) | StockReturned(quantity=quantity):
            return Change(quantity, 0)
        case StockAdjusted(change=quantity):
            return Change(quantity, 0)
        case _:
            return Change()
