"""Where everything meets: what each kind of process is made of."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from uuid_utils.compat import uuid7

from adapters import logs
from adapters.asgi import ASGIApp, Lazy
from adapters.cache.invalidation import PAGES, invalidate
from adapters.cache.memory import MemoryCache
from adapters.cache.redis import RedisCache
from adapters.contexts import CONTEXTS, NAMES, SCHEMAS
from adapters.databases import secret
from adapters.deadlines import deadlines
from adapters.embedding.http import HttpEmbedder
from adapters.embedding.static import StaticEmbedder
from adapters.eventstore.store import PostgresEventStore
from adapters.followers import everything
from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.followers.chores import ForgetCommands
from adapters.followers.engine import Engine
from adapters.followers.follower import Chore, Follower, Listener
from adapters.followers.status import Watch, status
from adapters.gateway.ledger import PostgresLedger
from adapters.gateway.sandbox import SandboxGateway
from adapters.postgres.pools import PoolSettings, make_read_pool
from adapters.pricing import GatheredPricing
from adapters.processes import exit_with
from adapters.rabbit.publisher import Publisher
from adapters.rabbit.reactor import RabbitReactor
from adapters.rabbit.relay import Relay
from adapters.rabbit.relay import name_of as relay_of
from adapters.rules import basket_rules, order_rules, payment_rules, quote, stock_rules
from adapters.seed import picture
from adapters.settings import Settings, load
from adapters.stock import GatheredStock
from api.app import create_app
from api.shop import Commands, Shop
from api.tokens import Tokens
from application import ordering
from application.cache import Cache
from application.commands import DryRun
from application.embedding import Embedder
from application.payment import PaymentGateway
from application.reactors import reactors
from application.store import EventStore
from domain.kernel import NotFound
from projections.freshness import Freshness
from projections.kernel import EMBEDDING_DIMENSIONS
from projections.payment_methods import StoredMethods
from projections.pricing import CatalogPricing
from projections.reading import NotServed
from projections.registry import ALL
from projections.stock import StockLevels

_WRITE_SECONDS = 0.5
"""What a write may take once it has the log's lock."""


RELAYS = tuple(relay_of(context) for context in NAMES)


def pool_settings(settings: Settings) -> PoolSettings:
    return PoolSettings(
        min_size=settings.pool_min,
        max_size=settings.pool_max,
        timeout=settings.pool_wait.total_seconds(),
        max_idle=settings.pool_idle.total_seconds(),
        max_lifetime=settings.pool_lifetime.total_seconds(),
        connect_timeout=max(1, round(settings.connect_timeout.total_seconds())),
        statement_timeout=settings.statement_timeout.total_seconds(),
        lock_timeout=settings.lock_timeout.total_seconds(),
    )


def _for_followers(settings: Settings) -> PoolSettings:
    """All followers work at once, each for a moment; those that build their tables use two connections for longer."""
    return replace(pool_settings(settings), max_size=settings.pool_max + 2 * everything.BUILDS)


@asynccontextmanager
async def event_store(settings: Settings, urls: Mapping[str, str]) -> AsyncIterator[PostgresEventStore]:
    lock_timeout = settings.lock_timeout.total_seconds()
    async with PostgresEventStore(
        CONTEXTS,
        urls,
        reading=pool_settings(settings),
        lock_timeout=lock_timeout,
        patience=lock_timeout + _WRITE_SECONDS,
    ) as store:
        yield store


@asynccontextmanager
async def embedder(settings: Settings) -> AsyncIterator[Embedder]:
    if settings.embedder == "static":
        yield StaticEmbedder()
        return
    key = settings.embedder_key.get_secret_value() if settings.embedder_key else None
    async with HttpEmbedder(
        settings.embedder_url or "",
        settings.embedder_model or "",
        EMBEDDING_DIMENSIONS,
        key=key,
        timeout=settings.embedder_timeout.total_seconds(),
    ) as remote:
        yield remote


@asynccontextmanager
async def cache(settings: Settings) -> AsyncIterator[Cache]:
    if settings.redis_url is None:
        yield MemoryCache(settings.cache_entries)
        return
    shared = RedisCache(settings.redis_url.get_secret_value())
    try:
        yield shared
    finally:
        await shared.aclose()


@asynccontextmanager
async def gateway(settings: Settings, urls: Mapping[str, str]) -> AsyncIterator[PaymentGateway]:
    """What takes the money. The sandbox keeps its books where the payments are, in a schema of its own."""
    async with PostgresLedger(urls["payment"]) as ledger, SandboxGateway(ledger) as sandbox:
        yield sandbox


def tokens(settings: Settings) -> Tokens:
    """What mints and verifies the tokens of callers."""
    return Tokens(secret(settings))


@asynccontextmanager
async def serving(settings: Settings, urls: Mapping[str, str]) -> AsyncIterator[Shop]:
    """All that the API calls."""
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(event_store(settings, urls))
        reads = await opened.enter_async_context(make_read_pool(urls["read"], "reads", pool_settings(settings)))
        kept = await opened.enter_async_context(cache(settings))
        embeds = await opened.enter_async_context(embedder(settings))
        freshness = Freshness(reads)
        till = ordering.Till(
            GatheredPricing(CatalogPricing(reads), reads.patience),
            quote(settings),
            GatheredStock(StockLevels(reads), reads.patience),
            StoredMethods(reads),
            order_rules(settings),
            settings.currency,
        )
        watched = await opened.enter_async_context(followers(settings, store, reads, embeds))
        shop = Shop(
            commands=_commands(settings, store, till),
            rehearsal=_commands(settings, DryRun(store), till),
            draft_order=partial(ordering.draft_order, store=store, till=till),
            store=store,
            tokens=tokens(settings),
            cache=kept,
            reads=reads,
            freshness=freshness,
            embedder=embeds,
            picture=_picture,
            followers=Watch(lambda: status(watched, store, reads)),
            read_after_wait=settings.read_after_wait.total_seconds(),
            cache_seconds=settings.cache_lifetime.total_seconds(),
            reservation_lifetime=settings.reservation_lifetime,
            checks=_checks(store, freshness),
            origins=settings.origins,
            docs=settings.shows_docs,
        )
        watching = asyncio.create_task(invalidate(kept, store, lambda: freshness.shown(PAGES)))
        opened.callback(watching.cancel)
        yield shop


