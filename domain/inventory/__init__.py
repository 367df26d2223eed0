"""Inventory: how much there is of each product, and what of it is set aside for which order."""

from domain.inventory.reservation import RESERVATION
from domain.inventory.shelf import SHELF
from domain.kernel import Context

CONTEXT = Context("inventory", (SHELF, RESERVATION))

__all__ = ["CONTEXT", "RESERVATION", "SHELF"]
