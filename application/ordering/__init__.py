"""What can be done with orders. Each command is the JSON body of its request; its order stands beside it.

await cancel_order(CancelOrder("Changed my mind"), call, order_id, store=store)
"""

from application.ordering.closing import with_others
from application.ordering.handling import (
    AddNote,
    CancelOrder,
    CancelStaleOrder,
    EndGracePeriod,
    NoteReceipt,
    ShipOrder,
    StaffOnly,
    add_note,
    cancel_order,
    cancel_stale_order,
    end_grace_period,
    order_of,
    ship_order,
)
from application.ordering.placing import (
    Found,
    OrderReceipt,
    PlaceOrder,
    ShippingAddress,
    buyer_of,
    find,
    origin_of,
    place,
    place_order,
)
from application.ordering.till import Drafted, DraftOrder, OrderLine, ShippingDestination, Till, draft_order

__all__ = [
    "AddNote",
    "CancelOrder",
    "CancelStaleOrder",
    "DraftOrder",
    "Drafted",
    "EndGracePeriod",
    "Found",
    "NoteReceipt",
    "OrderLine",
    "OrderReceipt",
    "PlaceOrder",
    "ShipOrder",
    "ShippingAddress",
    "ShippingDestination",
    "StaffOnly",
    "Till",
    "add_note",
    "buyer_of",
    "cancel_order",
    "cancel_stale_order",
    "draft_order",
    "end_grace_period",
    "find",
    "order_of",
    "origin_of",
    "place",
    "place_order",
    "ship_order",
    "with_others",
]
