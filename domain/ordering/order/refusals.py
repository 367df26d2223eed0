"""Why something is not done with an order.

Refusals
├── OrderNotFound      no such order, or not the caller's
├── OrderCannotChange  the step does not fit the order's status
├── OrderInProgress    stock and money are being asked for: it can be changed before, and after
├── OrderNotEditable   it can be changed no longer
├── AmendmentPending   an earlier change to it is not decided yet
├── LineNotFound       it has no such line
├── LastLine           the only line cannot be removed
├── TotalOutOfRange    see `amounts`
├── TotalChanged       the total is not the one that the buyer agreed to
├── TooManyChanges     it was changed so often already
├── OrderPaidBack      the money for it is back with the buyer
├── OrderDisputed      a bank took money for it back, or may
├── NothingToReturn    the order was not shipped
├── TooManyReturned    more than was shipped and did not come back yet
└── TooManyNotes
"""

from uuid import UUID

from domain.kernel import Conflict, NotFound
from domain.money import Money


class OrderNotFound(NotFound):
    code = "order-not-found"

    def __init__(self, order_id: UUID) -> None:
        super().__init__("There is no such order.", order_id=str(order_id))


class OrderCannotChange(Conflict):
    code = "order-cannot-change"

    def __init__(self, status: str | None, wanted: str) -> None:
        present = str(status or "not placed")
        advice = " What was shipped can be sent back." if (present, wanted) == ("shipped", "cancelled") else ""
        super().__init__(
            f"The order is {present} and cannot become {wanted}.{advice}", **{"from": present, "to": str(wanted)}
        )


class OrderInProgress(Conflict):
    code = "order-in-progress"

    def __init__(self, status: str) -> None:
        super().__init__(
            "Stock and money for this order are being asked for. Change it in a moment, once it is paid; or cancel it.",
            status=str(status),
        )


class OrderNotEditable(Conflict):
    code = "order-not-editable"

    def __init__(self, status: str | None) -> None:
        advice = "Send back what is not wanted" if status == "shipped" else "Place another order"
        super().__init__(
            f"The order is {status or 'not placed'} and can be changed no longer. {advice}.", status=str(status)
        )


class AmendmentPending(Conflict):
    code = "amendment-pending"

    def __init__(self, amendment_id: UUID) -> None:
        super().__init__(
            "A change to this order is not decided yet. Try again once it is.", amendment_id=str(amendment_id)
        )


class LineNotFound(NotFound):
    code = "line-not-found"

    def __init__(self, product_id: UUID, advice: str) -> None:
        super().__init__(f"The order has no line with this product. {advice}", product_id=str(product_id))


class LastLine(Conflict):
    code = "last-line"

    def __init__(self, product_id: UUID) -> None:
        super().__init__("This is all that is ordered. Cancel the order instead.", product_id=str(product_id))


class TotalChanged(Conflict):
    code = "total-changed"

    def __init__(
        self, expected: Money, actual: Money, advice: str = "Send the new one as expected_total if it is agreed to."
    ) -> None:
        super().__init__(
            f"The total is {actual} by now, not {expected}. {advice}",
            expected=expected,
            total=actual,
        )


class TooManyChanges(Conflict):
    code = "too-many-changes"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"An order is changed {most} times at most. It can be cancelled as long as it is not shipped.", most=most
        )


class OrderPaidBack(Conflict):
    code = "order-paid-back"

    def __init__(self, status: str | None) -> None:
        super().__init__(
            "All the money that was taken for the order was paid back: it is neither shipped nor changed. Cancel it.",
            status=str(status),
        )


class OrderDisputed(Conflict):
    code = "order-disputed"

    def __init__(self, dispute_id: UUID, *, lost: bool) -> None:
        detail = (
            "A bank took back money that was paid for this order: it is neither shipped nor changed. Cancel it."
            if lost
            else "A bank may take back money that was paid for this order: meanwhile it is neither shipped nor changed."
            " Wait for the bank's decision, or cancel it."
        )
        super().__init__(detail, dispute_id=str(dispute_id), dispute_status="lost" if lost else "open")


class NothingToReturn(Conflict):
    code = "nothing-to-return"

    def __init__(self, status: str | None) -> None:
        super().__init__(
            f"The order is {status or 'not placed'}: only what was shipped can come back. An order that is not shipped"
            " can be cancelled.",
            status=str(status),
        )


class TooManyReturned(Conflict):
    code = "too-many-returned"

    def __init__(self, product_id: UUID, quantity: int, left: int) -> None:
        super().__init__(
            f"Of this product {left} can come back, not {quantity}: no more than was shipped and is not returned yet.",
            product_id=str(product_id),
            quantity=quantity,
            left=left,
        )


class TooManyNotes(Conflict):
    code = "too-many-notes"

    def __init__(self, most: int) -> None:
        super().__init__(f"An order holds at most {most} notes. No more can be added.", most=most)
