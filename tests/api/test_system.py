"""What those who run the shop can see of it."""

import asyncio

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from application.store import StoreUnavailable
from projections.followers import FollowerStatus, State
from tests.api import shops
from tests.api.shops import Client, client_in_memory

pytestmark = pytest.mark.anyio


async def fine() -> None:
    await asyncio.sleep(0)


async def broken() -> None:
    raise OSError("canary")


async def stuck() -> None:
    await asyncio.sleep(3600)


async def test_a_process_that_answers_is_alive_whatever_else_is_not() -> None:
    async with client_in_memory(checks={"database": broken}) as client:
        assert {"status": "ok"} == (await client.get("/health/live")).json()


async def test_a_shop_is_ready_when_everything_it_needs_works() -> None:
    async with client_in_memory(checks={"database": fine, "cache": fine}) as client:
        response = await client.get("/health/ready")

    assert 200 == response.status_code
    assert {"status": "ok", "checks": {"database": "ok", "cache": "ok", "followers": "ok"}} == response.json()


@pytest.mark.proves("F31")
@pytest.mark.parametrize("state", [State.FAULTED, State.STOPPED])
async def test_a_follower_that_stands_still_shows_and_does_not_take_the_shop_away(state: State) -> None:
    async def followers() -> list[FollowerStatus]:
        return [replace(shops.FOLLOWERS[0], state=state), shops.FOLLOWERS[0]]

    async with client_in_memory(followers=followers, checks={"database": fine}) as client:
        response = await client.get("/health/ready")

    assert 200 == response.status_code
    assert {"status": "degraded", "checks": {"database": "ok", "followers": "failing"}} == response.json()


@pytest.mark.proves("P22")
@pytest.mark.parametrize("check", [broken, stuck])
async def test_a_shop_is_not_ready_when_one_thing_fails_or_hangs(
    check: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.system._CHECK_SECONDS", 0.05)
    async with client_in_memory(checks={"database": check, "cache": fine}) as client:
        response = await client.get("/health/ready")

    assert 503 == response.status_code
    expected = {"database": "failing", "cache": "ok", "followers": "ok"}
    assert {"status": "failing", "checks": expected} == response.json()
    assert "canary" not in response.text


async def test_requests_are_counted_by_route_and_never_by_what_stands_in_it() -> None:
    async with client_in_memory() as client:
        for path in ("/health/live", "/health/live", "/nowhere/1", "/nowhere/2", "/v1/orders/1", "/v1/nothing"):
            await client.get(path)
        await client.request("BREW", "/health/live")
        families = {each.name: each for each in text_string_to_metric_families((await client.get("/metrics")).text)}

    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in families["storeline_http_requests"].samples
        if sample.name.endswith("_total")
    }
    assert 2 == counted["GET", "/health/live", "200"]
    assert 4 == counted["*", "", "404"]
    assert 1 == counted["*", "", "405"]
    assert {"GET", "*"} == {method for method, _, _ in counted}
    assert "storeline_http_request_seconds" in families


async def test_how_the_followers_do_is_shown(client: Client) -> None:
    page = (await client.get("/metrics")).text

    assert 'storeline_follower_lag_events{follower="order_summary_v1"} 0.0' in page
    assert 'storeline_follower_healthy{follower="order_summary_v1"} 1.0' in page
    assert 'storeline_log_head{context="ordering"} 7.0' in page


@pytest.mark.parametrize(("seconds", "said"), [(12.5, "12.5"), (None, "+Inf")])
async def test_the_lag_of_a_follower_that_stands_still_does_not_vanish(seconds: float | None, said: str) -> None:
    async def faulted() -> list[FollowerStatus]:
        return [replace(shops.FOLLOWERS[0], state=State.FAULTED, lag_events=3, lag_seconds=seconds)]

    async with client_in_memory(followers=faulted) as client:
        page = (await client.get("/metrics")).text

    assert f'storeline_follower_lag_seconds{{follower="order_summary_v1"}} {said}' in page
    assert 'storeline_follower_healthy{follower="order_summary_v1"} 0.0' in page


@pytest.mark.proves("P22")
async def test_without_a_database_the_other_figures_are_shown() -> None:
    async def away() -> list[FollowerStatus]:
        raise StoreUnavailable

    async with client_in_memory(followers=away) as client:
        page = await client.get("/metrics")

    assert 200 == page.status_code
    assert "storeline_http_requests" in page.text
    assert "order_summary" not in page.text
