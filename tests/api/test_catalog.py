"""The catalogue as visitors see it: its items, their pictures, and lists of them page by page."""

from uuid import uuid4

import pytest

from tests.api.routes import check_problem, make_world
from tests.api.shops import ALICE, SAM, Client

pytestmark = pytest.mark.anyio


@pytest.mark.proves("S5", "CAT-04")
async def test_what_the_shop_pays_is_for_staff_alone(live: Client) -> None:
    item = await live.listed(cost_price={"amount": "7.77", "currency": "USD"})
    await live.catch_up()
    path = f"/v1/catalog/items/{item}"

    staffs = await live.get(path, headers=SAM)
    publics = [await live.get(each) for each in (path, "/v1/catalog/items", "/v1/catalog/search?q=parka")]
    assert "7.77" == staffs.json()["cost_price"]["amount"]
    assert "no-store" == staffs.headers["Cache-Control"]
    for public in publics:
        assert 200 == public.status_code
        assert "7.77" not in public.text
        assert "cost_price" not in public.text
        assert "embedding" not in public.text
    assert "cost_price" not in (await live.get(path, headers=ALICE)).text


async def test_a_withdrawn_item_is_gone_but_for_staff(live: Client) -> None:
    world = await make_world(live)
    await world.send("DELETE /v1/catalog/items/{item_id}")
    await live.catch_up()
    await live.shop.cache.clear()

    check_problem(await world.send("GET /v1/catalog/items/{item_id}"), 404)
    check_problem(await world.send("GET /v1/catalog/items/by-slug/{slug}"), 404)
    listed = (await live.get("/v1/catalog/items")).json()["items"]
    assert world.ids["item_id"] not in [each["item_id"] for each in listed]
    staffs = await world.send("GET /v1/catalog/items/{item_id}", headers=SAM)
    assert "withdrawn" == staffs.json()["status"]


@pytest.mark.proves("CAT-18", "B35")
@pytest.mark.parametrize("sort", ["name", "price", "-price", "newest"])
async def test_a_list_is_read_page_by_page(live: Client, sort: str) -> None:
    ids = [str(await live.listed(f"{price}.50", name=f"Parka {price % 3}")) for price in range(1, 8)]
    await live.catch_up()
    items = await live.paged("/v1/catalog/items", 3, sort=sort)

    assert sorted(ids) == sorted(each["item_id"] for each in items)
    match sort:
        case "price":
            assert ids == [each["item_id"] for each in items]
        case "-price" | "newest":
            assert ids[::-1] == [each["item_id"] for each in items]
        case "name":
            assert items == sorted(items, key=lambda item: item["name"])


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
