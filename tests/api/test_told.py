"""What buyers are told where money went wrong: that it did. Why, in the word of a gateway or a bank, is for staff."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.contracts import DisputeOpened, Message
from application.ordering.reacting import hear_payment
from application.store import Call
from domain.payment import (
    PAYMENT,
    PaymentDeclined,
    PaymentRequested,
    RefundCategory,
    RefundFailed,
    RefundRequested,
    RefundStatus,
)
from tests.api.payments import caught_up, charged
from tests.api.shops import ALICE, SAM, Client
from tests.money import usd

pytestmark = [pytest.mark.anyio, pytest.mark.proves("B28")]


async def happen(client: Client, payment_id: UUID, *events: Any) -> None:
    stream = (await client.shop.store.load_many(PAYMENT, [payment_id]))[payment_id]
    stream.add(events)
    call = Call(actor="system:test", now=datetime.now(UTC), correlation_id="test")
    await client.shop.store.save(stream, call=call, result=None)


async def test_a_buyer_is_told_that_a_card_was_declined_and_staff_why(live: Client) -> None:
    declined = uuid4()
    await happen(
        live,
        declined,
        PaymentRequested(declined, "alice", usd("50.00"), "sandbox", uuid4()),
        PaymentDeclined(declined, "stolen-card"),
    )
    await caught_up(live)

    for path in ("/v1/payments", f"/v1/payments/{declined}"):
        hers, staffs = [(await live.get(path, headers=who)).json() for who in (ALICE, SAM)]
        assert ["declined", "stolen-card"] == [
            each["items"][0]["failure"] if "items" in each else each["failure"] for each in (hers, staffs)
        ]
        assert "stolen" not in str(hers)


async def test_a_buyer_is_told_that_a_refund_failed_and_staff_why(live: Client) -> None:
    paid, refund = uuid4(), uuid4()
    await charged(live, paid)
    asked = RefundRequested(refund, usd("20.00"), RefundCategory.FRAUD, "It was hers")
    await happen(live, paid, asked, RefundFailed(paid, refund, usd("20.00"), RefundCategory.FRAUD, "account-closed"))
    await caught_up(live)

    one = f"/v1/payments/{paid}/refunds/{refund}"
    for path in ("/v1/payments/refunds", one, f"/v1/payments/{paid}"):
        hers, staffs = [(await live.get(path, headers=who)).json() for who in (ALICE, SAM)]
        shown = [(each.get("items") or each.get("refunds") or [each])[0] for each in (hers, staffs)]
        assert [("declined", "other"), ("account-closed", "fraud")] == [
            (each["error"], each["category"]) for each in shown
        ]
        assert "fraud" not in str(hers)
        assert "account" not in str(hers)
    assert RefundStatus.FAILED == (await live.get(one, headers=ALICE)).json()["status"]


@pytest.mark.parametrize(("category", "hers", "staffs"), [("fraud", 0, 1), ("other", 2, 1), ("goodwill", 1, 1)])
async def test_no_filter_tells_a_buyer_more(live: Client, category: str, hers: int, staffs: int) -> None:
    paid = uuid4()
    await charged(live, paid)
    await happen(
        live,
        paid,
        *(
            RefundRequested(uuid4(), usd("1.00"), each)
            for each in (RefundCategory.FRAUD, RefundCategory.OTHER, RefundCategory.GOODWILL)
        ),
    )
    await caught_up(live)

    path = f"/v1/payments/refunds?category={category}"
    found = [(await live.get(path, headers=who)).json()["items"] for who in (ALICE, SAM)]
    assert [hers, staffs] == [len(each) for each in found]


async def test_a_buyer_is_told_how_much_is_disputed_and_staff_of_each_dispute(live: Client) -> None:
    order_id, dispute_id = await live.ordered(), uuid4()
    await live.paid(order_id)
    await charged(live, order_id)
    await disputed(live, DisputeOpened(order_id, order_id, dispute_id, usd("1.00")))
    await live.catch_up()

    path = f"/v1/orders/{order_id}"
    hers, staffs = [(await live.get(path, headers=who)).json() for who in (ALICE, SAM)]
    assert [([], "1.00"), ([str(dispute_id)], "1.00")] == [
        ([dispute["dispute_id"] for dispute in each["disputes"]], each["disputed"]["amount"]) for each in (hers, staffs)
    ]
    hers, staffs = [(await live.get(f"{path}/history", headers=who)).json() for who in (ALICE, SAM)]
    assert [False, True] == [str(dispute_id) in str(each) for each in (hers, staffs)]


async def disputed(client: Client, told: DisputeOpened) -> None:
    """Ordering hears it from payment."""
    store, now = client.shop.store, datetime.now(UTC)
    message = Message(told, uuid4(), "payment", told.payment_id, 1, now, "test", "test")
    streams = await hear_payment([message], store)
    await store.save(*streams, call=Call("system:test", now, "test"), result=None, context="ordering")
