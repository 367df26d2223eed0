"""Why a shelf is not changed."""

from uuid import UUID

from domain.kernel import Conflict, Invalid, NotFound


class ShelfNotFound(NotFound):
    code = "stock-not-found"

    def __init__(self, product_id: UUID) -> None:
        super().__init__("Nothing was counted of this product yet. Receive some first.", product_id=str(product_id))


class NotEnoughStock(Conflict):
    code = "not-enough-stock"

    def __init__(self, wanted: int, available: int) -> None:
        super().__init__(
            f"Only {available} are available, not {wanted}; what is set aside for orders stays theirs. Ask for fewer.",
            wanted=wanted,
            available=available,
        )


class TooMuchStock(Conflict):
    code = "too-much-stock"

    def __init__(self, most: int) -> None:
        super().__init__(f"A shelf holds at most {most} units. Take fewer in.", most=most)


class TooManyReservations(Conflict):
    code = "too-many-reservations"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"A buyer may hold at most {most} reservations of one product. Pay for one of them, or cancel it, first.",
            most=most,
        )


class NotReserved(Conflict):
    code = "not-reserved"

    def __init__(self, wanted: int, reserved: int) -> None:
        super().__init__(f"Only {reserved} are set aside like this, not {wanted}.", wanted=wanted, reserved=reserved)


class InvalidThresholds(Invalid):
    code = "invalid-thresholds"

    def __init__(self, restock: int, maximum: int) -> None:
        super().__init__(
            "`maximum` must be above `restock`, or stock would be low when it is full.",
            path="maximum",
            restock=restock,
            maximum=maximum,
        )
