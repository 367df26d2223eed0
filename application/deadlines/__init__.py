"""What is due when: pure folds that say since when a stream waits for something that may never come.

The folds feed a read model, which only says where to look: the commands decide on the stream's own history.
"""

from application.deadlines.basket import BASKET_EXPIRY
from application.deadlines.deadline import Deadline, Waiting
from application.deadlines.inventory import RESERVATION_EXPIRY
from application.deadlines.ordering import AMENDMENT_TIMEOUT, GRACE_PERIOD, ORDER_TIMEOUT
from application.deadlines.payment import PAYMENT_EXPIRY, PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT

DEADLINES = (
    *(BASKET_EXPIRY, GRACE_PERIOD, ORDER_TIMEOUT, AMENDMENT_TIMEOUT, RESERVATION_EXPIRY),
    *(PAYMENT_OUTSTANDING, PAYMENT_EXPIRY, PAYMENT_SETTLEMENT),
)
