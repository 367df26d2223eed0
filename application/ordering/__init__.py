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
from application.ordering.redeeming import MOST_CODES, Codes, TooManyPromotions, claimed, returned_redemptions, terms_of
from application.ordering.till import Drafted, DraftOrder, OrderLine, ShippingDestination, Till, draft_order

__all__ = [
    "MOST_CODES",
    "AddNote",
    "CancelOrder",
    "CancelStaleOrder",
    "Codes",
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
    "TooManyPromotions",
    "add_note",
    "buyer_of",
    "cancel_order",
    "cancel_stale_order",
    "claimed",
    "draft_order",
    "end_grace_period",
    "find",
    "order_of",
    "origin_of",
    "place",
    "place_order",
    "returned_redemptions",
    "ship_order",
    "terms_of",
    "with_others",
]
