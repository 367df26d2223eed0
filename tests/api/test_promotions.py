"""Promotions over HTTP: made by administrators, named by buyers, counted for staff."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import ADA, ADDRESS, ALICE, SAM, Client, bearer, keyed

pytestmark = pytest.mark.anyio
TEN = {"kind": "percentage", "percent": "10"}


async def promote(client: Client, code: str, discount: Any = None, **terms: Any) -> httpx.Response:
    return await client.post("/v1/promotions", json={"code": code, "discount": discount or TEN} | terms, headers=ADA)


async def order(client: Client, product_id: UUID, *codes: str, buyer: str = shops.CUSTOMER) -> httpx.Response:
    body = {"lines": [{"product_id": str(product_id), "quantity": 2}], "address": ADDRESS, "promotions": codes}
    headers = keyed(bearer(buyer, {"customer"}))
    return await client.post("/v1/orders", json=body, headers=headers)


async def test_a_promotion_is_made_redeemed_changed_and_ended(live: Client) -> None:
    product = await live.listed("25.00")
    made = await promote(live, "welcome10", minimum={"amount": "40.00", "currency": "USD"}, limit=1)
    assert 201 == made.status_code, made.text
    path = made.headers["Location"]
    draft = await live.post(
        "/v1/orders/draft", json={"lines": [{"product_id": str(product), "quantity": 2}], "promotions": ["Welcome10"]}
    )
    usd = {"currency": "USD"}
    assert [
        {"code": "WELCOME10", "discount": usd | {"amount": "5.00"}, "shipping": usd | {"amount": "0.00"}}
    ] == draft.json()["promotions"]
    placed = await order(live, product, "WELCOME10")
    assert 201 == placed.status_code, placed.text
    assert draft.json()["total"] == placed.json()["total"]
    await live.catch_up()
    shown = await live.get(path, headers=SAM)
    assert {"code": "WELCOME10", "status": "active", "redeemed": 1, "limit": 1, "discount": TEN}.items() <= (
        shown.json().items()
    )
    problem = check_problem(await order(live, product, "WELCOME10", buyer=shops.OTHER), 422)
    assert ("promotion-spent", "WELCOME10") == (problem["code"], problem["fields"]["promotion"])
    raised = await live.patch(path, json={"limit": 2}, headers=ADA)
    assert 200 == raised.status_code, raised.text
    assert 201 == (await order(live, product, "WELCOME10", buyer=shops.OTHER)).status_code
    cancelled = await live.post(f"/v1/orders/{placed.json()['order_id']}/cancel", json={}, headers=ALICE)
    assert 200 == cancelled.status_code, cancelled.text
    ended = await live.post(f"{path}/end", headers=SAM)
    assert 200 == ended.status_code, ended.text
    problem = check_problem(await order(live, product, "WELCOME10"), 422)
    assert "promotion-expired" == problem["code"]

    await live.catch_up()
    now = await live.get(path, headers=SAM)
    assert {"status": "ended", "redeemed": 1, "limit": 2}.items() <= now.json().items()
    assert shown.headers["ETag"] != now.headers["ETag"]
    history = (await live.get(f"{path}/history", headers=SAM)).json()["items"]
    assert ["PromotionCreated", "PromotionAmended", "PromotionEnded"] == [
        each["type"].rpartition(".")[2] for each in history
    ]


async def test_the_tag_changes_with_redemptions_that_are_counted_nowhere_else(live: Client) -> None:
    path = (await promote(live, "ALWAYS")).headers["Location"]
    await live.catch_up()
    before = (await live.get(path, headers=SAM)).headers["ETag"]
    await order(live, await live.listed(), "ALWAYS")
    await live.catch_up()

    after = await live.get(path, headers=SAM | {"If-None-Match": before})
    assert (200, 1) == (after.status_code, after.json()["redeemed"])


async def test_promotions_are_listed_by_code_a_page_at_a_time(live: Client) -> None:
    for code in ("CCC", "AAA", "BBB"):
        made = await promote(live, code)
    await live.post(f"{made.headers['Location']}/end", headers=SAM)
    await live.catch_up()

    async def codes(query: str) -> tuple[list[str], str | None]:
        page = (await live.get(f"/v1/promotions?{query}", headers=SAM)).json()
        return [each["code"] for each in page["items"]], page["next"]

    first, cursor = await codes("limit=2")
    assert (["AAA", "BBB"], ["CCC"]) == (first, (await codes(f"limit=2&cursor={cursor}"))[0])
    assert ["BBB"] == (await codes("status=ended"))[0]
    assert ["CCC"] == (await codes("code=ccc"))[0]
    assert [] == (await codes("code=ddd"))[0]


@pytest.mark.proves("B40")
@pytest.mark.parametrize(
    ("codes", "refused"),
    [
        (["NOBODY-KNOWS"], "promotion-unknown"),
        (["EARLY"], "promotion-not-started"),
        (["late"], "promotion-expired"),
        (["LARGE"], "promotion-not-met"),
        (["GOOD", "LARGE"], "promotion-not-met"),
        (["ok\u200bay"], "invalid-text"),
        ([""], "invalid-body"),
        (["A" * 33], "invalid-body"),
        ([None], "invalid-body"),
        (["GOOD"] * 21, "invalid-body"),
        (["GOOD"] * 10_000, "invalid-body"),
        ("GOOD", "invalid-body"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders/draft", "/v1/basket/checkout"])
async def test_codes_that_cannot_be_redeemed_are_refused_and_nothing_is_recorded(
    client: Client, codes: Any, refused: str, path: str
) -> None:
    product = await client.listed("25.00")
    await promote(client, "GOOD", limit=1)
    await promote(client, "EARLY", starts_at="2999-01-01T00:00:00Z")
    await promote(client, "LATE", ends_at="2020-01-01T00:00:00+02:00")
    await promote(client, "LARGE", minimum={"amount": "1000.00", "currency": "USD"})
    await client.post("/v1/basket/items", json={"product_id": str(product)}, headers=ALICE)
    heads = await client.heads()
    body = {"promotions": codes}
    if path != "/v1/basket/checkout":
        body["lines"] = [{"product_id": str(product)}]
    if path != "/v1/orders/draft":
        body["address"] = ADDRESS
    response = await client.post(path, json=body, headers=keyed(ALICE))

    assert refused == check_problem(response, 422)["code"]
    assert heads == await client.heads()


@pytest.mark.parametrize(
    ("terms", "refused"),
    [
        ({"code": "NO SPACES"}, "invalid-promotion"),
        ({"discount": {"kind": "percentage", "percent": "100.01"}}, "invalid-promotion"),
        ({"discount": {"kind": "percentage", "percent": 10}}, "invalid-body"),
        ({"discount": {"kind": "half-price"}}, "invalid-body"),
        ({"discount": {"percent": "10"}}, "invalid-body"),
        ({"discount": {"kind": "free-shipping", "percent": "10"}}, "invalid-body"),
        ({"discount": {"kind": "amount", "amount": {"amount": "0", "currency": "USD"}}}, "invalid-promotion"),
        ({"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}, "invalid-promotion"),
        ({"starts_at": "2026-01-02T00:00:00"}, "invalid-body"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "invalid-promotion"),
        ({"limit": 0}, "invalid-body"),
    ],
)
async def test_promotions_that_cannot_be_are_refused(client: Client, terms: dict[str, Any], refused: str) -> None:
    body = {"code": "WELCOME10", "discount": TEN} | terms

    assert refused == check_problem(await client.post("/v1/promotions", json=body, headers=ADA), 422)["code"]


async def test_a_code_is_taken_for_ever_and_the_same_promotion_again_is_the_same(client: Client) -> None:
    made, again = await promote(client, "WELCOME10"), await promote(client, "welcome10")
    assert (201, 201, made.json()) == (made.status_code, again.status_code, again.json())
    assert "promotion-code-taken" == check_problem(await promote(client, "WELCOME10", limit=3), 409)["code"]
    path = made.headers["Location"]
    assert "promotion-countless" == check_problem(await client.patch(path, json={"limit": 3}, headers=ADA), 409)["code"]
    await client.post(f"{path}/end", headers=SAM)
    problem = check_problem(await client.patch(path, json={"description": "More"}, headers=ADA), 409)
    assert "promotion-not-active" == problem["code"]


@pytest.mark.proves("B40")
async def test_of_fifty_buyers_at_once_one_gets_the_last_redemption(client: Client) -> None:
    product = await client.listed("25.00")
    await promote(client, "LAST", limit=1)
    answers = await asyncio.gather(*(order(client, product, "LAST", buyer=f"buyer-{number}") for number in range(50)))

    assert [201] + [422] * 49 == sorted(answer.status_code for answer in answers)
    assert {"promotion-spent"} == {answer.json()["code"] for answer in answers if answer.status_code == 422}
