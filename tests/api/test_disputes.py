"""Disputes over HTTP: opened by staff for a bank, argued, and closed once."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api import shops
from tests.api.payments import caught_up, paid, usd
from tests.api.routes import check_problem
from tests.api.shops import SAM, Client, keyed

pytestmark = pytest.mark.anyio


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


@pytest.mark.proves("PAY-06")
async def test_a_dispute_is_seen_through(live: Client) -> None:
    payment = await paid(live)
    body = {"reason": "Not received", "amount": usd("20.00"), "reference": "CB-2026-118"}
    opened = await live.post(f"{payment}/disputes", json=body, headers=keyed(SAM))
    assert (201, usd("30.00"), "open") == (
        opened.status_code,
        opened.json()["refundable"],
        opened.json()["dispute_status"],
    )
    dispute = opened.headers["Location"]
    assert f"{payment}/disputes/{opened.json()['dispute_id']}" == dispute
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
