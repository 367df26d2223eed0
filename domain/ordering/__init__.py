"""Ordering: orders from their placing to their end, parcels and returns, the buyers that place them, promotions."""

from domain.kernel import Context
from domain.ordering.address import Address, cleaned
from domain.ordering.amounts import (
    Applied,
    DiscountTooHigh,
    Draft,
    InvalidQuantity,
    Item,
    Line,
    NoLines,
    TooManyLines,
    TotalOutOfRange,
    draft,
    merged,
)
from domain.ordering.buyer import (
    BUYER,
    BasketRef,
    Buyer,
    BuyerEvent,
    CheckedOut,
    CheckOutUnfinished,
    PendingOrderClosed,
    PendingOrderOpened,
    TooManyPendingOrders,
    buyer_stream,
    check_recorded,
    close_pending,
    open_pending,
)
from domain.ordering.discounts import Discounted, discounted, shipped, subtotals
from domain.ordering.number import InvalidOrderNumber
from domain.ordering.order.amending import (
    allocate_amendment,
    authorise_amendment,
    check_editable,
    confirm_amendment_stock,
    edit,
    pay_amendment,
    quantities,
    reject_amendment,
    time_out_amendment,
)
from domain.ordering.order.disputes import note_dispute, note_outcome
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.changes import (
    AmendmentAllocated,
    AmendmentAuthorised,
    AmendmentRejected,
    AmendmentRequested,
    AmendmentStockConfirmed,
    Bill,
    LineChange,
    OrderAmended,
    OrderEdited,
)
from domain.ordering.order.events.life import (
    CancelCause,
    NoteAdded,
    NoteKind,
    OrderAllocated,
    OrderAuthorised,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    OrderStockConfirmed,
    OrderValidationRequested,
    OutOfStock,
    StockItem,
)
from domain.ordering.order.events.money import (
    NOTHING_LEFT,
    DisputeDecided,
    DisputeHeard,
    OrderCharged,
    OrderRefundDropped,
    OrderRefunded,
    OrderRefundFailed,
    Owed,
    Refund,
    ReturnClosed,
    ReturnedLine,
    ReturnOpened,
)
from domain.ordering.order.refunding import close_return, fail_refund, note_refund, open_return
from domain.ordering.order.refusals import (
    AmendmentPending,
    LastLine,
    LineNotFound,
    NothingToReturn,
    OrderCannotChange,
    OrderDisputed,
    OrderInProgress,
    OrderNotEditable,
    OrderNotFound,
    OrderPaidBack,
    TooManyChanges,
    TooManyNotes,
    TooManyReturned,
    TotalChanged,
)
from domain.ordering.order.state import ORDER, PENDING, Amendment, Order, Status
from domain.ordering.order.steps import (
    add_note,
    allocate,
    authorise,
    cancel,
    confirm_stock,
    end_grace_period,
    fail_payment,
    note_charge,
    pay,
    place,
    reject_stock,
    request_validation,
    ship,
    time_out,
)
from domain.ordering.order.taken import Dispute, Taken
from domain.ordering.parcel import (
    PARCEL,
    Parcel,
    ParcelDelivered,
    ParcelEvent,
    ParcelNotSent,
    ParcelSent,
    ParcelStatus,
    deliver,
    parcel_stream,
    send,
)
from domain.ordering.promotion import (
    PROMOTION,
    Promotion,
    PromotionAmended,
    PromotionCodeTaken,
    PromotionCountless,
    PromotionCreated,
    PromotionEnded,
    PromotionEvent,
    PromotionExpired,
    PromotionNotActive,
    PromotionNotFound,
    PromotionNotStarted,
    PromotionStatus,
    PromotionUnknown,
    in_force,
)
from domain.ordering.redemption import (
    REDEMPTIONS,
    PromotionRedeemed,
    PromotionUsedUp,
    RedemptionEvent,
    RedemptionReturned,
    Redemptions,
    give_back,
    redeem,
    redemption_stream,
)
from domain.ordering.returns import (
    RETURN,
    ReceivedLine,
    RequestedLine,
    Return,
    ReturnCannotChange,
    ReturnEvent,
    ReturnNotFound,
    ReturnReason,
    ReturnReceived,
    ReturnRefundDropped,
    ReturnRefunded,
    ReturnRefundFailed,
    ReturnRejected,
    ReturnRequested,
    ReturnStatus,
    drop_return_refund,
    fail_return_refund,
    note_return_refund,
    pay_return_by_hand,
    receive_return,
    reject_return,
    request_return,
)
from domain.ordering.rules import Rules
from domain.ordering.tally import (
    TALLY,
    PromotionSpent,
    RedemptionCounted,
    Tally,
    TallyEvent,
    count,
    redeemed_tally,
    returned_tally,
)
from domain.ordering.terms import (
    AmountOff,
    Discount,
    FreeShipping,
    InvalidPromotion,
    Percentage,
    PromotionNotMet,
    Terms,
    canonical,
    check_minimum,
    is_met,
    promotion_id,
)

CONTEXT = Context("ordering", (ORDER, BUYER, PROMOTION, REDEMPTIONS, TALLY, PARCEL, RETURN))
