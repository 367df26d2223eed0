"""What is due when: pure folds that say since when a stream waits for something that may never come.

The folds feed a read model, which only says where to look: the commands decide on the stream's own history.
"""

from application.deadlines.basket import BASKET_EXPIRY
from application.deadlines.deadline import Deadline, Waiting
from application.deadlines.inventory import RESERVATION_EXPIRY
from application.deadlines.ordering import GRACE_PERIOD, ORDER_TIMEOUT

DEADLINES = (BASKET_EXPIRY, GRACE_PERIOD, ORDER_TIMEOUT, RESERVATION_EXPIRY)

__all__ = ["BASKET_EXPIRY", "DEADLINES", "GRACE_PERIOD", "ORDER_TIMEOUT", "RESERVATION_EXPIRY", "Deadline", "Waiting"]
