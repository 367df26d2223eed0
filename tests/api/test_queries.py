"""What queries answer, and how fresh it is."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.access import ANYONE, KNOWN, ROUTES
from api.app import create_app
from application.embedding import EmbedderUnavailable
from tests.api import shops
from tests.api.routes import ALL, check_problem, make_world
from tests.api.shops import Client, bearer

pytestmark = pytest.mark.anyio

QUERIES = [name for name in ALL if not ROUTES[name].command]
PAGES = [name for name in QUERIES if ROUTES[name].reads]


async def test_every_query_answers_with_how_much_it_knows(live: Client) -> None:
    world = await make_world(live)
    heads = await live.heads()
    for name in QUERIES:
        response = await world.send(name)
        assert 200 == response.status_code, f"{name}: {response.text}"
        if name in PAGES and "picture" not in name:
            known = dict(part.split("=") for part in response.headers["Storeline-Position"].split(", "))
            assert {each.context for each in ROUTES[name].reads} == known.keys()
            assert all(int(position) <= heads[context] for context, position in known.items())


@pytest.mark.proves("S1", "B28", "P16")
async def test_what_belongs_to_somebody_else_reads_like_what_does_not_exist(live: Client) -> None:
    world = await make_world(live)
    mallory = bearer(shops.OTHER) | {"Storeline-Correlation": "one"}
    for name in (name for name in PAGES if ROUTES[name].who is KNOWN and "{" in name):
        parameter = name.partition("{")[2].partition("}")[0]
        theirs = await world.send(name, headers=mallory)
        nobodys = await world.send(name, headers=mallory, ids={parameter: (unknown := str(uuid4()))})
        assert 404 == theirs.status_code
        assert theirs.text.replace(world.ids[parameter], "") == nobodys.text.replace(unknown, "")
        assert 200 == (await world.send(name, headers=bearer(shops.STAFF))).status_code

    assert [] == (await live.get("/v1/orders", headers=mallory)).json()["items"]
    assert 2 == len((await live.get("/v1/orders", headers=bearer(shops.CUSTOMER))).json()["items"])
    check_problem(await live.get("/v1/orders?buyer=alice", headers=mallory), 403)
    assert 2 == len((await live.get("/v1/orders?buyer=alice", headers=bearer(shops.STAFF))).json()["items"])


async def test_an_order_is_found_by_its_number_however_a_person_types_it(live: Client) -> None:
    order_id = str(await live.ordered())
    await live.ordered()
    await live.catch_up()
    alice = bearer(shops.CUSTOMER)
    number = (await live.get(f"/v1/orders/{order_id}", headers=alice)).json()["number"]

    for typed in (number, number.lower(), number.replace("-", " "), number.replace("-", "")):
        found = await live.get("/v1/orders", params={"number": typed}, headers=alice)
        assert [order_id] == [each["order_id"] for each in found.json()["items"]]
    assert [] == (await live.get("/v1/orders", params={"number": number}, headers=bearer(shops.OTHER))).json()["items"]
    wrong = await live.get("/v1/orders", params={"number": number[:-1] + "?"}, headers=alice)
    assert "invalid-order-number" == check_problem(wrong, 422)["code"]


@pytest.mark.proves("B27")
async def test_the_id_of_something_else_is_nothing(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in PAGES if "_id}" in name and "basket" not in name):
        parameter = name.partition("{")[2].partition("}")[0]
        other = world.ids["brand_id" if parameter != "brand_id" else "item_id"]
        check_problem(await world.send(name, ids={parameter: other}), 404)


@pytest.mark.proves("S5", "CAT-04")
async def test_what_the_shop_pays_is_for_staff_alone(live: Client) -> None:
    item = await live.listed(cost_price={"amount": "7.77", "currency": "USD"})
    await live.catch_up()
    path = f"/v1/catalog/items/{item}"

    staffs = await live.get(path, headers=bearer(shops.STAFF))
    publics = [await live.get(each) for each in (path, "/v1/catalog/items", "/v1/catalog/search?q=parka")]
    assert "7.77" == staffs.json()["cost_price"]["amount"]
    assert "no-store" == staffs.headers["Cache-Control"]
    for public in publics:
        assert 200 == public.status_code
        assert "7.77" not in public.text
        assert "cost_price" not in public.text
        assert "embedding" not in public.text
    assert "cost_price" not in (await live.get(path, headers=bearer(shops.CUSTOMER))).text


async def test_a_withdrawn_item_is_gone_but_for_staff(live: Client) -> None:
    world = await make_world(live)
    await world.send("DELETE /v1/catalog/items/{item_id}")
    await live.catch_up()
    await live.shop.cache.clear()

    check_problem(await world.send("GET /v1/catalog/items/{item_id}"), 404)
    check_problem(await world.send("GET /v1/catalog/items/by-slug/{slug}"), 404)
    listed = (await live.get("/v1/catalog/items")).json()["items"]
    assert world.ids["item_id"] not in [each["item_id"] for each in listed]
    staffs = await world.send("GET /v1/catalog/items/{item_id}", headers=bearer(shops.STAFF))
    assert "withdrawn" == staffs.json()["status"]


RECEIPTS = "POST /v1/inventory/receipts"
"""About many shelves at once, none of which it makes."""


async def test_what_was_made_is_where_its_answer_says(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in ALL if ROUTES[name].begins and name != RECEIPTS):
        body = world.body(name)
        if "catalog" in name:
            body |= ({"name": f"Another {uuid4()}"} if "name" in body else {}) | (
                {"sku": f"A-{uuid4().hex[:20]}"} if "sku" in body else {}
            )
        made = await world.send(name, body)
        assert 201 == made.status_code, made.text
        await live.catch_up()
        found = await live.get(made.headers["Location"], headers=world.headers(name))
        assert 200 == found.status_code, name
        assert found.headers["ETag"].partition("-")[0].strip('"') == made.headers["ETag"].strip('"')


async def test_what_can_be_read_can_be_asked_about(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in QUERIES if name.startswith("GET") and name != "GET /metrics"):
        path, headers = world.path(name), world.headers(name)
        path = f"{path}?{world.query(name)}"
        read, asked = await live.get(path, headers=headers), await live.head(path, headers=headers)
        assert read.status_code == asked.status_code
        assert b"" == asked.content
        for header in ("Content-Length", "ETag", "Storeline-Position", "Content-Type"):
            assert read.headers.get(header) == asked.headers.get(header), name


@pytest.mark.proves("CAT-33")
async def test_a_client_that_has_the_answer_is_told_so(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in ALL if ROUTES[name].cached):
        first = await world.send(name)
        tag = first.headers["ETag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = await world.send(name, headers={"If-None-Match": known})
            assert (304, b"") == (again.status_code, again.content), name
            assert tag == again.headers["ETag"]
        assert 200 == (await world.send(name, headers={"If-None-Match": '"other"'})).status_code
        public = ROUTES[name].who is ANYONE
        assert public == ("public" in first.headers["Cache-Control"]), name


@pytest.mark.proves("CAT-31")
async def test_an_answer_for_everybody_is_kept_until_it_is_forgotten(live: Client) -> None:
    world = await make_world(live)
    path = world.path("GET /v1/catalog/items/{item_id}")
    before = await live.get(path)
    await world.send("PUT /v1/catalog/items/{item_id}/price")
    await live.catch_up()

    assert before.content == (await live.get(path)).content, "from the cache"
    await live.shop.cache.forget({f"item:{world.ids['item_id']}"})
    after = await live.get(path)
    assert "179.00" == after.json()["price"]["amount"]
    assert before.headers["ETag"] != after.headers["ETag"]


async def test_a_tag_of_a_page_serves_as_the_version_of_its_item(live: Client) -> None:
    world = await make_world(live)
    page = await world.send("GET /v1/catalog/items/{item_id}", headers=bearer(shops.STAFF))
    price = "PUT /v1/catalog/items/{item_id}/price"

    assert 200 == (await world.send(price, headers={"If-Match": page.headers["ETag"]})).status_code
    check_problem(await world.send(price, headers={"If-Match": page.headers["ETag"]}), 412)


async def test_the_tag_of_a_page_changes_with_the_name_of_its_brand(live: Client) -> None:
    world = await make_world(live)
    brand = world.ids["brand_id"]
    await live.patch(f"/v1/catalog/items/{world.ids['item_id']}", json={"brand_id": brand}, headers=bearer(shops.STAFF))
    await live.catch_up()
    before = await world.send("GET /v1/catalog/items/{item_id}")
    await world.send("PATCH /v1/catalog/brands/{brand_id}")
    await live.catch_up()
    await live.shop.cache.clear()

    after = await world.send("GET /v1/catalog/items/{item_id}", headers={"If-None-Match": before.headers["ETag"]})
    assert "Nordwand Alpin" == after.json()["brand"]["name"]


@pytest.mark.proves("P13")
async def test_a_client_reads_its_own_writes(live: Client) -> None:
    world = await make_world(live)
    item = f"/v1/catalog/items/{world.ids['item_id']}"
    await live.get(item)
    for round in range(20):
        body = {"price": {"amount": f"{round + 1}.00", "currency": "USD"}}
        written = await world.send("PUT /v1/catalog/items/{item_id}/price", body)
        reading = asyncio.create_task(
            live.get(item, headers={"Storeline-After": written.headers["Storeline-Position"]})
        )
        await asyncio.sleep(0.01)
        assert not reading.done()
        await live.catch_up()
        assert f"{round + 1}.00" == (await reading).json()["price"]["amount"]


@pytest.mark.proves("P13")
async def test_an_answer_that_cannot_be_fresh_enough_is_none(live: Client) -> None:
    world = await make_world(live)
    live.app.state.shop = replace(live.shop, read_after_wait=0.01)
    for name in (name for name in PAGES if "picture" not in name):
        contexts = {each.context for each in ROUTES[name].reads}
        for context in contexts:
            response = await world.send(name, headers={"Storeline-After": f"{context}=1000"})
            problem = check_problem(response, 503)
            assert "1" == response.headers["Retry-After"]
            assert problem["fields"]["wanted"] == 1000
            assert problem["fields"]["lag"] == 1000 - problem["fields"]["position"] > 0
        for context in {"catalog", "basket", "ordering", "payment"} - contexts:
            assert 200 == (await world.send(name, headers={"Storeline-After": f"{context}=1000"})).status_code


@pytest.mark.proves("P13")
async def test_what_is_not_there_says_how_much_is_known_where_it_is_not(live: Client) -> None:
    world = await make_world(live)
    for name in (name for name in PAGES if "{" in name and "basket" not in name):
        ids = {each: str(uuid4()) for each in world.ids}
        missing = await world.send(name, ids=ids)
        check_problem(missing, 404)
        assert missing.headers["Storeline-Position"], name


@pytest.mark.proves("CAT-18", "B35")
@pytest.mark.parametrize("sort", ["name", "price", "-price", "newest"])
async def test_a_list_is_read_page_by_page(live: Client, sort: str) -> None:
    ids = [str(await live.listed(f"{price}.50", name=f"Parka {price % 3}")) for price in range(1, 8)]
    await live.catch_up()
    items: list[dict[str, Any]] = []
    query = f"limit=3&sort={sort}"
    while query:
        page = (await live.get(f"/v1/catalog/items?{query}")).json()
        items += page["items"]
        query = f"limit=3&sort={sort}&cursor={page['next']}" if page["next"] else ""

    assert sorted(ids) == sorted(each["item_id"] for each in items)
    if sort != "name":
        expected = {"price": ids, "-price": ids[::-1], "newest": ids[::-1]}[sort]
        assert expected == [each["item_id"] for each in items]


@pytest.mark.proves("B35")
async def test_a_cursor_continues_only_its_own_question(live: Client) -> None:
    for price in range(1, 4):
        await live.listed(f"{price}.50")
    await live.catch_up()
    cursor = (await live.get("/v1/catalog/items?limit=1&sort=price")).json()["next"]

    for also in ("", "&facets=true"):
        assert 200 == (await live.get(f"/v1/catalog/items?limit=2&sort=price&cursor={cursor}{also}")).status_code
    for query in ("sort=-price", "sort=price&featured=true", "sort=price&price_to=3"):
        check_problem(await live.get(f"/v1/catalog/items?{query}&cursor={cursor}"), 422)
    check_problem(await live.get(f"/v1/catalog/brands?cursor={cursor}"), 422)


async def test_filters_narrow_and_facets_count(live: Client) -> None:
    world = await make_world(live)
    brand = world.ids["brand_id"]
    await live.listed("5.00", brand_id=brand, tags=["Summer"], featured=True)
    await live.catch_up()

    async def count(query: str) -> int:
        response = await live.get(f"/v1/catalog/items?{query}")
        assert 200 == response.status_code, response.text
        return len(response.json()["items"])

    everything = await count("")
    assert 1 == await count(f"brand={brand}") == await count("tag=SUMMER") == await count("price_to=5")
    assert 1 == await count("featured=true")
    assert everything - 1 == await count("featured=false") == await count("price_from=5.01")
    assert 0 == await count(f"brand={uuid4()}") == await count("tag=winter&tag=summer")
    counted = (await live.get("/v1/catalog/items?facets=true")).json()["facets"]
    assert everything == counted["items"]
    assert [(brand, 1)] == [(each["id"], each["items"]) for each in counted["brands"]]


@pytest.mark.proves("B36")
@pytest.mark.parametrize(
    "query",
    [
        "sort=cost_price",
        "sort=",
        "sort=name,price",
        "price_from=-1",
        "price_from=1e3",
        "price_from=NaN",
        "price_from=1.00001",
        "brand=x",
        "brand=0190A3B4-7C55-7F55-B7A5-1F6F5C3F3A10",
        "&".join(["tag=a"] * 21),
        "&".join(f"brand={uuid4()}" for _ in range(21)),
        "tag=",
        "tag=a%E2%80%AEb",
        "featured=maybe",
        "featured=true&featured=true",
        "facets=2",
    ],
)
async def test_a_filter_that_cannot_be_is_refused(client: Client, query: str) -> None:
    check_problem(await client.get(f"/v1/catalog/items?{query}"), 422)


@pytest.mark.proves("CAT-05", "CAT-19")
@pytest.mark.parametrize("mode", ["hybrid", "text", "semantic"])
async def test_a_search_finds_what_is_meant(live: Client, mode: str) -> None:
    parka = str(await live.listed(name="Alpine Parka", description="A warm winter coat with a fur hood."))
    await live.listed(name="Steel Pan", description="Fries eggs without sticking.")
    await live.catch_up()
    response = await live.get(f"/v1/catalog/search?q=parka&mode={mode}&limit=1")

    assert [parka] == [each["item_id"] for each in response.json()["items"]]
    assert (mode, False) == (response.json()["mode"], response.json()["degraded"])


@pytest.mark.proves("B31", "B32", "B34")
async def test_a_search_takes_any_text_as_text(live: Client) -> None:
    await live.listed()
    await live.catch_up()
    ugly = [
        "the of and",
        "' OR 1=1--",
        "%_",
        "((((a+)+)+)+)$",
        "a & | ! <-> b:*",
        "\\",
        '"',
        "\U0001f9e5" * 50,
        "-1",
        "*",
    ]
    for text in ugly:
        for mode in ("hybrid", "text", "semantic"):
            response = await live.get("/v1/catalog/search", params={"q": text, "mode": mode})
            assert 200 == response.status_code, response.text


@pytest.mark.proves("B34")
@pytest.mark.parametrize(
    ("text", "mode"),
    [
        *((text, mode) for text in ("the", "the of and", "*") for mode in ("hybrid", "text", "semantic")),
        *((text, mode) for text in ("qqqqzzzz", "kubernetes operator") for mode in ("hybrid", "text")),
    ],
)
async def test_a_search_for_what_says_nothing_finds_nothing(live: Client, text: str, mode: str) -> None:
    await live.listed(description="The warmest of all, and light.")
    await live.catch_up()
    response = await live.get("/v1/catalog/search", params={"q": text, "mode": mode})

    assert (200, []) == (response.status_code, response.json()["items"])


@pytest.mark.proves("B34")
@pytest.mark.parametrize(
    "query", ["", "q=", "q=%20", "q=" + "x" * 201, "q=" + "x" * 60_000, "q=a&mode=magic", "q=a&limit=101"]
)
async def test_a_search_for_nothing_is_refused(client: Client, query: str) -> None:
    check_problem(await client.get(f"/v1/catalog/search?{query}"), 422)


class Away:
    """An embedder that cannot be reached."""

    model_id = shops.EMBEDDER.model_id
    dimensions = 256

    async def embed(self, texts: object) -> Any:
        raise EmbedderUnavailable


@pytest.mark.proves("P22")
async def test_a_search_without_meaning_goes_by_words_and_says_so(live: Client) -> None:
    await live.listed()
    await live.catch_up()
    async with Client(create_app(replace(live.shop, embedder=Away()))) as client:
        hybrid = (await client.get("/v1/catalog/search?q=parka")).json()
        semantic = (await client.get("/v1/catalog/search?q=parka&mode=semantic")).json()
        words = (await client.get("/v1/catalog/search?q=parka&mode=text")).json()

    assert (1, "text", True) == (len(hybrid["items"]), hybrid["mode"], hybrid["degraded"])
    assert (0, "semantic", True) == (len(semantic["items"]), semantic["mode"], semantic["degraded"])
    assert (1, "text", False) == (len(words["items"]), words["mode"], words["degraded"])
    again = (await live.get("/v1/catalog/search?q=parka")).json()
    assert not again["degraded"], "what was found without meaning is not kept"


@pytest.mark.proves("CAT-16", "B51")
async def test_pictures_are_sent_or_pointed_at(live: Client) -> None:
    images = [{"picture": key} for key in ("items/alpine-parka.svg", "https://cdn.example/1.webp", "items/lost.webp")]
    item = await live.listed(images=images)
    await live.catch_up()
    path = f"/v1/catalog/items/{item}/pictures"

    kept = await live.get(f"{path}/1")
    assert ("image/svg+xml", "nosniff") == (kept.headers["Content-Type"], kept.headers["X-Content-Type-Options"])
    assert "default-src 'none'" in kept.headers["Content-Security-Policy"]
    elsewhere = await live.get(f"{path}/2")
    assert (302, "https://cdn.example/1.webp") == (elsewhere.status_code, elsewhere.headers["Location"])
    for number in ("0", "3", "4", "01", "-1", "x", "99999"):
        check_problem(await live.get(f"{path}/{number}"), 404)


async def test_a_basket_shows_which_prices_changed(live: Client) -> None:
    world = await make_world(live)
    await world.send("PUT /v1/catalog/items/{item_id}/price")
    await live.catch_up()
    line = (await world.send("GET /v1/basket")).json()["lines"][0]

    assert ("19.99", "179.00", True) == (
        line["unit_price"]["amount"],
        line["current_price"]["amount"],
        line["price_changed"],
    )
    nobodys = await live.get("/v1/basket")
    assert ([], 0) == (nobodys.json()["lines"], nobodys.json()["version"])


async def test_reports_count_what_was_sold(live: Client) -> None:
    await make_world(live)
    top = await live.get("/v1/reports/best-sellers", headers=bearer(shops.STAFF))

    assert [5, 2] == [each["units"] for each in top.json()["items"]]


async def test_the_sales_of_many_products_are_read_page_by_page(live: Client) -> None:
    for _ in range(5):
        await live.ordered(quantity=2)
    await live.catch_up()
    day = datetime.now(UTC).date()
    path = f"/v1/reports/product-sales?first={day - timedelta(1)}&last={day}&limit=2"
    sales: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await live.get(path + cursor, headers=bearer(shops.STAFF))).json()
        sales += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert 5 == len({each["product_id"] for each in sales}) == len(sales)
    total = (await live.get("/v1/orders", headers=bearer(shops.CUSTOMER))).json()["items"][0]["total"]
    assert {"amount", "currency"} == total.keys() == sales[0]["amount"].keys()
    assert {"43.18"} == {each["amount"]["amount"] for each in sales}


async def test_a_buyer_is_not_told_who_of_the_staff_did_what(live: Client) -> None:
    order = f"/v1/orders/{await live.ordered()}"
    sam, alice = bearer(shops.STAFF), bearer(shops.CUSTOMER)
    await live.post(f"{order}/notes", json={"text": "It is on its way"}, headers=sam)
    await live.post(f"{order}/notes", json={"text": "Thank you"}, headers=alice)
    assert (await live.post(f"{order}/cancel", json={"reason": "sold out"}, headers=sam)).is_success
    await live.catch_up()

    for path in (order, f"{order}/statuses", f"{order}/history"):
        hers, staffs = await live.get(path, headers=alice), await live.get(path, headers=sam)
        assert 200 == hers.status_code == staffs.status_code
        assert shops.STAFF in staffs.text
        assert shops.STAFF not in hers.text
    notes = (await live.get(order, headers=alice)).json()["notes"]
    assert [None, shops.CUSTOMER] == [each["author"] for each in notes]
    statuses = (await live.get(f"{order}/statuses", headers=alice)).json()["items"]
    assert [shops.CUSTOMER, None] == [each["actor"] for each in statuses]


@pytest.mark.proves("B37", "B38")
@pytest.mark.parametrize(
    "query",
    [
        "first=2026-02-30&last=2026-03-01",
        "first=2026-13-01&last=2026-13-01",
        "first=0000-01-01&last=0000-01-02",
        "first=10000-01-01&last=10000-01-02",
        "first=2026-01-02&last=2026-01-01",
        "first=2024-01-01&last=2026-01-01",
        "first=2026-01-01",
        "first=today&last=today",
    ],
)
async def test_days_that_cannot_be_are_refused(client: Client, query: str) -> None:
    check_problem(await client.get(f"/v1/reports/product-sales?{query}", headers=bearer(shops.STAFF)), 422)


@pytest.mark.proves("B37", "B38")
@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00%2B25:99",
        "2026-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "now",
    ],
)
async def test_moments_that_cannot_be_are_refused(client: Client, moment: str) -> None:
    check_problem(await client.get(f"/v1/orders?placed_from={moment}", headers=bearer(shops.STAFF)), 422)
