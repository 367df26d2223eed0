"""Orders that are changed, delivered and sent back over HTTP, as their buyers, others and staff see them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from application.store import Call
from domain.ordering import ORDER, note_refund
from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import ADA, ADDRESS, ALICE, MALLORY, SAM, Client, bearer, keyed

pytestmark = pytest.mark.anyio


async def shown(client: Client, path: str, subject: str = shops.CUSTOMER) -> Any:
    await client.catch_up()
    answer = await client.get(path, headers=bearer(subject))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sent_back(client: Client, order_id: UUID, product: str, quantity: int = 1) -> httpx.Response:
    body = {"order_id": str(order_id), "lines": [{"product_id": product, "quantity": quantity, "reason": "damaged"}]}
    return await client.post("/v1/returns", json=body, headers=keyed(ALICE))


@pytest.mark.proves("B28", "B47")
async def test_a_return_is_its_buyers_and_the_shops(live: Client) -> None:
    product = str(await live.listed("20.00"))
    order_id = await live.ordered(shops.CUSTOMER, 3, product)
    assert "nothing-to-return" == check_problem(await sent_back(live, order_id, product), 409)["code"]
    await live.shipped(order_id)
    made = await sent_back(live, order_id, product, 2)
    path = made.headers["Location"]
    assert 201 == made.status_code, made.text
    assert "too-many-returned" == check_problem(await sent_back(live, order_id, product, 2), 409)["code"]

    await live.catch_up()
    check_problem(await live.get(path, headers=MALLORY), 404)
    check_problem(await live.get(f"{path}/history", headers=MALLORY), 404)
    assert [] == (await live.get("/v1/returns", headers=MALLORY)).json()["items"]
    check_problem(await live.get("/v1/returns?buyer=alice", headers=MALLORY), 403)
    check_problem(await live.post(f"{path}/receive", json={"lines": []}, headers=keyed(ALICE)), 403)

    goods = {"lines": [{"product_id": product, "restocked": 1, "written_off": 1}]}
    done = await live.post(f"{path}/receive", json=goods, headers=keyed(SAM))
    assert (200, "received") == (done.status_code, done.json()["status"]), done.text
    again = await live.post(f"{path}/receive", json=goods, headers=keyed(SAM))
    assert (200, done.json()) == (again.status_code, again.json())
    problem = check_problem(await live.post(f"{path}/reject", json={"comment": "too late"}, headers=SAM), 409)
    assert "return-cannot-change" == problem["code"]
    seen = await shown(live, path)
    assert {"amount": "43.20", "currency": "USD"} == seen["amount"]
    order = await shown(live, f"/v1/orders/{order_id}")
    assert [seen] == order["returns"]
    assert [seen] == (await shown(live, f"/v1/returns?order_id={order_id}&buyer=alice", shops.STAFF))["items"]


@pytest.mark.proves("ORD-15")
async def test_a_delivery_shows_in_the_order_and_changes_its_tag(live: Client) -> None:
    order_id = await live.ordered()
    path = f"/v1/orders/{order_id}"
    assert "parcel-not-sent" == check_problem(await live.post(f"{path}/deliver", headers=SAM), 409)["code"]
    await live.shipped(order_id)
    assert (await shown(live, path))["delivered_at"] is None
    tag = (await live.get(path, headers=ALICE)).headers["ETag"]
    assert 200 == (await live.post(f"{path}/deliver", headers=SAM)).status_code
    assert (await shown(live, path))["delivered_at"]
    assert 200 == (await live.get(path, headers=ALICE | {"If-None-Match": tag})).status_code


@pytest.mark.proves("B41", "B47")
async def test_an_order_is_changed_by_its_buyer_as_far_as_it_can_be(live: Client) -> None:
    first, second = str(await live.listed("20.00")), str(await live.listed("30.00"))
    order_id = await live.ordered(shops.CUSTOMER, 1, first, second)
    path = f"/v1/orders/{order_id}"

    async def put(product: str, quantity: int, **headers: str) -> httpx.Response:
        return await live.put(f"{path}/lines/{product}", json={"quantity": quantity}, headers=keyed(ALICE) | headers)

    check_problem(await live.put(f"{path}/lines/{first}", json={"quantity": 2}, headers=ALICE), 400)
    check_problem(await put(first, 2, **MALLORY), 404)
    check_problem(await put(str(uuid4()), 2), 404)
    check_problem(await put(first, 2, **{"If-Match": '"7"'}), 412)
    unpaid = await put(first, 2)
    assert (200, None, None) == (unpaid.status_code, unpaid.json()["amendment_id"], unpaid.json()["due"])
    assert 200 == (await live.delete(f"{path}/lines/{first}", headers=keyed(ALICE))).status_code
    assert "last-line" == check_problem(await live.delete(f"{path}/lines/{second}", headers=keyed(ALICE)), 409)["code"]
    await live.paid(order_id)
    more = (await put(second, 2)).json()
    assert more["amendment_id"]
    assert Decimal(more["due"]["amount"]) > 30
    assert "amendment-pending" == check_problem(await put(second, 3), 409)["code"]
    ship = {"carrier": "DHL", "tracking_number": "JD014600003828"}
    pending = await live.post(f"{path}/ship", json=ship, headers=SAM)
    assert "amendment-pending" == check_problem(pending, 409)["code"]
    order = await shown(live, path)
    assert [("pending", more["amendment_id"])] == [(each["status"], each["amendment_id"]) for each in order["changes"]]
    assert [1] == [line["quantity"] for line in order["lines"]]


async def test_less_that_costs_more_is_agreed_to_by_its_total(live: Client) -> None:
    small, large = str(await live.listed("1.00")), str(await live.listed("59.50"))
    promotion = {
        "code": "BIG",
        "discount": {"kind": "amount", "amount": {"amount": "20.00", "currency": "USD"}},
        "minimum": {"amount": "60.00", "currency": "USD"},
    }
    made = await live.post("/v1/promotions", json=promotion, headers=ADA)
    assert 201 == made.status_code, made.text
    lines = [{"product_id": small}, {"product_id": large}]
    order = await live.post(
        "/v1/orders", json={"lines": lines, "address": ADDRESS, "promotions": ["BIG"]}, headers=keyed(ALICE)
    )
    line = f"/v1/orders/{order.json()['order_id']}/lines/{small}"
    problem = check_problem(await live.delete(line, headers=keyed(ALICE)), 409)
    assert "total-changed" == problem["code"]
    total = problem["fields"]["total"]
    done = await live.put(line, json={"quantity": 0, "expected_total": total}, headers=keyed(ALICE))
    assert 200 == done.status_code, done.text
    assert Decimal(total["amount"]) == Decimal(done.json()["total"]["amount"])


async def test_an_order_whose_money_is_all_back_is_not_shipped(live: Client) -> None:
    order_id = await live.ordered()
    await live.paid(order_id)
    order = await live.shop.store.load(ORDER, order_id)
    assert order.state.total
    order.add(note_refund(order.state, order_id, uuid4(), order.state.total, "disputed"))
    await live.shop.store.save(order, call=Call("system:test", datetime.now(UTC), "test"), result=None)
    ship = {"carrier": "DHL", "tracking_number": "JD014600003828"}
    answer = await live.post(f"/v1/orders/{order_id}/ship", json=ship, headers=SAM)
    assert "order-paid-back" == check_problem(answer, 409)["code"]


async def test_a_card_number_is_refused_in_the_words_of_a_return(client: Client) -> None:
    body = {"order_id": str(uuid4()), "lines": [{"product_id": str(uuid4())}], "comment": "4111 1111 1111 1111"}
    answer = await client.post("/v1/returns", json=body, headers=keyed(ALICE))

    assert "card-number-refused" == check_problem(answer, 422)["code"]
    assert "4111" not in answer.text
