"""What other contexts are asked before an order is placed or changed.

The answers may be old by then: they spare buyers orders that would be cancelled, and decide nothing for good. What is
sold is decided when stock is reserved, and what is paid when money is held.
"""

from collections.abc import Mapping
from uuid import UUID

from application.ports import PaymentMethods, Stock
from domain.kernel import Conflict, NotFound


class ProductsOutOfStock(Conflict):
    code = "out-of-stock"

    def __init__(self, wanted: Mapping[UUID, int], available: Mapping[UUID, int]) -> None:
        super().__init__(
            "There is less in stock than is wanted. Take what there is, or try again later.",
            products=[
                {"product_id": str(product_id), "wanted": quantity, "available": available[product_id]}
                for product_id, quantity in wanted.items()
            ],
        )


class MethodNotFound(NotFound):
    """As payment itself answers."""

    code = "payment-method-not-found"

    def __init__(self, method_id: UUID) -> None:
        super().__init__("There is no such payment method. Choose one of yours, or store it.", method_id=str(method_id))


async def check_stock(wanted: Mapping[UUID, int], stock: Stock) -> None:
    """Raises ProductsOutOfStock with all products of which there is less than wanted."""
    if not wanted:
        return
    available = await stock.available([*wanted])
    if short := {each: quantity for each, quantity in wanted.items() if quantity > available[each]}:
        raise ProductsOutOfStock(short, available)


async def check_payment_method(buyer_id: str, payment_method_id: UUID | None, methods: PaymentMethods) -> None:
    """Raises MethodNotFound for a method that is not the buyer's."""
    if payment_method_id is not None and not await methods.owns(buyer_id, payment_method_id):
        raise MethodNotFound(payment_method_id)
