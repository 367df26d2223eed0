"""Reviews over HTTP: written by customers, looked at by staff, shown to everybody."""

from typing import Any
from uuid import uuid4

import pytest

from domain.catalog.review import review_id
from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import Client, bearer

pytestmark = pytest.mark.anyio

SAID = {"rating": 4, "title": "Warm and light", "comment": "Two winters so far."}
ANY = {"If-Match": "*"}


async def review(client: Client, path: str, who: str = shops.CUSTOMER, **said: Any) -> str:
    """The address of a new review."""
    response = await client.post(path, json=SAID | said, headers=bearer(who, {"customer"}))
    assert response.status_code == 201, response.text
    location: str = response.headers["Location"]
    return location


async def moderate(client: Client, address: str, verdict: str = "approve") -> None:
    body = {"reason": "About the delivery"} if verdict == "reject" else None
    response = await client.post(f"{address}/{verdict}", headers=bearer(shops.STAFF) | ANY, json=body)
    assert response.status_code == 200, response.text
    await client.catch_up()
    await client.shop.cache.clear()


@pytest.mark.proves("CAT-14", "CAT-15")
async def test_a_review_is_shown_to_others_once_it_is_approved(live: Client) -> None:
    item = await live.listed()
    path = f"/v1/catalog/items/{item}/reviews"
    address = await review(live, path)
    await live.catch_up()

    assert [] == (await live.get(path)).json()["items"]
    for headers in ({}, bearer(shops.OTHER)):
        assert "review-not-found" == check_problem(await live.get(address, headers=headers), 404)["code"]
    for who in (shops.CUSTOMER, shops.STAFF):
        own = await live.get(address, headers=bearer(who))
        assert ("pending", "alice", '"1"') == (own.json()["status"], own.json()["buyer_id"], own.headers["ETag"])

    await moderate(live, address)
    page = (await live.get(path)).json()
    (shown,) = page["items"]
    assert (4, "Warm and light", False) == (shown["rating"], shown["title"], shown["verified_purchase"])
    assert {"average": 4.0, "reviews": 1, "stars": [0, 0, 0, 1, 0]} == page["rating"]
    assert shown == (await live.get(address)).json() == (await live.get(address, headers=bearer(shops.OTHER))).json()
    assert not {"buyer_id", "order_id", "status", "reason"} & shown.keys()
    assert page["rating"] == (await live.get(f"/v1/catalog/items/{item}")).json()["rating"]

    await moderate(live, address, "reject")
    assert [] == (await live.get(path)).json()["items"]
    assert "About the delivery" == (await live.get(address, headers=bearer(shops.CUSTOMER))).json()["reason"]
    check_problem(await live.get(address), 404)


async def test_reviews_come_newest_first_page_by_page_and_by_rating(live: Client) -> None:
    item = await live.listed()
    path = f"/v1/catalog/items/{item}/reviews"
    for number, stars in enumerate((5, 3, 5, 1)):
        await moderate(live, await review(live, path, f"buyer-{number}", rating=stars, title=f"Number {number}"))

    first = (await live.get(f"{path}?limit=3")).json()
    rest = (await live.get(f"{path}?limit=3&cursor={first['next']}")).json()
    assert ["Number 3", "Number 2", "Number 1", "Number 0"] == [
        each["title"] for each in first["items"] + rest["items"]
    ]
    assert None is rest["next"]
    best = (await live.get(f"{path}?rating=5")).json()
    assert ["Number 2", "Number 0"] == [each["title"] for each in best["items"]]
    assert {"average": 3.5, "reviews": 4, "stars": [1, 0, 1, 0, 2]} == best["rating"]
    problem = check_problem(await live.get(f"{path}?rating=4&cursor={first['next']}"), 422)
    assert "invalid-cursor" == problem["code"]
    assert "item-not-found" == check_problem(await live.get(f"/v1/catalog/items/{uuid4()}/reviews"), 404)["code"]


async def test_customers_find_their_reviews_and_staff_what_waits(live: Client) -> None:
    items = [await live.listed() for _ in range(2)]
    for item in items:
        for who in (shops.CUSTOMER, shops.OTHER):
            await review(live, f"/v1/catalog/items/{item}/reviews", who)
    await moderate(live, f"/v1/catalog/items/{items[0]}/reviews/{review_id(items[0], shops.CUSTOMER)}")

    async def found(who: str, query: str = "") -> list[tuple[str, str]]:
        response = await live.get(f"/v1/catalog/reviews{query}", headers=bearer(who))
        return [(each["buyer_id"], each["status"]) for each in response.json()["items"]]

    assert [("alice", "pending"), ("alice", "approved")] == await found(shops.CUSTOMER)
    assert [("alice", "approved")] == await found(shops.CUSTOMER, "?status=approved")
    assert 4 == len(await found(shops.STAFF))
    assert 3 == len(await found(shops.STAFF, "?status=pending&status=rejected"))
    assert {("mallory", "pending")} == set(await found(shops.STAFF, "?buyer=mallory"))
    check_problem(await live.get("/v1/catalog/reviews?buyer=alice", headers=bearer(shops.OTHER)), 403)


async def test_a_review_is_revised_and_withdrawn_by_its_author_alone(live: Client) -> None:
    path = f"/v1/catalog/items/{await live.listed()}/reviews"
    address = await review(live, path)
    revised = SAID | {"rating": 5}
    check_problem(await live.put(address, json=revised, headers=bearer(shops.OTHER) | ANY), 404)
    check_problem(await live.delete(address, headers=bearer(shops.OTHER) | ANY), 404)
    check_problem(await live.put(address, json=revised, headers=bearer(shops.STAFF) | ANY), 403)
    check_problem(await live.put(address, json=revised, headers=bearer(shops.CUSTOMER)), 428)
    check_problem(await live.put(address, json=revised, headers=bearer(shops.CUSTOMER) | {"If-Match": '"7"'}), 412)

    done = await live.put(address, json=revised, headers=bearer(shops.CUSTOMER) | {"If-Match": '"1"'})
    assert (200, '"2"', "pending") == (done.status_code, done.headers["ETag"], done.json()["status"])
    again = await live.post(path, json=SAID, headers=bearer(shops.CUSTOMER))
    assert "already-reviewed" == check_problem(again, 409)["code"]
    gone = await live.delete(address, headers=bearer(shops.CUSTOMER) | {"If-Match": '"2"'})
    assert "withdrawn" == gone.json()["status"]
    assert (
        "review-withdrawn"
        == check_problem(await live.post(f"{address}/approve", headers=bearer(shops.STAFF) | ANY), 409)["code"]
    )
    history = (await live.get(f"{address}/history", headers=bearer(shops.STAFF))).json()["items"]
    assert ["catalog.ReviewWritten", "catalog.ReviewRevised", "catalog.ReviewWithdrawn"] == [
        each["type"] for each in history
    ]


@pytest.mark.proves("B13", "B15", "B16")
@pytest.mark.parametrize(
    "wrong", [{"rating": 0}, {"rating": 6}, {"rating": 4.5}, {"rating": "4"}, {"title": " "}, {"stars": 4}]
)
async def test_what_is_no_review_is_refused(client: Client, wrong: dict[str, Any]) -> None:
    item = await client.listed()
    heads = await client.heads()
    check_problem(
        await client.post(f"/v1/catalog/items/{item}/reviews", json=SAID | wrong, headers=bearer(shops.CUSTOMER)), 422
    )
    assert heads == await client.heads()
