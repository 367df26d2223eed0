"""An order, from its placing to its shipment or cancellation.

    Submitted → AwaitingValidation → StockConfirmed → Paid → Shipped
        └──────────────┴──────────────────┴────────────┴→ Cancelled

Stock confirmed: everything is set aside. Then, still within that status, the money is authorised (held), the stock
allocated (the order's for good) and the money captured, in this order: never goods without money, never money without
goods.
"""
