"""What an order shows of its money: one name for each sum, and what is owed as one."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from domain import ordering
from domain.kernel import Event
from domain.money import Money
from domain.ordering import Refund
from projections.order_detail import ORDER_DETAIL, OrderRow
from tests.given import STREAM, given_facts
from tests.projections.shop import ADDRESS, CATALOGUE, line, money, placed

PAYMENT, RETURN, CHANGE = (UUID(int=number) for number in (50, 51, 52))
BACK, MORE, BY_HAND, AGAIN = (UUID(int=number) for number in (60, 61, 62, 63))
ORDER = placed()
paid = ordering.OrderPaid("alice", ORDER.total, (), PAYMENT)
cancelled = ordering.OrderCancelled("alice", ordering.CancelCause.BUYER, "", ())
returned = ordering.ReturnClosed("alice", RETURN, (), (Refund(PAYMENT, BACK, money("20.00")),))
FEWER = ordering.Bill((line(CATALOGUE[0], 1),), *([money("0.00")] * 5))
amended = ordering.OrderAmended(CHANGE, "alice", ADDRESS, FEWER, (), (), None, (Refund(PAYMENT, MORE, money("5.00")),))


def shown(*history: Event) -> OrderRow:
    row: OrderRow = given_facts(ORDER_DETAIL, ORDER, paid, *history).row(STREAM)
    return row


def made(id: UUID, amount: str, category: str, payment_id: UUID = PAYMENT) -> ordering.OrderRefunded:
    return ordering.OrderRefunded("alice", payment_id, id, money(amount), category)


def failed(
    id: UUID, amount: Money, reason: str = "try-later", payment_id: UUID = PAYMENT
) -> ordering.OrderRefundFailed:
    return ordering.OrderRefundFailed("alice", payment_id, id, amount, reason)


def test_what_was_promised_and_could_not_be_paid_back_is_owed_until_it_is_by_hand() -> None:
    not_made = failed(BACK, money("20.00"))
    assert shown(returned).owed is None, "it is under way"
    assert shown(returned, made(BACK, "20.00", "returned")).owed is None
    assert money("20.00") == shown(returned, not_made).owed
    assert money("20.00") == shown(returned, not_made, failed(BY_HAND, money("20.00"))).owed, "a try is not owed"
    assert money("20.00") == shown(returned, not_made, made(BY_HAND, "3.00", "goodwill")).owed
    assert money("13.00") == shown(returned, not_made, made(BY_HAND, "7.00", "returned")).owed
    assert shown(returned, not_made, made(BY_HAND, "20.00", "returned")).owed is None


def test_what_is_dropped_is_owed_no_longer() -> None:
    not_made = failed(BACK, money("20.00"))
    dropped = ordering.OrderRefundDropped(
        "alice", tuple(ordering.Owed(RETURN, money(part)) for part in ("7.00", "5.00"))
    )
    assert money("8.00") == shown(returned, not_made, dropped).owed
    assert shown(returned, not_made, dropped, made(BY_HAND, "8.00", "returned")).owed is None


def test_a_refund_that_is_made_pays_no_other_that_failed() -> None:
    row = shown(amended, returned, failed(BACK, money("20.00")), made(MORE, "5.00", "amended"))
    assert (money("20.00"), money("5.00")) == (row.owed, row.refunded)
    assert row.owed == shown(amended, failed(MORE, money("5.00")), returned, failed(BACK, money("15.00"))).owed


def test_what_nothing_is_left_for_is_not_owed_and_what_is_promised_again_may_be() -> None:
    gone = failed(BACK, money("20.00"), ordering.NOTHING_LEFT)
    again = (Refund(CHANGE, AGAIN, money("8.00")),)
    assert shown(returned, gone).owed is None
    for short in (replace(gone, again=again), replace(made(BACK, "12.00", "returned"), again=again)):
        assert shown(returned, short).owed is None
        assert money("8.00") == shown(returned, short, failed(AGAIN, money("8.00"), payment_id=CHANGE)).owed


def test_of_a_cancelled_order_no_more_is_owed_than_the_shop_has() -> None:
    rest = ORDER.total - money("10.00")
    tries = [cancelled, failed(BY_HAND, money("10.00")), failed(BACK, rest), failed(MORE, money("10.00"))]
    assert ORDER.total == shown(*tries).owed, "not the sum of the tries"
    assert money("10.00") == shown(*tries, made(AGAIN, str(rest.amount), "other")).owed
    assert shown(*tries, made(AGAIN, str(ORDER.total.amount), "cancelled")).owed is None


@pytest.mark.parametrize("category", ["cancelled", "returned"])
def test_money_that_came_too_late_is_owed_once_it_cannot_be_paid_back(category: str) -> None:
    late, not_made = (
        ordering.OrderCharged("alice", CHANGE, money("9.00")),
        failed(BACK, money("9.00"), payment_id=CHANGE),
    )
    assert shown(late).owed is None
    assert shown(late, made(BACK, "9.00", "cancelled", CHANGE)).owed is None
    assert money("9.00") == shown(late, not_made).owed
    assert money("9.00") == shown(late, not_made, replace(not_made, refund_id=BY_HAND)).owed
    assert shown(late, not_made, made(BY_HAND, "9.00", category, CHANGE)).owed is None


def test_what_was_paid_back_and_what_is_disputed_are_two_sums_as_in_a_payment() -> None:
    opened = ordering.DisputeHeard("alice", PAYMENT, AGAIN, money("7.00"))
    won, lost = (ordering.DisputeDecided("alice", PAYMENT, AGAIN, money("7.00"), won=won) for won in (True, False))
    for history, disputed, status in (
        ([opened], money("7.00"), "partly-refunded"),
        ([opened, lost], money("7.00"), "partly-refunded"),
        ([opened, won], None, "partly-refunded"),
        ([replace(lost, amount=ORDER.total - money("3.00"))], ORDER.total - money("3.00"), "refunded"),
    ):
        row = shown(made(BY_HAND, "3.00", "goodwill"), *history)
        assert (ORDER.total, money("3.00"), disputed, status) == (
            row.paid,
            row.refunded,
            row.disputed,
            row.payment_status,
        )
