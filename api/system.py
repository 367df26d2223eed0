"""Whether the shop is well, and what it does: for those who run it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal, TypeAlias

import msgspec
import psycopg
import structlog
from litestar import get
from litestar.response import Response

from api.paging import Page
from api.requests import Request
from application.store import StoreUnavailable
from projections.followers import FollowerStatus, State

log = structlog.get_logger()

_CHECK_SECONDS = 3.0
"""Time for what gives up by itself to do so. A read that is cancelled asks the server to stop, and waits for that."""


Check: TypeAlias = Callable[[], Awaitable[None]]

_FOLLOWERS = "followers"


class StandingStill(Exception):
    """Followers are faulted, or no process works them."""


class Live(msgspec.Struct, frozen=True):
    status: Literal["ok"] = "ok"


class Ready(msgspec.Struct, frozen=True):
    """`degraded`: the shop serves, and a follower stands still: what it shows or does falls behind."""

    status: Literal["ok", "degraded", "failing"]
    checks: dict[str, Literal["ok", "failing"]]


@get("/health/live")
async def check_live() -> Response[Live]:
    """Check that this process answers"""
    return Response(Live())


@get("/health/ready", otherwise={503: Ready})
async def check_ready(request: Request) -> Response[Ready]:
    """Check that everything needed to serve works: each part is really used"""
    shop = request.shop
    checks: dict[str, Check] = {**shop.checks, _FOLLOWERS: partial(_check_followers, shop.followers)}
    outcomes = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
    passed = dict(zip(checks, outcomes, strict=True))
    results: dict[str, Literal["ok", "failing"]] = {name: "ok" if fine else "failing" for name, fine in passed.items()}
    if all(passed.values()):
        return Response(Ready("ok", results))
    if all(passed[name] for name in shop.checks):
        return Response(Ready("degraded", results))
    return Response(Ready("failing", results), status_code=503, headers={"Retry-After": "5"})


async def _check_followers(followers: Callable[[], Awaitable[list[FollowerStatus]]]) -> None:
    if still := [each.name for each in await followers() if each.state in (State.FAULTED, State.STOPPED)]:
        raise StandingStill(still)


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # whatever is wrong with it, the answer is that it is
        log.warning("check failed", check=name, error=type(error).__name__)
        return False
    return True


@get("/v1/projections")
async def list_projections(request: Request) -> Response[Page[FollowerStatus]]:
    """List everything that follows a log, and how far each has come"""
    return Response(Page(await request.shop.followers()))


@get("/metrics", media_type="text/plain; version=0.0.4")
async def get_metrics(request: Request) -> Response[bytes]:
    """Get the figures that Prometheus scrapes"""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            followers = await request.shop.followers()
    except (StoreUnavailable, psycopg.Error, TimeoutError) as error:  # the other figures are wanted most just then
        log.warning("followers unknown", error=type(error).__name__)
        followers = []
    return Response(request.app.state.metrics.page(followers))


HANDLERS = [check_live, check_ready, list_projections, get_metrics]
