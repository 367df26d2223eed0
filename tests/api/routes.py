"""Every route of the interface, and requests to it that are right in all but what a test makes wrong."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from litestar.handlers import HTTPRouteHandler

from api import ordering, returns
from api.access import ADMIN, ANYONE, CUSTOMER, KNOWN, ROUTES, SHOPPER, STAFF, Who
from api.app import create_app
from api.catalog import reviews
from api.gate import Gate, endpoints
from api.inventory.suppliers import EXAMPLE_SUPPLIER
from tests.api import shops
from tests.api.payments import CARD, charged, usd
from tests.api.shops import ADA, ALICE, SAM, Client, bearer, keyed, shop_in_memory
from tests.api.stock import stocked

_HANDLERS: dict[str, HTTPRouteHandler] = dict(endpoints(create_app(shop_in_memory())))

ALL = sorted(ROUTES)
GATES: dict[str, Gate] = {name: _HANDLERS[name].opt["gate"] for name in ALL}
COMMANDS = [name for name in ALL if ROUTES[name].command]
QUERIES = [name for name in ALL if not ROUTES[name].command]
PAGES = [name for name in QUERIES if ROUTES[name].reads]
WITH_BODY = [name for name in ALL if GATES[name].body is not None]
WITH_IDS = [name for name in ALL if "_id}" in name]

CALLERS: dict[Who, str] = {
    ADMIN: shops.ADMIN,
    STAFF: shops.STAFF,
    CUSTOMER: shops.CUSTOMER,
    KNOWN: shops.CUSTOMER,
    SHOPPER: shops.CUSTOMER,
}

MAY: dict[Who, set[str | None]] = {
    ANYONE: {shops.ANONYMOUS, shops.CUSTOMER, shops.OTHER, shops.STAFF, shops.ADMIN},
    SHOPPER: {shops.ANONYMOUS, shops.CUSTOMER, shops.OTHER},
    CUSTOMER: {shops.CUSTOMER, shops.OTHER},
    KNOWN: {shops.CUSTOMER, shops.OTHER, shops.STAFF, shops.ADMIN},
    STAFF: {shops.STAFF, shops.ADMIN},
    ADMIN: {shops.ADMIN},
}
"""Who may call what is for whom."""

DAYS = "first=2026-01-01&last=2026-12-31"
QUESTIONS = {
    "GET /v1/catalog/search": "q=parka",
    "GET /v1/reports/product-sales": DAYS,
    "GET /v1/reports/baskets/{basket_id}": DAYS,
    "GET /v1/reports/revenue": DAYS,
    "GET /v1/reports/conversion": DAYS,
    "GET /v1/reports/refund-rate": DAYS,
    "GET /v1/reports/payments": DAYS,
    "GET /v1/reports/payment-failures": DAYS,
}


@dataclass(frozen=True)
class World:
    """A shop in which there is one of everything."""

    client: Client
    ids: dict[str, str]

    def path(self, name: str, **ids: str) -> str:
        return name.partition(" ")[2].format_map(self.ids | {"number": "1"} | ids)

    def body(self, name: str) -> Any:
        """A body that the route takes; None where it reads none."""
        example = _HANDLERS[name].opt.get("example")
        text = msgspec.json.encode(example).decode() if example is not None else "null"
        text = text.replace(str(EXAMPLE_SUPPLIER), self.ids["supplier_id"])
        text = text.replace(str(returns.ORDER), self.ids["shipped"])
        return msgspec.json.decode(text.replace(str(ordering.PRODUCT), self.ids["product_id"]))

    def query(self, name: str) -> str:
        """What has to be asked at least."""
        return QUESTIONS.get(name, "")

    def headers(self, name: str) -> dict[str, str]:
        rule = ROUTES[name]
        headers = bearer(CALLERS.get(rule.who))
        if rule.command:
            headers |= {"Idempotency-Key": str(uuid4())} | ({} if rule.begins else {"If-Match": "*"})
        if rule.basket or rule.taken_over:
            headers |= {"Storeline-Basket": self.ids["basket"]}
        return headers

    async def prepare(self, name: str) -> None:
        """Takes the order as far as the route needs it."""
        if name.endswith("/ship"):
            await self.client.paid(UUID(self.ids["order_id"]))
        if name.endswith("/deliver"):
            await self.client.shipped(UUID(self.ids["order_id"]))

    async def send(
        self,
        name: str,
        body: Any = ...,
        *,
        content: Any = None,
        query: str | None = None,
        headers: dict[str, Any] | None = None,
        ids: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The route's request, with one thing in it otherwise. A header given as `""` is left out."""
        path = self.path(name, **(ids or {}))
        query = self.query(name) if query is None else query
        sent: dict[str, Any] = self.headers(name) | (headers or {})
        if name in WITH_BODY and content is None:
            content = msgspec.json.encode(self.body(name) if body is ... else body)
        if content is not None:
            sent = {"Content-Type": "application/json"} | sent
        return await self.client.request(
            name.partition(" ")[0],
            f"{path}?{query}" if query else path,
            content=content,
            headers={key: value for key, value in sent.items() if value != ""},
        )


