"""What can be done with orders. Each command is the JSON body of its request; its order stands beside it.

await cancel_order(CancelOrder("Changed my mind"), call, order_id, store=store)
"""

from application.ordering.checking import MethodNotFound, ProductsOutOfStock
from application.ordering.closing import with_others
from application.ordering.editing import ChangeAddress, EditReceipt, SetLine, change_address, set_line
from application.ordering.handling import (
    AddNote,
    CancelOrder,
    CancelStaleOrder,
    DeliverOrder,
    EndAmendment,
    EndGracePeriod,
    NoteReceipt,
    ShipOrder,
    StaffOnly,
    add_note,
    cancel_order,
    cancel_stale_order,
    deliver_order,
    end_amendment,
    end_grace_period,
    order_of,
    ship_order,
)
from application.ordering.placing import OrderReceipt, PlaceOrder, ShippingAddress, buyer_of, find, place, place_order
from application.ordering.promotions import (
    AmendPromotion,
    AmountDiscount,
    AnyDiscount,
    CreatePromotion,
    EndPromotion,
    FreeShippingDiscount,
    PercentageDiscount,
    PromotionRef,
    amend_promotion,
    create_promotion,
    end_promotion,
)
from application.ordering.redeeming import Codes, TooManyPromotions, terms_of
from application.ordering.returning import (
    ReceiveReturn,
    RejectReturn,
    RequestReturn,
    ReturnedGoods,
    ReturnLine,
    ReturnReceipt,
    receive_return,
    reject_return,
    request_return,
    return_of,
)
from application.ordering.till import DraftAddress, Drafted, DraftOrder, OrderLine, Till, draft_order
