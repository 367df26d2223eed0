"""The bounded contexts of this shop. Whoever needs all of them takes them from here."""

from domain import basket, catalog, inventory, ordering, payment

CONTEXTS = (catalog.CONTEXT, basket.CONTEXT, ordering.CONTEXT, inventory.CONTEXT, payment.CONTEXT)
NAMES = tuple(context.name for context in CONTEXTS)
SCHEMAS = (*NAMES, "read")
"""The schemas of the database: each context's own, and that of the read models."""
