"""Stock that many orders want: asked for in pages, allocated, amended, cancelled, shipped, sent back, told of twice.

The model is what a clerk with a notebook would say: how much lies there, and who holds how much of it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from application.contracts import (
    AmendmentRejected,
    Contract,
    OrderAmended,
    OrderAuthorised,
    OrderAwaitingValidation,
    OrderCancelled,
    OrderShipped,
    ReturnReceived,
    StockAllocated,
    StockLevelChanged,
    StockRejected,
    StockReserved,
)
from application.inventory import AdjustStock, OrderNews, adjust_stock
from domain.inventory import RESERVATION, SHELF, AdjustmentReason, NotEnoughStock, Rules, reservation_stream
from domain.kernel import Aggregate
from domain.money import Money
from tests.application.warehouse import ROPE, STOVE, TENT, Warehouse, items
from tests.laws import restored
from tests.machines.machine import Machine, cases

PRODUCTS = {"tent": TENT, "stove": STOVE, "rope": ROPE}
BUYERS = ["alice", "bob"]
RULES = Rules(most_reservations=2)
TOTAL = Money.parse("1.00", "USD")

Lines = dict[UUID, int]
_lines = st.dictionaries(st.sampled_from(sorted(PRODUCTS.values())), st.integers(1, 4), min_size=1)


@dataclass
class Asked:
    """What an order, or an amendment of it, asked for at once."""

    order_id: UUID
    buyer: str
    lines: Lines
    stands: str
    """reserved, allocated, expired, rejected, or over."""
    at: datetime


@dataclass
class Book:
    """The clerk's notebook."""

    lying: Lines = field(default_factory=lambda: dict.fromkeys(PRODUCTS.values(), 0))
    asked: dict[UUID, Asked] = field(default_factory=dict)
    """By the id of the order or the amendment."""
    given_back: dict[UUID, Lines] = field(default_factory=dict)
    """What amendments took out of an order."""
    shipped: dict[UUID, Lines] = field(default_factory=dict)

    def held(self, order_id: UUID, stands: str) -> Lines:
        lines: Lines = {}
        for each in self.asked.values():
            if each.order_id == order_id and each.stands == stands:
                for product, quantity in each.lines.items():
                    lines[product] = lines.get(product, 0) + quantity
        if stands == "allocated":
            for product, quantity in self.given_back.get(order_id, {}).items():
                lines[product] = lines.get(product, 0) - quantity
        return {product: quantity for product, quantity in lines.items() if quantity}

    def free(self, product: UUID) -> int:
        taken = sum(
            self.held(order_id, stands).get(product, 0)
            for order_id in {each.order_id for each in self.asked.values()}
            for stands in ("reserved", "allocated")
        )
        return self.lying[product] - taken

    def open(self, buyer: str, product: UUID) -> int:
        return sum(
            each.buyer == buyer and each.stands == "reserved" and product in each.lines for each in self.asked.values()
        )


