"""What a buyer can pay with: theirs alone, one of them the default, and its token never told."""

from dataclasses import replace
from uuid import uuid4

import pytest

from tests.api.payments import CARD, TOKEN, caught_up
from tests.api.routes import check_problem, make_world
from tests.api.shops import ADA, ADDRESS, ALICE, MALLORY, SAM, Client, keyed

pytestmark = pytest.mark.anyio


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
        history := await live.get(f"{payment}/history", headers=ADA),
    ]

    for each in answers:
        assert each.is_success, each.text
        assert TOKEN not in each.text
        assert TOKEN not in str(each.headers)
    assert "***" == history.json()["items"][0]["data"]["instrument"]["token"]
    assert "***" == answers[0].json()["events"][0]["data"]["token"]
    assert TOKEN not in capsys.readouterr().out


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
