"""What an order shows of its disputes, and a return for which nothing was to be paid."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from domain import ordering
from projections.order_detail import ORDER_DETAIL
from projections.order_summary import ORDER_SUMMARY
from projections.returns import RETURNS
from tests.given import STREAM, given_facts
from tests.projections.shop import CATALOGUE, money, placed

PAYMENT, DISPUTE, OTHER = (UUID(int=number) for number in (50, 51, 52))
ORDER = placed()
paid = ordering.OrderPaid("alice", ORDER.total, (), PAYMENT)
opened = ordering.DisputeHeard("alice", PAYMENT, DISPUTE, money("19.90"))
won, lost = (ordering.DisputeDecided("alice", PAYMENT, DISPUTE, money("19.90"), won=won) for won in (True, False))


@pytest.mark.proves("PAY-06")
def test_an_order_shows_its_disputes_and_whether_they_stop_it() -> None:
    for history, disputed, status in (
        ([opened], True, "open"),
        ([opened, won], False, "won"),
        ([opened, lost], True, "lost"),
        ([lost], True, "lost"),
    ):
        row = given_facts(ORDER_DETAIL, ORDER, paid, *history).row(STREAM)
        assert disputed is bool(row.disputed)
        assert row.disputed == given_facts(ORDER_SUMMARY, ORDER, paid, *history).row(STREAM).disputed
        (dispute,) = row.disputes
        assert (DISPUTE, status, money("19.90")) == (dispute.dispute_id, dispute.status, dispute.amount)
    row = given_facts(ORDER_DETAIL, ORDER, paid, opened, replace(opened, dispute_id=OTHER), won).row(STREAM)
    assert row.disputed


def test_what_a_bank_took_back_counts_as_paid_back() -> None:
    for projection in (ORDER_DETAIL, ORDER_SUMMARY):
        row = given_facts(projection, ORDER, paid, opened).row(STREAM)
        assert "paid" == row.payment_status
        row = given_facts(projection, ORDER, paid, opened, lost).row(STREAM)
        assert "partly-refunded" == row.payment_status
        row = given_facts(projection, ORDER, paid, opened, replace(lost, amount=ORDER.total)).row(STREAM)
        assert "refunded" == row.payment_status
        row = given_facts(projection, ORDER, paid, opened, won).row(STREAM)
        assert "paid" == row.payment_status


def test_a_return_for_which_nothing_is_to_be_paid_is_refunded_as_soon_as_it_came() -> None:
    lines = (ordering.RequestedLine(CATALOGUE[0], 1, ordering.ReturnReason.DAMAGED),)
    asked = ordering.ReturnRequested(OTHER, "alice", lines, "")
    goods = (ordering.ReceivedLine(CATALOGUE[0], 1, 0, money("0.00")),)
    row = given_facts(RETURNS, asked, ordering.ReturnReceived(OTHER, "alice", goods, money("0.00"), ())).row(STREAM)

    assert ("refunded", money("0.00"), 0) == (row.status, row.amount, row.refunds_under_way)
