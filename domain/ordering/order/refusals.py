"""Why something is not done with an order.

Refusals
├── OrderNotFound      no such order, or not the caller's
├── OrderCannotChange  the step does not fit the order's status
├── TotalOutOfRange    see `amounts`
├── TotalChanged       the total is not the one that the buyer agreed to
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
        super().__init__(f"The order is {present} and cannot become {wanted}.", **{"from": present, "to": str(wanted)})


class TotalChanged(Conflict):
    code = "total-changed"

    def __init__(self, expected: Money, actual: Money) -> None:
        super().__init__(
            f"The total is {actual} by now, not {expected}. Send the new one if it is agreed to.",
            expected=str(expected.amount),
            total=str(actual.amount),
            currency=actual.currency,
        )


class TooManyNotes(Conflict):
    code = "too-many-notes"

    def __init__(self, most: int) -> None:
        super().__init__(f"An order holds at most {most} notes. No more can be added.", most=most)
