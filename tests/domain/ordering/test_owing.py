"""What could not be paid back for a return is owed only as long as the shop has it."""

from functools import partial
from uuid import UUID, uuid5

import pytest
from msgspec.structs import replace

from domain.ordering import (
    NOTHING_LEFT,
    ORDER,
    RETURN,
    DisputeDecided,
    OrderCharged,
    OrderRefundDropped,
    OrderRefunded,
    OrderRefundFailed,
    Owed,
    ReceivedLine,
    Refund,
    RequestedLine,
    ReturnClosed,
    ReturnedLine,
    ReturnOpened,
    ReturnReason,
    ReturnReceived,
    ReturnRefundDropped,
    ReturnRefundFailed,
    ReturnRequested,
    ReturnStatus,
    StockItem,
    drop_return_refund,
    fail_refund,
    note_outcome,
    note_refund,
)
from tests.domain.ordering.examples import ALICE, PAYMENT, SHIPPED, STOVE, placed
from tests.given import STREAM, given
from tests.money import usd

BACK, DISPUTE, GOODWILL, LATE, OTHER = (UUID(int=number) for number in range(80, 85))
REFUND = uuid5(BACK, str(PAYMENT))
AMOUNT = usd("37.32")

opened = ReturnOpened(ALICE, BACK, (StockItem(STOVE, 2),))
closed = ReturnClosed(ALICE, BACK, (ReturnedLine(STOVE, 1, AMOUNT),), (Refund(PAYMENT, REFUND, AMOUNT),))
failed = OrderRefundFailed(ALICE, PAYMENT, REFUND, AMOUNT, "declined")
ON_ITS_WAY = [*SHIPPED, opened, closed]
OWED = [*ON_ITS_WAY, failed]

lose = partial(note_outcome, won=False)


def lost(amount: str, payment_id: UUID = PAYMENT) -> DisputeDecided:
    return DisputeDecided(ALICE, payment_id, DISPUTE, usd(amount), won=False)


def dropped(amount: str) -> OrderRefundDropped:
    return OrderRefundDropped(ALICE, (Owed(BACK, usd(amount)),))


@pytest.mark.proves("PAY-06")
def test_what_a_bank_took_is_owed_no_longer() -> None:
    assert usd("360.45") == placed.total
    for taken, drops in (("360.45", "37.32"), ("330.45", "7.32"), ("400.00", "37.32")):
        order = given(ORDER, OWED).when(lose, PAYMENT, DISPUTE, usd(taken)).then(lost(taken), dropped(drops))
        assert order.owed == ({BACK: usd("30.00")} if drops == "7.32" else {})
    kept = given(ORDER, OWED).when(lose, PAYMENT, DISPUTE, usd("323.13")).then(lost("323.13"))
    assert {BACK: AMOUNT} == kept.owed
    won = given(ORDER, OWED).when(note_outcome, PAYMENT, DISPUTE, placed.total, won=True)
    assert {BACK: AMOUNT} == won.then(DisputeDecided(ALICE, PAYMENT, DISPUTE, placed.total, won=True)).owed


def test_what_a_bank_took_before_the_refund_failed_is_not_owed() -> None:
    history = [*ON_ITS_WAY, lost("360.45")]
    given(ORDER, history).when(fail_refund, PAYMENT, REFUND, AMOUNT, "declined").then(failed, dropped("37.32"))


def test_what_staff_gave_otherwise_is_owed_no_longer_once_the_shop_has_less() -> None:
    for given_back, drops in (("323.13", []), ("330.45", [dropped("7.32")])):
        goodwill = OrderRefunded(ALICE, PAYMENT, GOODWILL, usd(given_back), "goodwill")
        given(ORDER, OWED).when(note_refund, PAYMENT, GOODWILL, usd(given_back), "goodwill").then(goodwill, *drops)


def test_what_is_left_is_for_the_return_that_was_owed_first() -> None:
    refund = Refund(PAYMENT, OTHER, AMOUNT)
    again = ReturnClosed(ALICE, OTHER, (ReturnedLine(STOVE, 1, AMOUNT),), (refund,))
    history = [*OWED, ReturnOpened(ALICE, OTHER, (StockItem(STOVE, 1),)), again, replace(failed, refund_id=OTHER)]
    drops = OrderRefundDropped(ALICE, (Owed(OTHER, AMOUNT), Owed(BACK, usd("7.32"))))
    order = given(ORDER, history).when(lose, PAYMENT, DISPUTE, usd("330.45")).then(lost("330.45"), drops)
    assert {BACK: usd("30.00")} == order.owed


def test_what_is_on_its_way_to_the_buyer_pays_no_other_return() -> None:
    again = ReturnClosed(ALICE, OTHER, (), (Refund(PAYMENT, OTHER, usd("100.00")),))
    history = [*OWED, ReturnOpened(ALICE, OTHER, (StockItem(STOVE, 1),)), again]
    given(ORDER, history).when(lose, PAYMENT, DISPUTE, usd("230.45")).then(lost("230.45"), dropped("7.32"))


def test_money_that_came_too_late_pays_no_return_and_a_bank_may_take_more_of_it() -> None:
    late = OrderCharged(ALICE, LATE, usd("50.00"))
    given(ORDER, [*OWED, late]).when(lose, PAYMENT, DISPUTE, placed.total).then(lost("360.45"), dropped("37.32"))
    given(ORDER, [*OWED, late]).when(lose, LATE, DISPUTE, usd("50.00")).then(lost("50.00", LATE))
    history = [*OWED, late, OrderRefunded(ALICE, LATE, LATE, usd("50.00"), "cancelled"), lost("323.13")]
    more = DisputeDecided(ALICE, LATE, OTHER, usd("7.32"), won=False)
    given(ORDER, history).when(lose, LATE, OTHER, usd("7.32")).then(more, dropped("7.32"))


# The return

requested = ReturnRequested(STREAM, ALICE, (RequestedLine(STOVE, 2, ReturnReason.DAMAGED),), "")
received = ReturnReceived(STREAM, ALICE, (ReceivedLine(STOVE, 0, 1, AMOUNT),), AMOUNT, (REFUND,))
not_refunded = ReturnRefundFailed(STREAM, ALICE, REFUND, AMOUNT, "declined")


def test_a_return_is_done_once_nothing_is_owed_for_it() -> None:
    history = [requested, received]
    given(RETURN, history).when(drop_return_refund, AMOUNT).then()
    history.append(not_refunded)
    part, rest = (ReturnRefundDropped(STREAM, ALICE, usd(amount)) for amount in ("7.32", "30.00"))
    state = given(RETURN, history).when(drop_return_refund, usd("7.32")).then(part)
    assert (ReturnStatus.REFUND_FAILED, usd("30.00")) == (state.status, state.owed)
    state = given(RETURN, [*history, part]).when(drop_return_refund, usd("30.00")).then(rest)
    assert (ReturnStatus.REFUNDED, None) == (state.status, state.owed)


def test_a_refund_that_finds_nothing_left_leaves_what_is_owed_as_it_is() -> None:
    gone = OrderRefundFailed(ALICE, PAYMENT, OTHER, usd("5.00"), NOTHING_LEFT)
    given(ORDER, OWED).when(fail_refund, PAYMENT, OTHER, gone.amount, NOTHING_LEFT).then()
