"""What every command promises: known by its key, bound to a version, answered with its position."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.access import ROUTES
from application.store import KeyInFlight
from tests.api import shops
from tests.api.routes import ALL, COMMANDS, World, check_problem, make_world
from tests.api.shops import ADDRESS, Client, bearer, client_in_memory

pytestmark = pytest.mark.anyio

PRICE = {"price": {"amount": "29.99", "currency": "USD"}}


@pytest.fixture
async def world(client: Client) -> World:
    return await make_world(client)


SHIPS = "POST /v1/orders/{order_id}/ship"


@pytest.mark.proves("P3")
@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_that_comes_again_gives_the_same_answer_and_has_no_second_effect(
    world: World, name: str
) -> None:
    await world.prepare(name)
    headers = {"Idempotency-Key": "one", "Storeline-Correlation": "one"}
    first = await world.send(name, headers=headers)
    heads = await world.client.heads()
    again = await world.send(name, headers=headers)

    assert first.status_code in (200, 201), first.text
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert "true" == again.headers.pop("Idempotency-Replayed")
    assert "Idempotency-Replayed" not in first.headers
    for header in ("ETag", "Location", "Content-Type"):
        assert first.headers.get(header) == again.headers.get(header)
    assert heads == await world.client.heads()


@pytest.mark.proves("B44")
@pytest.mark.parametrize(
    "name", ["PUT /v1/catalog/items/{item_id}/price", "POST /v1/basket/items", "POST /v1/catalog/brands"]
)
async def test_a_key_that_was_used_for_another_body_is_refused(world: World, name: str) -> None:
    body: Any = world.body(name)
    other = {"name": "B"} if "brands" in name else PRICE if "price" in name else body | {"quantity": 7}
    await world.send(name, headers={"Idempotency-Key": "one"})
    heads = await world.client.heads()

    problem = check_problem(await world.send(name, other, headers={"Idempotency-Key": "one"}), 422)

    assert "idempotency-key-reused" == problem["code"]
    assert heads == await world.client.heads()


async def test_the_same_key_at_another_address_is_another_request_and_refused(world: World) -> None:
    other = str(await world.client.listed())
    name = "PUT /v1/catalog/items/{item_id}/price"
    first = await world.send(name, headers={"Idempotency-Key": "one"})
    second = await world.send(name, headers={"Idempotency-Key": "one"}, ids={"item_id": other})

    assert 200 == first.status_code
    check_problem(second, 422)


@pytest.mark.proves("P3")
async def test_the_same_body_written_otherwise_is_the_same_command(world: World) -> None:
    name, headers = "PUT /v1/catalog/items/{item_id}/price", {"Idempotency-Key": "one"}
    first = await world.send(name, content=b'{"price":{"amount":"29.99","currency":"USD"}}', headers=headers)
    again = await world.send(name, content=b'{ "price": {"currency":"USD", "amount":"29.99"} }\n', headers=headers)

    assert 200 == first.status_code
    assert "true" == again.headers["Idempotency-Replayed"]


@pytest.mark.proves("B46")
async def test_the_same_key_of_somebody_else_is_independent(world: World) -> None:
    lines = [{"product_id": world.ids["item_id"], "quantity": 2}]
    orders = [
        await world.client.post(
            "/v1/orders", json={"lines": lines, "address": ADDRESS}, headers=bearer(who) | {"Idempotency-Key": "one"}
        )
        for who in (shops.CUSTOMER, shops.OTHER)
    ]

    assert [201, 201] == [each.status_code for each in orders]
    assert orders[0].json()["order_id"] != orders[1].json()["order_id"]


@pytest.mark.proves("P3", "B45")
async def test_the_same_command_many_times_at_once_happens_once(world: World) -> None:
    heads = await world.client.heads()
    answers = await asyncio.gather(
        *(world.send("POST /v1/orders", headers={"Idempotency-Key": "one"}) for _ in range(50))
    )
    done = [each for each in answers if each.status_code == 201]
    for waits in (each for each in answers if each.status_code != 201):
        assert KeyInFlight.code == check_problem(waits, 409)["code"]
        assert "1" == waits.headers["Retry-After"]

    again = await world.send("POST /v1/orders", headers={"Idempotency-Key": "one"})
    assert 1 == len({each.content for each in [*done, again]})
    now = await world.client.heads()
    assert now["ordering"] - heads["ordering"] == 2, "one order, and its place among the buyer's pending ones"


@pytest.mark.proves("B45")
async def test_a_refused_command_leaves_its_key_free(world: World) -> None:
    headers, name = {"Idempotency-Key": "one"}, "PUT /v1/catalog/items/{item_id}/price"
    check_problem(
        await world.send(name, PRICE | {"cost_price": {"amount": "1", "currency": "EUR"}}, headers=headers), 409
    )

    assert 200 == (await world.send(name, headers=headers)).status_code


@pytest.mark.proves("B41")
async def test_a_command_on_a_stale_version_is_refused_and_says_which_is_the_present(world: World) -> None:
    name = "PUT /v1/catalog/items/{item_id}/price"
    first = await world.send(name, headers={"If-Match": '"1"'})
    problem = check_problem(await world.send(name, PRICE, headers={"If-Match": '"1"'}), 412)

    assert '"2"' == first.headers["ETag"]
    assert ("stale-version", {"expected": 1, "actual": 2}) == (problem["code"], problem["fields"])
    assert 200 == (await world.send(name, PRICE, headers={"If-Match": first.headers["ETag"]})).status_code


@pytest.mark.proves("B41")
async def test_a_retry_on_a_version_that_it_changed_itself_is_no_conflict(world: World) -> None:
    headers = {"If-Match": '"1"', "Idempotency-Key": "one"}
    name = "PUT /v1/catalog/items/{item_id}/price"
    first, again = await world.send(name, headers=headers), await world.send(name, headers=headers)

    assert (200, 200) == (first.status_code, again.status_code)


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_dry_run_says_what_would_be_recorded_and_records_nothing(world: World, name: str) -> None:
    await world.prepare(name)
    heads = await world.client.heads()
    response = await world.send(name, query="dry_run=true", headers={"Idempotency-Key": ""})

    assert 200 == response.status_code, response.text
    assert {"events", "versions"} == response.json().keys()
    assert all({"type", "data"} == event.keys() for event in response.json()["events"])
    assert heads == await world.client.heads()
    really = await world.send(name)
    assert really.status_code in (200, 201), really.text
    now = await world.client.heads()
    assert bool(response.json()["events"]) == (heads != now)


async def test_a_dry_run_is_refused_like_the_command(world: World) -> None:
    assert "order-cannot-change" == check_problem(await world.send(SHIPS, query="dry_run=true"), 409)["code"]
    assert 422 == (await world.send(SHIPS, query="dry_run=maybe")).status_code


@pytest.mark.proves("B47")
async def test_a_command_out_of_turn_is_refused_with_its_code(world: World) -> None:
    problem = check_problem(await world.send(SHIPS), 409)

    assert "order-cannot-change" == problem["code"]
    assert problem["fields"]


@pytest.mark.parametrize("name", COMMANDS)
async def test_every_command_says_where_it_was_written(world: World, name: str) -> None:
    await world.prepare(name)
    before = await world.client.heads()
    response = await world.send(name)
    after = await world.client.heads()

    written = dict(part.split("=") for part in response.headers.get("Storeline-Position", "").split(", ") if part)
    assert written
    assert {(context, str(head)) for context, head in after.items() if head != before[context]} <= written.items()


@pytest.mark.proves("BAS-04", "BAS-10")
async def test_adding_at_once_from_many_windows_loses_nothing(world: World) -> None:
    answers = await asyncio.gather(*(world.send("POST /v1/basket/items") for _ in range(20)))

    assert {200} == {each.status_code for each in answers}
    summary = await world.send("POST /v1/basket/items")
    assert 1 + 20 * 2 + 2 == summary.json()["units"]


async def test_a_basket_without_a_name_is_known_by_its_token(client: Client) -> None:
    item = str(await client.listed())
    first = await client.post("/v1/basket/items", json={"product_id": item})
    token = first.headers["Storeline-Basket"]
    second = await client.post("/v1/basket/items", json={"product_id": item}, headers={"Storeline-Basket": token})
    other = await client.post("/v1/basket/items", json={"product_id": item})

    assert 2 == second.json()["units"]
    assert first.json()["basket_id"] == second.json()["basket_id"] != other.json()["basket_id"]


async def test_a_basket_token_that_is_no_longer_valid_stands_in_nobodys_way(world: World) -> None:
    item = world.ids["item_id"]
    old = {"Storeline-Basket": shops.TOKENS.mint_basket(uuid4(), now=datetime(2020, 1, 1, tzinfo=UTC))}
    for headers in (old, {"Storeline-Basket": "x"}):
        refused = await world.client.post("/v1/basket/items", json={"product_id": item}, headers=headers)
        assert "invalid-basket-token" == check_problem(refused, 401)["code"]
        assert "Leave it out" in refused.json()["detail"]
        check_problem(await world.client.post("/v1/basket/merge", json={}, headers=headers | bearer("alice")), 401)
        for name in ("GET /v1/basket/history", "POST /v1/basket/items", "POST /v1/basket/checkout"):
            assert (await world.send(name, headers=headers)).is_success


async def test_a_key_of_nobody_is_refused_until_the_basket_has_a_token(client: Client) -> None:
    item, key = str(await client.listed()), {"Idempotency-Key": "one"}
    heads = await client.heads()
    problem = check_problem(await client.post("/v1/basket/items", json={"product_id": item}, headers=key), 400)

    assert "basket-token-required" == problem["code"]
    assert heads == await client.heads()
    begun = await client.post("/v1/basket/items", json={"product_id": item})
    known = key | {"Storeline-Basket": begun.headers["Storeline-Basket"]}
    answers = [await client.post("/v1/basket/items", json={"product_id": item}, headers=known) for _ in range(2)]
    assert [2, 2] == [each.json()["units"] for each in answers]


@pytest.mark.proves("BAS-11")
async def test_a_basket_is_taken_over_at_signing_in_and_then_ordered(client: Client) -> None:
    item = str(await client.listed())
    anonymous = await client.post("/v1/basket/items", json={"product_id": item, "quantity": 2})
    alice = bearer(shops.CUSTOMER)
    merge = {"Storeline-Basket": anonymous.headers["Storeline-Basket"]} | alice
    merged = await client.post("/v1/basket/merge", json={}, headers=merge)
    again = await client.post("/v1/basket/merge", json={}, headers=merge)
    without = await client.post("/v1/basket/merge", json={}, headers=alice)

    assert 2 == merged.json()["basket"]["units"] == again.json()["basket"]["units"]
    assert "basket-token-required" == check_problem(without, 400)["code"]

    checkout = alice | {"Idempotency-Key": "one", "If-Match": merged.headers["ETag"]}
    order = await client.post("/v1/basket/checkout", json={"address": ADDRESS}, headers=checkout)
    otherwise = await client.post(
        "/v1/basket/checkout", json={"address": ADDRESS}, headers=checkout | {"Idempotency-Key": "two"}
    )
    assert 201 == order.status_code == otherwise.status_code
    assert order.json() == otherwise.json()
    assert f"/v1/orders/{order.json()['order_id']}" == order.headers["Location"]
    assert 0 == (await client.delete("/v1/basket", headers=alice | {"If-Match": "*"})).json()["units"]


@pytest.mark.proves("P13")
@pytest.mark.parametrize("name", [name for name in ALL if ROUTES[name].prices or name.endswith("/draft")])
async def test_what_asks_for_prices_waits_for_those_that_its_caller_knows(live: Client, name: str) -> None:
    world = await make_world(live)
    live.app.state.shop = replace(live.shop, read_after_wait=0.01)
    heads = await live.heads()
    late = await world.send(name, headers={"Storeline-After": f"catalog={heads['catalog'] + 1}, ordering=1"})

    assert 1 == check_problem(late, 503)["fields"]["lag"]
    assert heads == await live.heads()
    known = await world.send(name, headers={"Storeline-After": f"catalog={heads['catalog']}, ordering=99999"})
    assert known.is_success, known.text
    check_problem(await world.send(name, headers={"Storeline-After": "warehouse=1"}), 400)


async def test_a_draft_costs_what_the_order_will_and_records_nothing(world: World) -> None:
    heads = await world.client.heads()
    draft = await world.send("POST /v1/orders/draft")

    assert 200 == draft.status_code
    assert heads == await world.client.heads()
    order = await world.send("POST /v1/orders")
    assert draft.json()["total"] == order.json()["total"]


@pytest.mark.parametrize("name", [name for name in COMMANDS if ROUTES[name].begins])
async def test_what_does_not_exist_yet_matches_no_version(world: World, name: str) -> None:
    heads = await world.client.heads()
    for tag in ('"1"', "*"):
        problem = check_problem(await world.send(name, headers={"If-Match": tag}), 412)
        assert "nothing-to-match" == problem["code"]
    assert heads == await world.client.heads()


async def test_a_note_is_known_by_its_id(world: World) -> None:
    name = "POST /v1/orders/{order_id}/notes"
    first, again = [await world.send(name, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    history = await world.send("GET /v1/orders/{order_id}/history")

    assert first.json() == again.json()
    assert [first.json()["note_id"]] == [
        each["data"]["note_id"] for each in history.json()["items"] if each["type"] == "ordering.NoteAdded"
    ]


async def test_prices_are_the_catalogues(world: World) -> None:
    lines = [{"product_id": world.ids["item_id"], "quantity": 2, "unit_price": {"amount": "0.01", "currency": "USD"}}]

    check_problem(await world.send("POST /v1/orders", {"lines": lines, "address": ADDRESS}), 422)


async def test_a_history_shows_what_was_recorded_page_by_page(world: World) -> None:
    path = f"/v1/orders/{world.ids['order_id']}/history"
    notes = "POST /v1/orders/{order_id}/notes"
    for index in range(5):
        await world.send(notes, {"text": f"note {index}"})
    await world.send(notes, {"text": "for us", "kind": "internal"}, headers=bearer(shops.STAFF))

    hers = await world.client.paged(path, 2, bearer(shops.CUSTOMER))
    staffs = await world.client.paged(path, 2, bearer(shops.STAFF))
    assert [1, 2, 3, 4, 5, 6] == [each["version"] for each in hers]
    assert [1, 2, 3, 4, 5, 6, 7] == [each["version"] for each in staffs]
    assert "ordering.OrderPlaced" == hers[0]["type"]
    assert {shops.CUSTOMER} == {each["actor"] for each in hers}
    assert shops.STAFF == staffs[-1]["actor"]


async def test_a_cursor_continues_only_what_it_was_given_for(world: World) -> None:
    path = f"/v1/orders/{world.ids['order_id']}/history"
    await world.send("POST /v1/orders/{order_id}/notes")
    cursor = (await world.client.get(f"{path}?limit=1", headers=bearer(shops.CUSTOMER))).json()["next"]
    item = f"/v1/catalog/items/{world.ids['item_id']}/history?cursor={cursor}"
    turned = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")

    check_problem(await world.client.get(item, headers=bearer(shops.STAFF)), 422)
    check_problem(await world.client.get(f"{path}?cursor={turned}", headers=bearer(shops.CUSTOMER)), 422)
    assert 200 == (await world.client.get(f"{path}?cursor={cursor}", headers=bearer(shops.CUSTOMER))).status_code


async def test_the_tokens_key_is_the_only_thing_between_a_basket_and_the_world() -> None:
    async with client_in_memory() as client:
        item = str(await client.listed())
        made = await client.post("/v1/basket/items", json={"product_id": item})
        token = made.headers["Storeline-Basket"]
        history = await client.get("/v1/basket/history", headers={"Storeline-Basket": token})
        nobodys = await client.get("/v1/basket/history")

    assert 2 == len(history.json()["items"])
    assert [] == nobodys.json()["items"]
    assert UUID(made.json()["basket_id"])
