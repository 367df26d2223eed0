"""A small shop's history, the same each time: orders of a few products, some paid and shipped, some cancelled."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from uuid import UUID

from domain import ordering
from domain.kernel import Event
from domain.money import Money

ADDRESS = ordering.Address("Alice Example", "1 Main Street", "Springfield", "12345", "US")
CATALOGUE = tuple(UUID(int=number) for number in range(1, 41))


def money(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "USD")


def line(product_id: UUID, quantity: int = 1, price: str = "19.90") -> ordering.Line:
    subtotal = (money(price) * quantity).rounded()
    return ordering.Line(
        product_id, f"Product {product_id.int}", None, money(price), quantity, subtotal, money(0), money(0), subtotal
    )


def placed(number: str = "SL-0001", buyer_id: str = "alice", *lines: ordering.Line) -> ordering.OrderPlaced:
    lines = lines or (line(CATALOGUE[0], 2), line(CATALOGUE[1]))
    subtotal = money(sum(each.total.amount for each in lines))
    return ordering.OrderPlaced(
        number=number,
        buyer_id=buyer_id,
        origin=UUID(int=7),
        basket=None,
        address=ADDRESS,
        lines=lines,
        subtotal=subtotal,
        discount=money(0),
        tax=money(0),
        shipping=money("4.90"),
        total=subtotal + money("4.90"),
    )


def stock(event: ordering.OrderPlaced) -> tuple[ordering.StockItem, ...]:
    return tuple(ordering.StockItem(each.product_id, each.quantity) for each in event.lines)


def order(number: int, random: Random) -> list[Event]:
    """The life of one order."""
    buyer = f"buyer-{number % 97}"
    products = random.sample(CATALOGUE, random.randint(1, 3))
    first = placed(f"SL-{number:06}", buyer, *(line(each, random.randint(1, 4)) for each in products))
    items = stock(first)
    validation = ordering.OrderValidationRequested(buyer, items)
    confirmed = ordering.OrderStockConfirmed(buyer, first.total)
    paid = ordering.OrderPaid(buyer, first.total, items, UUID(int=number))
    shipped = ordering.OrderShipped(buyer, "Parcel Post", f"PP{number}", items)
    cancelled = ordering.OrderCancelled(buyer, ordering.CancelCause.BUYER, "", items)
    life: list[Event] = [first, validation, confirmed, paid, shipped]
    return [first, cancelled] if number % 7 == 3 else life[: random.randint(1, 5)]


def history(orders: int, seed: int = 1, together: int = 20) -> Iterator[tuple[UUID, Event]]:
    """The lives of so many orders, `together` of them at a time, each with its stream."""
    random = Random(seed)
    living: list[tuple[UUID, list[Event]]] = []
    number = 0
    while living or number < orders:
        while number < orders and len(living) < together:
            number += 1
            living.append((UUID(int=random.getrandbits(128)), order(number, random)))
        chosen = random.randrange(len(living))
        stream, events = living[chosen]
        yield stream, events.pop(0)
        if not events:
            living.pop(chosen)
