"""Payments, refunds, disputes and payment methods over HTTP: to each their own, and tokens and cards to nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from application.store import Call
from domain.payment import PAYMENT, PaymentRequested
from tests.api import shops
from tests.api.payments import TOKEN, caught_up, charged
from tests.api.routes import GATES, WITH_BODY, check_problem, make_world
from tests.api.shops import ADDRESS, CURRENCY, Client, bearer
from tests.api.test_bad_input import changed, places
from tests.domain.payment.test_cards import NUMBERS

pytestmark = pytest.mark.anyio

ALICE, MALLORY, SAM = bearer(shops.CUSTOMER), bearer(shops.OTHER), bearer(shops.STAFF)
CALL = Call(actor="system:test", now=datetime.now(UTC), correlation_id="test")
CARD = {"token": TOKEN, "brand": "Visa", "last_four": "4242", "expiry": "2099-12"}


def keyed(headers: dict[str, str], key: str = "") -> dict[str, str]:
    return headers | {"Idempotency-Key": key or str(uuid4())}


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": CURRENCY}


async def paid(client: Client, amount: str = "50.00", buyer: str = shops.CUSTOMER) -> str:
    """The address of a payment whose money was taken."""
    await charged(client, id := uuid4(), amount, buyer)
    return f"/v1/payments/{id}"


async def stored(client: Client, headers: dict[str, str] = ALICE, **more: str) -> str:
    """The id of a new payment method."""
    response = await client.post("/v1/payment-methods", json=CARD | more, headers=headers)
    assert response.status_code == 200, response.text
    return str(response.json()["method_id"])


async def methods(client: Client, headers: dict[str, str] = ALICE) -> dict[str, bool]:
    """The id of each method of the caller, and whether it is the default."""
    await caught_up(client)
    answer = await client.get("/v1/payment-methods", headers=headers)
    return {each["method_id"]: each["is_default"] for each in answer.json()["items"]}


@pytest.mark.proves("PAY-05")
async def test_staff_pay_back_in_part_and_then_all_that_is_left(live: Client) -> None:
    payment = await paid(live)
    body = {"amount": usd("20.00"), "category": "goodwill", "reason": "Arrived late"}
    first = await live.post(f"{payment}/refunds", json=body, headers=keyed(SAM))
    assert (200, usd("30.00")) == (first.status_code, first.json()["refundable"])
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


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (usd("50.01"), 409, "dispute-exceeds-payment"),
        ({"amount": "1.00", "currency": "EUR"}, 409, "currency-mismatch"),
        (usd("0.00"), 422, "invalid-dispute"),
        (usd("0.0001"), 422, "invalid-dispute"),
    ],
)
async def test_a_dispute_that_cannot_be_is_refused(client: Client, amount: Any, status: int, code: str) -> None:
    payment = await paid(client)
    body = {"reason": "Not received", "amount": amount}
    refused = await client.post(f"{payment}/disputes", json=body, headers=keyed(SAM))

    assert code == check_problem(refused, status)["code"]


async def test_a_bank_may_ask_back_what_was_paid_back_before(live: Client) -> None:
    payment = await paid(live)
    await live.post(f"{payment}/refunds", json={}, headers=keyed(SAM))
    body = {"reason": "Not received", "amount": usd("20.00")}
    opened = await live.post(f"{payment}/disputes", json=body, headers=keyed(SAM))
    await caught_up(live)
    shown = (await live.get(payment, headers=SAM)).json()

    assert (usd("0.00"), usd("0.00")) == (opened.json()["refundable"], shown["refundable"])
    assert (usd("50.00"), usd("20.00")) == (shown["refunding"], shown["disputed"])


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


@pytest.mark.proves("PAY-06")
async def test_a_dispute_is_seen_through(live: Client) -> None:
    payment = await paid(live)
    body = {"reason": "Not received", "amount": usd("20.00"), "reference": "CB-2026-118"}
    opened = await live.post(f"{payment}/disputes", json=body, headers=keyed(SAM))
    assert (200, usd("30.00")) == (opened.status_code, opened.json()["refundable"])
    dispute = f"{payment}/disputes/{opened.json()['dispute_id']}"
    evidence = {"text": "Signed for on the 19th", "kind": "delivery"}
    assert (await live.post(f"{dispute}/evidence", json=evidence, headers=SAM)).is_success
    await caught_up(live)

    shown = (await live.get(dispute, headers=SAM)).json()
    assert ("open", usd("20.00"), "CB-2026-118", 1) == (
        shown["status"],
        shown["amount"],
        shown["reference"],
        shown["evidence_count"],
    )
    assert [("delivery", "Signed for on the 19th", shops.STAFF)] == [
        (each["kind"], each["text"], each["submitted_by"]) for each in shown["evidence"]
    ]

    lost = await live.post(f"{dispute}/outcome", json={"outcome": "lost"}, headers=SAM)
    assert usd("30.00") == lost.json()["refundable"]
    too_late = await live.post(f"{dispute}/evidence", json=evidence, headers=SAM)
    problem = check_problem(too_late, 409)
    assert ("dispute-closed", "lost") == (problem["code"], problem["fields"]["outcome"])
    other = await live.post(f"{dispute}/outcome", json={"outcome": "won"}, headers=SAM)
    assert "dispute-closed" == check_problem(other, 409)["code"]
    await caught_up(live)
    assert [] == (await live.get("/v1/payments/disputes?status=open", headers=SAM)).json()["items"]
    (closed,) = (await live.get("/v1/payments/disputes?status=lost", headers=SAM)).json()["items"]
    assert closed["closed_at"]
    check_problem(await live.get(f"{payment}/disputes/{uuid4()}", headers=SAM), 404)


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
        ids: list[str] = []
        query = "limit=2"
        while query:
            page = (await live.get(f"/v1/payments{path}?{query}", headers=SAM)).json()
            ids += [each[id] for each in page["items"]]
            query = f"limit=2&cursor={page['next']}" if page["next"] else ""
        assert 5 == len(ids) == len(set(ids)), path


@pytest.mark.proves("PAY-03")
async def test_a_buyer_keeps_payment_methods_one_of_them_the_default(live: Client) -> None:
    visa, amex = await stored(live), await stored(live, brand="American Express", last_four="0005")
    assert {visa: True, amex: False} == await methods(live)
    assert (await live.put(f"/v1/payment-methods/{amex}/default", headers=ALICE)).is_success
    assert {visa: False, amex: True} == await methods(live)
    removed = await live.delete(f"/v1/payment-methods/{amex}", headers=ALICE)
    assert visa == removed.json()["default_id"]
    assert {visa: True} == await methods(live)

    answer = await live.get("/v1/payment-methods", headers=ALICE)
    version = answer.headers["ETag"].strip('"').partition("-")[0]
    assert removed.headers["ETag"] == f'"{version}"'
    stale = await live.delete(f"/v1/payment-methods/{visa}", headers=ALICE | {"If-Match": '"1"'})
    assert "stale-version" == check_problem(stale, 412)["code"]


@pytest.mark.proves("S1", "B28", "PAY-03")
async def test_a_payment_method_is_its_buyers_alone(live: Client) -> None:
    mine = await stored(live)
    heads = await live.heads()

    assert {} == await methods(live, MALLORY)
    for method, path in (("PUT", f"/v1/payment-methods/{mine}/default"), ("DELETE", f"/v1/payment-methods/{mine}")):
        theirs = await live.request(method, path, headers=MALLORY | {"Storeline-Correlation": "one"})
        unknown = str(uuid4())
        nobodys = await live.request(
            method, path.replace(mine, unknown), headers=MALLORY | {"Storeline-Correlation": "one"}
        )
        check_problem(theirs, 404)
        assert theirs.text.replace(mine, "") == nobodys.text.replace(unknown, "")
    assert heads == await live.heads()
    assert {mine: True} == await methods(live)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"expiry": "2020-01"}, 409, "payment-method-expired"),
        ({"expiry": "2031-13"}, 422, "invalid-body"),
        ({"last_four": "424"}, 422, "invalid-body"),
        ({"token": "a\u202eb"}, 422, "invalid-text"),
    ],
)
async def test_a_method_that_cannot_be_is_refused(client: Client, body: dict[str, str], status: int, code: str) -> None:
    refused = await client.post("/v1/payment-methods", json=CARD | body, headers=ALICE)

    assert code == check_problem(refused, status)["code"]


@pytest.mark.proves("PAY-12")
async def test_a_token_never_leaves(live: Client, capsys: pytest.CaptureFixture[str]) -> None:
    world = await make_world(live)
    payment = world.path("GET /v1/payments/{payment_id}")
    answers = [
        await live.post("/v1/payment-methods?dry_run=true", json=CARD, headers=ALICE),
        await live.post("/v1/payment-methods", json=CARD, headers=keyed(ALICE, "one")),
        await live.post("/v1/payment-methods", json=CARD, headers=keyed(ALICE, "one")),
        await live.get("/v1/payment-methods", headers=ALICE),
        await live.get("/v1/payments", headers=SAM),
        await live.get(payment, headers=SAM),
        await live.get(payment, headers=ALICE),
        history := await live.get(f"{payment}/history", headers=bearer(shops.ADMIN)),
    ]

    for each in answers:
        assert each.is_success, each.text
        assert TOKEN not in each.text
        assert TOKEN not in str(each.headers)
    assert "***" == history.json()["items"][0]["data"]["instrument"]["token"]
    assert "***" == answers[0].json()["events"][0]["data"]["token"]
    assert TOKEN not in capsys.readouterr().out


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


async def test_an_order_waits_until_the_method_that_it_names_is_known(live: Client) -> None:
    live.app.state.shop = replace(live.shop, read_after_wait=0.01)
    order = {"lines": [{"product_id": str(await live.listed()), "quantity": 1}], "address": ADDRESS}
    await live.catch_up()
    kept = await live.post("/v1/payment-methods", json=CARD, headers=ALICE)
    order |= {"payment_method_id": kept.json()["method_id"]}
    headers = ALICE | {"Storeline-After": kept.headers["Storeline-Position"]}

    check_problem(await live.post("/v1/orders", json=order, headers=keyed(headers)), 503)
    await live.catch_up()
    assert 201 == (await live.post("/v1/orders", json=order, headers=keyed(headers))).status_code


GUARDED = [name for name in WITH_BODY if GATES[name].refuses_cards]


def test_every_route_near_money_refuses_cards() -> None:
    assert {
        "POST /v1/payment-methods",
        "POST /v1/payments/{payment_id}/refunds",
        "POST /v1/payments/{payment_id}/disputes",
        "POST /v1/payments/{payment_id}/disputes/{dispute_id}/evidence",
        "POST /v1/orders",
        "POST /v1/orders/{order_id}/notes",
        "POST /v1/orders/{order_id}/cancel",
        "POST /v1/basket/checkout",
    } <= set(GUARDED)
    assert "POST /v1/orders/{order_id}/ship" not in GUARDED


@pytest.mark.proves("PAY-12", "SEC-16")
@pytest.mark.parametrize("name", GUARDED)
async def test_a_card_in_a_body_is_refused_and_nothing_is_said_or_kept_of_it(
    client: Client, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await make_world(client)
    heads = await client.heads()
    number = NUMBERS["Visa"]
    spaced = " ".join(number[start : start + 4] for start in range(0, 16, 4))
    body = world.body(name)
    bodies = [
        *(changed(body, path, f"pay with {spaced}") for path, value in places(body) if isinstance(value, str)),
        body | {"anything": int(number)},
        body | {number: "x"},
        body | {"nested": [{"deep": number}]},
        *(body | {field: "123"} for field in ("cvv", "CVC2", "card-number", "securityCode")),
    ]

    for each in bodies:
        refused = await world.send(name, content=msgspec.json.encode(each))
        problem = check_problem(refused, 422)
        assert "card-number-refused" == problem["code"]
        assert number not in refused.text.replace(" ", "")
    assert heads == await client.heads()
    assert number not in capsys.readouterr().out.replace(" ", "")


@pytest.mark.proves("PAY-12", "SEC-16")
@pytest.mark.parametrize("field", ["token", "brand"])
async def test_a_card_is_refused_as_a_token_however_it_is_written(client: Client, field: str) -> None:
    for written in (
        "4111:1111:1111:1111",
        "4111   1111   1111   1111",
        "41 11 11 11 11 11 11 11",
        "4111~1111~1111~1111",
    ):
        refused = await client.post("/v1/payment-methods", json=CARD | {field: written}, headers=ALICE)
        problem = check_problem(refused, 422)
        assert ("card-number-refused", field) == (problem["code"], problem["fields"]["path"])


async def test_the_number_of_a_parcel_may_look_like_that_of_a_card(client: Client) -> None:
    world = await make_world(client)
    body = {"carrier": "DHL", "tracking_number": NUMBERS["Visa"]}

    refused = await world.send("POST /v1/orders/{order_id}/ship", body)
    assert "card-number-refused" != refused.json().get("code")


async def test_the_reports_on_money_count_what_was_taken_and_paid_back(live: Client) -> None:
    for _ in range(3):
        payment = await paid(live, "40.00")
    await live.post(f"{payment}/refunds", json={"amount": usd("30.00")}, headers=keyed(SAM))
    await live.post(f"{payment}/disputes", json={"reason": "x", "amount": usd("10.00")}, headers=keyed(SAM))
    await caught_up(live)
    today = datetime.now(UTC).date()
    span = f"first={today - timedelta(1)}&last={today + timedelta(1)}"

    async def report(name: str) -> Any:
        answer = await live.get(f"/v1/reports/{name}?{span}", headers=SAM)
        assert 200 == answer.status_code, answer.text
        return answer.json()["items"]

    days = await report("revenue")
    assert (3, 0) == (sum(each["payments"] for each in days), sum(each["refunds"] for each in days))
    assert 120 == sum(float(each["captured"]["amount"]) for each in days)
    assert ["110.00"] == [each["net"]["amount"] for each in days], "a refund counts when it is made"
    assert ["0.00"] == [each["refunded"]["amount"] for each in days]
    (rate,) = await report("refund-rate")
    assert (usd("120.00"), 0.0, []) == (rate["captured"], rate["rate"], rate["categories"])
    assert 3 == sum(each["authorised"] for each in await report("payments"))
    assert [] == await report("payment-failures")
    for name in ("revenue", "refund-rate", "payments", "payment-failures"):
        check_problem(await live.get(f"/v1/reports/{name}?first={today}", headers=SAM), 422)
        check_problem(await live.get(f"/v1/reports/{name}?{span}", headers=ALICE), 403)


async def test_a_buyer_with_an_order_sees_how_it_was_paid(live: Client) -> None:
    order = await live.ordered()
    await charged(live, order)
    await caught_up(live)

    (shown,) = (await live.get(f"/v1/payments?order_id={order}", headers=ALICE)).json()["items"]
    assert {"method_id": str(UUID(int=1)), "brand": "Visa", "last_four": "4242"} == shown["paid_with"]
    assert ("captured", str(order)) == (shown["status"], shown["order_id"])
    assert ADDRESS["recipient"] not in str(shown)