async def make_world(client: Client) -> World:
    """Lists an item that is reviewed, adds a brand, a type and a category, places two orders, fills two baskets."""
    slug = f"parka-{uuid4()}"
    item = str(await client.listed(slug=slug, images=[{"picture": "items/alpine-parka.svg"}], tags=["winter"]))
    other = str(await client.listed())
    ids = {
        "item_id": item,
        "product_id": item,
        "slug": slug,
        "order_id": str(await client.ordered(shops.CUSTOMER, 2, item, other)),
    }
    ids |= await _shipped(client, item)
    for kind, plural in (("brand", "brands"), ("type", "types"), ("category", "categories")):
        made = await client.post(f"/v1/catalog/{plural}", json={"name": f"{kind} {uuid4()}"}, headers=SAM)
        assert made.status_code == 201, made.text
        ids[f"{kind}_id"] = made.json()["id"]
    reviewed = await client.post(
        f"/v1/catalog/items/{item}/reviews",
        json=msgspec.to_builtins(reviews.EXAMPLE),
        headers=ALICE,
    )
    assert reviewed.status_code == 201, reviewed.text
    ids["review_id"] = reviewed.json()["id"]
    approved = await client.post(
        f"{reviewed.headers['Location']}/approve",
        headers=SAM | {"If-Match": reviewed.headers["ETag"]},
    )
    assert approved.status_code == 200, approved.text
    # Random, yet too short for the number of a card to turn up in it, which would be refused.
    made = await client.post(
        "/v1/promotions",
        json={"code": f"P{uuid4().hex[:12]}", "discount": {"kind": "percentage", "percent": "10"}, "limit": 5},
        headers=ADA,
    )
    assert made.status_code == 201, made.text
    ids["promotion_id"] = made.json()["promotion_id"]
    for who in (shops.ANONYMOUS, shops.CUSTOMER):
        added = await client.post("/v1/basket/items", json={"product_id": item}, headers=bearer(who))
        assert added.status_code == 200, added.text
        ids["basket_id"] = added.json()["basket_id"]
        ids["basket"] = added.headers.get("Storeline-Basket", ids.get("basket"))
    ids |= await _paid(client, ids["order_id"])
    ids |= await stocked(client, item, ids["order_id"])
    await client.catch_up()
    return World(client, ids)


async def _shipped(client: Client, item: str) -> dict[str, str]:
    """An order that was shipped, of which some is to be sent back."""
    order_id = await client.ordered(shops.CUSTOMER, 3, item)
    await client.shipped(order_id)
    body = {"order_id": str(order_id), "lines": [{"product_id": item, "quantity": 1}]}
    headers = keyed(ALICE)
    asked = await client.post("/v1/returns", json=body, headers=headers)
    assert asked.status_code == 201, asked.text
    return {"shipped": str(order_id), "return_id": asked.json()["return_id"]}


async def _paid(client: Client, order_id: str) -> dict[str, str]:
    """A payment of the order, with a refund and a dispute; and what its buyer can pay with."""
    await charged(client, UUID(order_id))
    path = f"/v1/payments/{order_id}"
    body = {"reason": "Not received", "amount": usd("1.00")}
    opened = await client.post(f"{path}/disputes", json=body, headers=keyed(SAM))
    assert opened.status_code == 201, opened.text
    body = {"amount": usd("1.00")}
    refunded = await client.post(f"{path}/refunds", json=body, headers=keyed(SAM))
    assert refunded.status_code == 201, refunded.text
    stored = await client.post("/v1/payment-methods", json=CARD, headers=ALICE)
    assert stored.status_code == 200, stored.text
    return {
        "payment_id": order_id,
        "dispute_id": opened.json()["dispute_id"],
        "refund_id": refunded.json()["refund_id"],
        "method_id": stored.json()["method_id"],
    }


def check_problem(response: httpx.Response, *statuses: int) -> dict[str, Any]:
    """The answer is a problem with one of these statuses, whole and without a word too much."""
    said = f"{response.status_code} {response.text[:500]}"
    assert response.status_code in statuses, said
    assert response.headers["Content-Type"] == "application/problem+json", said
    problem: dict[str, Any] = response.json()
    assert problem.keys() == {"type", "title", "status", "detail", "code", "fields", "correlation_id"}, said
    assert problem["status"] == response.status_code, said
    assert problem["correlation_id"] == response.headers["Storeline-Correlation"], said
    assert not {"Traceback", "psycopg", "SELECT", "msgspec", 'File "'} & set(response.text.split()), said
    return problem
