"""Payments, refunds and disputes over HTTP: what staff do with them, and to each their own."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.store import Call
from domain.payment import PAYMENT, PaymentRequested
from tests.api import shops
from tests.api.payments import caught_up, charged, paid, usd
from tests.api.routes import check_problem, make_world
from tests.api.shops import ADDRESS, ALICE, MALLORY, SAM, Client, keyed

pytestmark = pytest.mark.anyio


CALL = Call(actor="system:test", now=datetime.now(UTC), correlation_id="test")


@pytest.mark.proves("PAY-05")
async def test_staff_pay_back_in_part_and_then_all_that_is_left(live: Client) -> None:
    payment = await paid(live)
    body = {"amount": usd("20.00"), "category": "goodwill", "reason": "Arrived late"}
    first = await live.post(f"{payment}/refunds", json=body, headers=keyed(SAM))
    assert (201, usd("30.00")) == (first.status_code, first.json()["refundable"])
    rest = await live.post(f"{payment}/refunds", json={}, headers=keyed(SAM))
    assert usd("0.00") == rest.json()["refundable"]
    await caught_up(live)

    shown = (await live.get(payment, headers=SAM)).json()
    assert (usd("50.00"), usd("0.00"), usd("50.00")) == (shown["captured"], shown["refunded"], shown["refunding"])
    refunds = [(each["refund_id"], each["amount"], each["status"], each["reason"]) for each in shown["refunds"]]
    assert [
        (first.json()["refund_id"], usd("20.00"), "requested", "Arrived late"),
        (rest.json()["refund_id"], usd("30.00"), "requested", ""),
    ] == refunds


async def test_a_refund_is_found_where_its_making_says(live: Client) -> None:
    payment = await paid(live)
    await live.post(f"{payment}/disputes", json={"reason": "x", "amount": usd("20.00")}, headers=keyed(SAM))
    made = await live.post(f"{payment}/refunds", json={"reason": "He was rude"}, headers=keyed(SAM))
    again = await live.post(f"{payment}/refunds", json={}, headers=keyed(SAM) | {"If-Match": made.headers["ETag"]})
    assert "refund-exceeds-captured" == check_problem(again, 409)["code"], "the ETag is the payment's"
    receipt, address = made.json(), made.headers["Location"]
    assert (201, "requested", f"{payment}/refunds/{receipt['refund_id']}") == (
        made.status_code,
        receipt["refund_status"],
        address,
    )
    await caught_up(live)

    shown = (await live.get(address, headers=SAM)).json()
    assert (receipt["refund_id"], "requested", usd("30.00"), "He was rude") == (
        shown["refund_id"],
        shown["status"],
        shown["amount"],
        shown["reason"],
    )
    hers = (await live.get(address, headers=ALICE)).json()
    assert (usd("30.00"), None, None) == (hers["amount"], hers["reason"], hers["requested_by"])
    other = await paid(live)
    nobodys = [address.replace(receipt["refund_id"], str(uuid4())), address.replace(payment, other)]
    for each in [await live.get(address, headers=MALLORY), *[await live.get(path, headers=SAM) for path in nobodys]]:
        assert "refund-not-found" == check_problem(each, 404)["code"]


async def test_a_refund_that_comes_again_is_one(client: Client) -> None:
    payment = await paid(client)
    once = await client.post(f"{payment}/refunds", json={"amount": usd("20.00")}, headers=keyed(SAM, "one"))
    again = await client.post(f"{payment}/refunds", json={"amount": usd("20.00")}, headers=keyed(SAM, "one"))

    assert once.json() == again.json()
    check_problem(await client.post(f"{payment}/refunds", json={}, headers=SAM), 400)


@pytest.mark.proves("B47")
@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (usd("50.01"), 409, "refund-exceeds-captured"),
        ({"amount": "1.00", "currency": "EUR"}, 409, "currency-mismatch"),
        (usd("0.00"), 422, "invalid-refund"),
        (usd("0.005"), 422, "invalid-refund"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused(client: Client, amount: Any, status: int, code: str) -> None:
    payment = await paid(client)
    heads = await client.heads()
    refused = await client.post(f"{payment}/refunds", json={"amount": amount}, headers=keyed(SAM))

    assert code == check_problem(refused, status)["code"]
    assert heads == await client.heads()


async def test_what_was_not_taken_is_neither_paid_back_nor_disputed(client: Client) -> None:
    unpaid = uuid4()
    stream = (await client.shop.store.load_many(PAYMENT, [unpaid]))[unpaid]
    await charged(client, other := uuid4())
    (requested, *_) = await client.shop.store.history(PAYMENT, other)
    assert isinstance(requested.event, PaymentRequested)
    stream.add([requested.event])
    await client.shop.store.save(stream, call=CALL, result=None)

    for route, body in (("refunds", {}), ("disputes", {"reason": "Not received"})):
        refused = await client.post(f"/v1/payments/{unpaid}/{route}", json=body, headers=keyed(SAM))
        assert "payment-not-captured" == check_problem(refused, 409)["code"]
    nothing = await client.post(f"/v1/payments/{uuid4()}/refunds", json={}, headers=keyed(SAM))
    assert "payment-not-found" == check_problem(nothing, 404)["code"]


@pytest.mark.proves("S1", "B28")
async def test_a_buyer_sees_their_own_payments_and_refunds_alone(live: Client) -> None:
    mine, theirs = await paid(live), await paid(live, buyer=shops.OTHER)
    for payment in (mine, theirs):
        body = {"amount": usd("1.00"), "reason": "He was rude"}
        await live.post(f"{payment}/refunds", json=body, headers=keyed(SAM))
        await live.post(f"{payment}/disputes", json={"reason": "x", "amount": usd("1.00")}, headers=keyed(SAM))
    await caught_up(live)

    for path in ("/v1/payments", "/v1/payments/refunds"):
        (hers,) = (await live.get(path, headers=ALICE)).json()["items"]
        assert mine.rpartition("/")[2] == hers["payment_id"]
        assert 2 == len((await live.get(path, headers=SAM)).json()["items"])
        (found,) = (await live.get(f"{path}?buyer={shops.OTHER}", headers=SAM)).json()["items"]
        assert theirs.rpartition("/")[2] == found["payment_id"]
        check_problem(await live.get(f"{path}?buyer={shops.OTHER}", headers=ALICE), 403)
        order = theirs.rpartition("/")[2]  # the payment of an order as it was placed has its id
        assert [] == (await live.get(f"{path}?order_id={order}", headers=ALICE)).json()["items"]
    check_problem(await live.get(theirs, headers=ALICE), 404)

    hers = (await live.get(mine, headers=ALICE)).json()
    assert (1, [], {}) == (len(hers["refunds"]), hers["disputes"], hers["gateway_response"])
    for text in (hers, (await live.get("/v1/payments/refunds", headers=ALICE)).json()):
        assert "He was rude" not in str(text)
        assert shops.STAFF not in str(text)


@pytest.mark.proves("PAY-02")
async def test_payments_are_found_by_order_status_and_transaction(live: Client) -> None:
    world = await make_world(live)
    await paid(live)
    await caught_up(live)
    order, refunds = world.ids["order_id"], f"/v1/payments/refunds?payment_id={world.ids['payment_id']}"

    for query, found in (
        (f"order_id={order}", 1),
        (f"order_id={uuid4()}", 0),
        ("status=captured", 2),
        ("status=captured&status=voided", 2),
        ("status=voided", 0),
        ("transaction=tx-2", 2),
        ("transaction=tx-9", 0),
    ):
        answer = await live.get(f"/v1/payments?{query}", headers=SAM)
        assert found == len(answer.json()["items"]), query
    assert 1 == len((await live.get(refunds, headers=SAM)).json()["items"])
    assert 1 == len((await live.get(f"{refunds}&category=goodwill&status=requested", headers=SAM)).json()["items"])
    assert 0 == len((await live.get(f"{refunds}&category=fraud", headers=SAM)).json()["items"])


async def test_payments_refunds_and_disputes_are_read_page_by_page(live: Client) -> None:
    for _ in range(5):
        payment = await paid(live)
        await live.post(f"{payment}/refunds", json={"amount": usd("1.00")}, headers=keyed(SAM))
        await live.post(f"{payment}/disputes", json={"reason": "x"}, headers=keyed(SAM))
    await caught_up(live)
    for path, id in (("", "payment_id"), ("/refunds", "refund_id"), ("/disputes", "dispute_id")):
        found = await live.paged(f"/v1/payments{path}", 2, SAM)
        assert 5 == len(found) == len({each[id] for each in found}), path


@pytest.mark.proves("PAY-04", "PAY-13")
async def test_the_history_of_a_payment_says_who_did_what_to_staff_alone(live: Client) -> None:
    payment = await paid(live)
    await live.post(f"{payment}/refunds", json={"reason": "Arrived late"}, headers=keyed(SAM))

    steps = (await live.get(f"{payment}/history", headers=SAM)).json()["items"]
    assert [
        "PaymentRequested",
        *("GatewayCalled", "PaymentAuthorised", "CaptureRequested"),
        *("GatewayCalled", "PaymentCaptured", "RefundRequested"),
    ] == [each["type"].removeprefix("payment.") for each in steps]
    assert ["system:test"] * 6 + [shops.STAFF] == [each["actor"] for each in steps]
    check_problem(await live.get(f"{payment}/history", headers=ALICE), 403)


async def test_a_buyer_with_an_order_sees_how_it_was_paid(live: Client) -> None:
    order = await live.ordered()
    await charged(live, order)
    await caught_up(live)

    (shown,) = (await live.get(f"/v1/payments?order_id={order}", headers=ALICE)).json()["items"]
    assert {"method_id": str(UUID(int=1)), "brand": "Visa", "last_four": "4242"} == shown["paid_with"]
    assert ("captured", str(order)) == (shown["status"], shown["order_id"])
    assert ADDRESS["recipient"] not in str(shown)