class Stock(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.warehouse = Warehouse(rules=RULES)
        self.book = Book()
        self.pages: list[tuple[OrderNews, ...]] = []
        self.ids = 100

    def tell(self, *page: OrderNews) -> list[Contract]:
        """What inventory answers, besides how much there is."""
        self.pages.append(page)
        return [each for each in self.run(self.warehouse.hear(*page)) if not isinstance(each, StockLevelChanged)]

    def new_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def some(self, data: st.DataObject, stands: str, *, amendment: bool | None = None) -> UUID | None:
        """A part that stands so."""
        found = [
            part_id
            for part_id, each in self.book.asked.items()
            if each.stands == stands and amendment in (None, part_id != each.order_id)
        ]
        return data.draw(st.sampled_from(found)) if found else None

    @initialize(quantity=st.integers(0, 30))
    def open_the_shop(self, quantity: int) -> None:
        """With an order that is paid for, if there is enough: much that can happen begins with one."""
        for name in PRODUCTS if quantity else ():
            self.receive(name, quantity)
        order_id = self.new_id()
        (answer,) = self.tell(OrderAwaitingValidation(order_id, "alice", items((TENT, 2), (ROPE, 1))))
        self.expect(order_id, order_id, "alice", {TENT: 2, ROPE: 1}, answer)
        if isinstance(answer, StockReserved):
            self.tell(OrderAuthorised(order_id, "alice"))
            self.book.asked[order_id].stands = "allocated"

    @rule(name=st.sampled_from(sorted(PRODUCTS)), quantity=st.integers(1, 9))
    def receive(self, name: str, quantity: int) -> None:
        self.run(self.warehouse.stock(**{name: quantity}))
        self.book.lying[PRODUCTS[name]] += quantity

    @precondition(lambda self: any(self.book.lying.values()))
    @rule(data=st.data(), change=st.integers(-6, 3))
    def count(self, data: st.DataObject, change: int) -> None:
        product = data.draw(st.sampled_from([each for each, lying in self.book.lying.items() if lying]))
        cmd, call = AdjustStock(change, AdjustmentReason.COUNTED), self.warehouse.call()
        if change < -self.book.free(product):
            with pytest.raises(NotEnoughStock):
                self.run(adjust_stock(cmd, call, product, store=self.warehouse.store))
        else:
            self.run(adjust_stock(cmd, call, product, store=self.warehouse.store))
            self.book.lying[product] += change

    @rule(wanted=st.lists(st.tuples(st.sampled_from(BUYERS), _lines), min_size=1, max_size=4))
    def ask(self, wanted: list[tuple[str, Lines]]) -> None:
        """Several orders in one page: the first of them come first."""
        orders = [(self.new_id(), buyer, lines) for buyer, lines in wanted]
        answers = self.tell(*(OrderAwaitingValidation(id, buyer, items(*lines.items())) for id, buyer, lines in orders))
        for (order_id, buyer, lines), answer in zip(orders, answers, strict=True):
            self.expect(order_id, order_id, buyer, lines, answer)

    @rule(data=st.data(), lines=_lines)
    def ask_for_more(self, data: st.DataObject, lines: Lines) -> None:
        if (order_id := self.some(data, "allocated", amendment=False)) is None:
            return
        amendment_id, buyer = self.new_id(), self.book.asked[order_id].buyer
        (answer,) = self.tell(OrderAwaitingValidation(order_id, buyer, items(*lines.items()), amendment_id))
        self.expect(order_id, amendment_id, buyer, lines, answer)

    def expect(self, order_id: UUID, part_id: UUID, buyer: str, lines: Lines, answer: Contract) -> None:
        book, amendment = self.book, None if part_id == order_id else part_id
        short = {product for product, quantity in lines.items() if quantity > book.free(product)}
        full = {product for product in lines if book.open(buyer, product) >= RULES.most_reservations}
        asked = Asked(order_id, buyer, lines, "reserved", self.warehouse.now)
        if short or full:
            asked.stands = "rejected"
            assert isinstance(answer, StockRejected)
            assert (order_id, amendment) == (answer.order_id, answer.amendment_id)
            assert ("out-of-stock" if short else "too-many-reservations") == answer.reason
            assert (short or full) == {each.product_id for each in answer.shortages}
        else:
            assert StockReserved(order_id, amendment) == answer
        book.asked[part_id] = asked

    @rule(data=st.data(), stands=st.sampled_from(["reserved", "expired"]))
    def authorise(self, data: st.DataObject, stands: str) -> None:
        if (part_id := self.some(data, stands)) is None:
            return
        asked = self.book.asked[part_id]
        amendment = None if part_id == asked.order_id else part_id
        short = {product for product, quantity in asked.lines.items() if quantity > self.book.free(product)}
        (answer,) = self.tell(OrderAuthorised(asked.order_id, asked.buyer, amendment))
        if stands == "expired" and short:
            assert isinstance(answer, StockRejected)
            assert short == {each.product_id for each in answer.shortages}
            asked.stands = "rejected"
        else:
            assert StockAllocated(asked.order_id, amendment) == answer
            asked.stands = "allocated"

    @rule(data=st.data(), stands=st.sampled_from(["reserved", "allocated", "expired", "rejected"]))
    def cancel(self, data: st.DataObject, stands: str) -> None:
        if (part_id := self.some(data, stands)) is None:
            return
        order_id = self.book.asked[part_id].order_id
        assert [] == self.tell(OrderCancelled(order_id, "", "buyer", ()))
        self.end(order_id)

    @rule(data=st.data(), stands=st.sampled_from(["reserved", "allocated", "expired"]))
    def give_up_an_amendment(self, data: st.DataObject, stands: str) -> None:
        if (part_id := self.some(data, stands, amendment=True)) is None:
            return
        asked = self.book.asked[part_id]
        if asked.order_id in self.book.given_back:
            return  # what an order gave back may have been the amendment's
        assert [] == self.tell(AmendmentRejected(asked.order_id, asked.buyer, part_id))
        asked.stands = "over"

    @rule(data=st.data(), quantity=st.integers(1, 3))
    def take_out(self, data: st.DataObject, quantity: int) -> None:
        if (part_id := self.some(data, "allocated", amendment=False)) is None:
            return
        asked = self.book.asked[part_id]
        held = self.book.held(asked.order_id, "allocated")
        if not held:
            return
        product = data.draw(st.sampled_from(sorted(held)))
        removed = items((product, quantity))
        assert [] == self.tell(OrderAmended(asked.order_id, asked.buyer, self.new_id(), (), removed, TOTAL))
        back = self.book.given_back.setdefault(asked.order_id, {})
        back[product] = back.get(product, 0) + min(quantity, held[product])

    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        if (part_id := self.some(data, "allocated", amendment=False)) is None:
            return
        order_id = self.book.asked[part_id].order_id
        held = self.book.held(order_id, "allocated")
        assert [] == self.tell(OrderShipped(order_id, "", ()))
        if held:  # an order that gave everything back has nothing to ship
            for product, quantity in held.items():
                self.book.lying[product] -= quantity
            self.book.shipped[order_id] = held
            self.end(order_id)

    def end(self, order_id: UUID) -> None:
        for each in self.book.asked.values():
            if each.order_id == order_id and each.stands != "rejected":
                each.stands = "over"
        self.book.given_back.pop(order_id, None)
        late = [OrderAuthorised(order_id, "", None if part == order_id else part) for part in self.parts_of(order_id)]
        assert [] == self.tell(*late), "an order that is over holds nothing, whoever speaks of it"

    def parts_of(self, order_id: UUID) -> list[UUID]:
        return [part_id for part_id, each in self.book.asked.items() if each.order_id == order_id]

    @precondition(lambda self: self.book.shipped)
    @rule(data=st.data(), sold_again=st.booleans())
    def send_back(self, data: st.DataObject, sold_again: bool) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.book.shipped)))
        lines = self.book.shipped.pop(order_id)
        came = items(*lines.items())
        restocked, written_off = (came, ()) if sold_again else ((), came)
        assert [] == self.tell(ReturnReceived(order_id, self.new_id(), "", restocked, written_off))
        for product, quantity in lines.items() if sold_again else ():
            self.book.lying[product] += quantity

    @rule(seconds=st.sampled_from([1, 150, 299, 300]))
    def time_passes(self, seconds: int) -> None:
        """The deadlines are worked at once; none that is due is left, and none goes early."""
        self.warehouse.advance(timedelta(seconds=seconds))
        for order_id in {each.order_id for each in self.book.asked.values()}:
            due = {
                part_id
                for part_id, each in self.book.asked.items()
                if each.order_id == order_id
                and each.stands == "reserved"
                and self.warehouse.now - each.at >= RULES.lifetime
            }
            assert due == set(self.run(self.warehouse.expire(order_id)))
            for part_id in due:
                self.book.asked[part_id].stands = "expired"

    @precondition(lambda self: self.pages)
    @rule(data=st.data())
    def tell_again(self, data: st.DataObject) -> None:
        """A follower that died goes back to where it stood: nothing that was told counts twice."""
        start = data.draw(st.integers(0, len(self.pages) - 1))
        head = self.run(self.warehouse.store.head("inventory"))
        for page in self.pages[start:]:
            self.run(self.warehouse.hear(*page))
        assert head == self.run(self.warehouse.store.head("inventory"))

    @invariant()
    def the_shelves_say_what_the_book_says(self) -> None:
        shelves = self.run(self.warehouse.store.load_many(SHELF, list(PRODUCTS.values())))
        for product, stream in shelves.items():
            shelf = stream.state
            assert (self.book.lying[product], self.book.free(product)) == (shelf.on_hand, shelf.available)
            assert shelf.available + shelf.reserved == shelf.on_hand
            assert min(shelf.available, shelf.reserved) >= 0
            for buyer in BUYERS:
                assert self.book.open(buyer, product) == shelf.waits(buyer)

    @invariant()
    def stored_history_rebuilds_everything(self) -> None:
        kinds: tuple[Aggregate[Any, Any], ...] = (SHELF, RESERVATION)
        for aggregate in kinds:
            orders = {each.order_id for each in self.book.asked.values()}
            ids = PRODUCTS.values() if aggregate is SHELF else map(reservation_stream, orders)
            for id, stream in self.run(self.warehouse.store.load_many(aggregate, list(ids))).items():
                if stream.version:
                    facts = self.run(self.warehouse.store.history(aggregate, id, limit=10_000))
                    history = restored(aggregate, [fact.event for fact in facts])
                    assert stream.state == aggregate.fold(aggregate.initial, history)


TestStock = cases(Stock, "INV-02", "INV-05", "INV-06", "INV-08", "P3", "P11", examples=60, in_soak=2_000, steps=40)
