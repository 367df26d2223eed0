"""The bounded contexts of this shop. Whoever needs all of them takes them from here."""

from domain import basket, catalog, inventory, ordering, payment

CONTEXTS = (catalog.CONTEXT, basket.CONTEXT, ordering.CONTEXT, inventory.CONTEXT, payment.CONTEXT)
NAMES = tuple(context.name for context in CONTEXTS)
SCHEMAS = (*NAMES, "read")
"""The schemas of the shop: each context's own, and that of the read models. Each may have a database of its own."""
SANDBOX = "sandbox_gateway"
"""The schema of the sandbox gateway's books, which are in the payments' database and no part of the shop."""