class NoSuchFollower(NotFound):
    code = "no-such-follower"

    def __init__(self, unknown: Collection[str], known: Collection[str]) -> None:
        super().__init__(
            f"There is no follower {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}.",
            unknown=sorted(unknown),
        )


@asynccontextmanager
async def followers(
    settings: Settings, store: EventStore, pool: Pool, embeds: Embedder
) -> AsyncIterator[list[Follower]]:
    """All that follow a log here, to be worked or to be asked how they do: the relays too, where there is a broker."""
    async with AsyncExitStack() as opened:
        hearing = reactors(stock_rules(settings), settings.gateway) if settings.reactors == "log" else ()
        yield [*everything.followers(store, pool, embeds, hearing), *_relays(settings, pool, opened)]


@asynccontextmanager
async def following(settings: Settings, urls: Mapping[str, str], only: Collection[str] = ()) -> AsyncIterator[Engine]:
    """The engine with all followers, chores and listeners, or `only` those of these names or of these contexts.

    Raises NoSuchFollower.
    """
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(event_store(settings, urls))
        pool = await opened.enter_async_context(make_follower_pool(urls["read"], _for_followers(settings)))
        embeds = await opened.enter_async_context(embedder(settings))
        worked = await opened.enter_async_context(followers(settings, store, pool, embeds))
        pays = await opened.enter_async_context(gateway(settings, urls))
        tickers = everything.tickers(pool, deadlines(settings, store, pays))
        for ticker in tickers:
            opened.push_async_callback(ticker.finish)
        chores: list[Chore] = [
            *everything.chores(pool, embeds),
            *tickers,
            *(ForgetCommands(context, store, settings.idempotency_lifetime) for context in NAMES),
        ]
        listeners = _listeners(settings, store)
        homes = {each.name: everything.home_of(each) for each in worked}
        homes |= {each.name: each.context for each in (*chores, *listeners)}
        if unknown := set(only) - homes.keys() - set(NAMES):
            raise NoSuchFollower(unknown, homes.keys() | set(NAMES))
        wanted = {name for name, home in homes.items() if not only or not {name, home}.isdisjoint(only)}
        yield Engine(
            [each for each in worked if each.name in wanted],
            [each for each in chores if each.name in wanted],
            [each for each in listeners if each.name in wanted],
            store=store,
            pool=pool,
            listen={context: urls[context] for context in NAMES},
        )


def api_worker() -> ASGIApp:
    """The application of one server process, working with the databases that the environment names."""
    settings = load()
    logs.configure(settings.log_level)
    exit_with(os.getppid())
    urls = {schema: url for schema in SCHEMAS if (url := settings.database(schema))}

    @asynccontextmanager
    async def application() -> AsyncIterator[ASGIApp]:
        async with serving(settings, urls) as shop:
            app: Any = create_app(shop)  # Litestar describes the same protocol in types of its own
            gc.collect()
            gc.freeze()  # what is there now stays: the collector need not look at it again and again
            yield app

    return Lazy(application)


def _commands(settings: Settings, store: EventStore, till: ordering.Till) -> Commands:
    common = {"store": store, "new_id": uuid7, "currency": settings.currency}
    return Commands.bound(
        catalog_needs=common,
        basket_needs=common | {"pricing": till.pricing, "till": till, "rules": basket_rules(settings)},
        ordering_needs=common | {"till": till, "rules": till.rules},
        inventory_needs=common | {"pricing": till.pricing},
        payment_needs=common | {"rules": payment_rules(settings)},
    )


def _relays(settings: Settings, pool: Pool, opened: AsyncExitStack) -> list[Relay]:
    """One for each context's log, closed with the rest; none without a broker."""
    if settings.amqp_url is None:
        return []
    relays = [Relay(context, Publisher(settings.amqp_url.get_secret_value()), pool) for context in NAMES]
    for relay in relays:
        opened.push_async_callback(relay.close)
    return relays


def _listeners(settings: Settings, store: EventStore) -> list[Listener]:
    """The reactors that hear RabbitMQ."""
    if settings.reactors == "log" or settings.amqp_url is None:
        return []
    url = settings.amqp_url.get_secret_value()
    return [RabbitReactor(each, store, url) for each in reactors(stock_rules(settings), settings.gateway)]


async def _picture(key: str) -> bytes | None:
    """The drawn pictures of the seed catalogue, `items/<name>.webp`."""
    folder, _, file = key.partition("/")
    name, _, kind = file.partition(".")
    try:
        return picture(name) if (folder, kind) == ("items", "webp") else None
    except KeyError:
        return None


def _checks(store: EventStore, freshness: Freshness) -> dict[str, Callable[[], Awaitable[None]]]:
    """What readiness asks: each log and the read models are really read."""

    def log_of(context: str) -> Callable[[], Awaitable[None]]:
        async def check() -> None:
            await store.head(context)

        return check

    async def read_models() -> None:
        served = await freshness.positions()
        if missing := tuple(each for each in ALL if each.name not in served):
            raise NotServed(missing)

    return {context: log_of(context) for context in NAMES} | {"read": read_models}
