"""What the basket tells."""

from uuid import UUID

from application.contracts.message import Contract


class BasketCheckedOut(Contract, frozen=True, tag="basket.checked_out.v1"):
    """A basket became an order; it is closed for good."""

    basket_id: UUID
    order_id: UUID


BasketContract = BasketCheckedOut
