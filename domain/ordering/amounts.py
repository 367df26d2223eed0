"""What an order costs: items merged by product, charged once a line, in amounts that always add up.

Refusals
├── NoLines           nothing is ordered
├── TooManyLines      more products than an order may have
├── InvalidQuantity   the quantity of a line is below one or above the most, or comes to more than can be charged
├── TotalOutOfRange   the total is below the least or above the most
├── DiscountTooHigh   a discount higher than what it is taken from
└── InvalidMoney      a negative price or charge
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Invalid
from domain.money import Money, most_of, total
from domain.ordering.rules import Rules


class NoLines(Invalid):
    code = "no-lines"

    def __init__(self) -> None:
        super().__init__("An order has at least one line.")


class TooManyLines(Invalid):
    code = "too-many-lines"

    def __init__(self, lines: int, most: int) -> None:
        super().__init__(f"An order has at most {most} lines, not {lines}.", lines=lines, most=most)


class InvalidQuantity(Invalid):
    code = "invalid-quantity"

    def __init__(self, product_id: UUID, quantity: int, most: int) -> None:
        super().__init__(
            f"A line holds 1 to {most} units, not {quantity}.",
            product_id=str(product_id),
            quantity=quantity,
            least=1,
            most=most,
        )


class TotalOutOfRange(Invalid):
    code = "total-out-of-range"

    def __init__(self, total: Money, rules: Rules) -> None:
        super().__init__(
            f"An order comes to {rules.least_total} at least and {rules.most_total} at most, this one to {total}.",
            total=total,
            least=Money(rules.least_total, total.currency),
            most=Money(rules.most_total, total.currency),
        )


class DiscountTooHigh(Invalid):
    code = "discount-too-high"

    def __init__(self, product_id: UUID, discount: Money, subtotal: Money) -> None:
        super().__init__(
            f"{discount} cannot be taken off a line of {subtotal}.",
            product_id=str(product_id),
            discount=discount,
            subtotal=subtotal,
        )


class Item(msgspec.Struct, frozen=True):
    """So much of a product at a price, with what is taken off the whole line."""

    product_id: UUID
    name: str
    picture: str | None
    unit_price: Money
    quantity: int
    discount: Money


class Line(msgspec.Struct, frozen=True):
    """A line of an order, frozen as it was then. All amounts but the unit price are whole minor units."""

    product_id: UUID
    name: str
    picture: str | None
    unit_price: Money
    quantity: int
    subtotal: Money
    """Quantity times price."""
    discount: Money
    tax: Money
    total: Money
    """subtotal - discount + tax"""


class Applied(msgspec.Struct, frozen=True):
    """What a promotion takes off an order."""

    code: str
    discount: Money
    """Off the goods."""
    shipping: Money
    """Off the shipping."""


class Draft(msgspec.Struct, frozen=True):
    """What an order would be."""

    lines: tuple[Line, ...]
    subtotal: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money
    """subtotal - discount + tax + shipping"""
    refusal: str | None = None
    """Why such an order would be refused, whoever placed it, like `total-out-of-range`; null where it would not be."""
    promotions: tuple[Applied, ...] = ()
    """In the order in which they are taken off."""


def merged(items: Iterable[Item], rules: Rules) -> tuple[Item, ...]:
    """One item a product, in the order of their first mention: quantities add up, the higher discount counts."""
    by_product: dict[UUID, Item] = {}
    for item in items:
        most = most_of(item.unit_price.checked(), rules.most_quantity)
        if item.quantity < 1:
            raise InvalidQuantity(item.product_id, item.quantity, most)
        first = by_product.get(item.product_id)
        quantity = item.quantity + (first.quantity if first else 0)
        if quantity > most:
            raise InvalidQuantity(item.product_id, quantity, most)
        discount = item.discount.checked()
        by_product[item.product_id] = replace(
            first or item, quantity=quantity, discount=max(first.discount, discount) if first else discount
        )
    if not by_product:
        raise NoLines
    if len(by_product) > rules.most_lines:
        raise TooManyLines(len(by_product), rules.most_lines)
    return tuple(by_product.values())


def draft(
    items: Iterable[Item],
    taxes: Mapping[UUID, Money],
    shipping: Money,
    rules: Rules,
    promotions: tuple[Applied, ...] = (),
) -> Draft:
    """Totals of an order that nobody placed yet. `taxes`: the tax on each whole line.

    `promotions` say what the items' discounts and the shipping came from; nothing is computed from them.
    """
    nothing = Money.zero(shipping.currency)
    lines = tuple(_charged(item, taxes.get(item.product_id, nothing)) for item in merged(items, rules))
    subtotal = total((line.subtotal for line in lines), shipping.currency)
    discount = total((line.discount for line in lines), shipping.currency)
    tax = total((line.tax for line in lines), shipping.currency)
    freight = shipping.checked().rounded()
    due = subtotal - discount + tax + freight
    refusal = total_refusal(due, rules)
    return Draft(lines, subtotal, discount, tax, freight, due, refusal.code if refusal else None, promotions)


def total_refusal(due: Money, rules: Rules) -> TotalOutOfRange | None:
    """Why nobody can order for so much."""
    return None if rules.least_total <= due.amount <= rules.most_total else TotalOutOfRange(due, rules)


def _charged(item: Item, tax: Money) -> Line:
    unit_price = item.unit_price.checked()
    subtotal = (unit_price * item.quantity).rounded()
    discount = item.discount.rounded()
    if discount > subtotal:
        raise DiscountTooHigh(item.product_id, discount, subtotal)
    tax = tax.checked().rounded()
    return Line(
        product_id=item.product_id,
        name=item.name,
        picture=item.picture,
        unit_price=unit_price,
        quantity=item.quantity,
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        total=subtotal - discount + tax,
    )
