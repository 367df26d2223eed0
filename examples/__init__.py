"""Programs of other bounded contexts that live with the shop: each reads its contracts and nothing else of it."""
