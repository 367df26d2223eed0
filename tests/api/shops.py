"""Shops to test the interface against: the whole application over an event store, and callers of every role."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.cache.memory import MemoryCache
from adapters.embedding.static import StaticEmbedder
from adapters.eventstore.memory import MemoryEventStore
from adapters.postgres.pools import make_pool
from api.app import create_app
from api.shop import Commands, Shop
from api.tokens import Tokens
from application import ordering
from application.commands import DryRun
from application.ports import Offer, Pricing
from application.store import Call, EventStore
from application.tariff import flat
from domain import basket, catalog, inventory, payment
from domain import ordering as orders
from domain.catalog import ITEM
from domain.catalog.values import Status, primary_picture
from domain.ordering import ORDER
from domain.payment import WALLET, wallet_stream
from projections.availability import AVAILABILITY
from projections.basket import BASKET
from projections.best_sellers import BEST_SELLERS
from projections.cart_metrics import CART_METRICS
from projections.catalog_search import CATALOG_SEARCH
from projections.conversion import CONVERSION
from projections.disputes import DISPUTES
from projections.followers import FollowerStatus, State
from projections.freshness import Freshness
from projections.item_page import ITEM_PAGE
from projections.money_moved import MONEY_MOVED
from projections.order_detail import ORDER_DETAIL
from projections.order_history import ORDER_HISTORY
from projections.order_summary import ORDER_SUMMARY
from projections.parcels import PARCELS
from projections.payment_methods import WALLETS
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import PAYMENTS
from projections.product_sales import PRODUCT_SALES
from projections.promotions import PROMOTIONS
from projections.refunds import REFUNDS
from projections.returns import RETURNS
from projections.reviews import REVIEWS
from projections.stock import ALL as STOCK
from projections.taxonomy import BRANDS, CATEGORIES, TYPES
from tests.application.market import Shelves
from tests.projections.logs import follow

PROJECTIONS = (
    *(ITEM_PAGE, CATALOG_SEARCH, BRANDS, TYPES, CATEGORIES, REVIEWS, AVAILABILITY, BASKET, CART_METRICS, CONVERSION),
    *(ORDER_DETAIL, ORDER_HISTORY, ORDER_SUMMARY, PARCELS, RETURNS, BEST_SELLERS, PRODUCT_SALES, PROMOTIONS),
    *STOCK,
    *(PAYMENTS, REFUNDS, DISPUTES, WALLETS, MONEY_MOVED, PAYMENT_STEPS),
)

TOKENS = Tokens("a key that is used in tests alone, and long enough for all of the algorithms")
CURRENCY = "USD"
CONTEXTS = (catalog.CONTEXT, basket.CONTEXT, orders.CONTEXT, inventory.CONTEXT, payment.CONTEXT)
TILL_RULES = orders.Rules(most_pending=1000)

EMBEDDER = StaticEmbedder()
PICTURES = {"items/alpine-parka.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
FOLLOWERS = [
    FollowerStatus(
        name="order_summary_v1",
        context="ordering",
        state=State.RUNNING,
        position=7,
        head=7,
        lag_events=0,
        lag_seconds=0,
        holder="one",
    )
]

ANONYMOUS = None
CUSTOMER, OTHER, STAFF, ADMIN = "alice", "mallory", "sam", "ada"
ROLES = {CUSTOMER: "customer", OTHER: "customer", STAFF: "staff", ADMIN: "admin"}

ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


class CatalogStreams:
    """The `Pricing` port, answered from the items' streams: as the read model would answer without any lag."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def offers(self, product_ids: Sequence[UUID]) -> dict[UUID, Offer]:
        streams = await self._store.load_many(ITEM, list(product_ids))
        return {
            id: Offer(
                id,
                stream.state.name,
                stream.state.price,
                primary_picture(stream.state.images),
                stream.state.status is Status.ACTIVE,
                0,
            )
            for id, stream in streams.items()
            if stream.state.price is not None
        }


class WalletStreams:
    """The `PaymentMethods` port, answered from the wallets' streams."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def owns(self, buyer_id: str, payment_method_id: UUID) -> bool:
        id = wallet_stream(buyer_id)
        return payment_method_id in (await self._store.load_many(WALLET, [id]))[id].state.methods


def commands(store: EventStore, till: ordering.Till) -> Commands:
    common = {"store": store, "new_id": uuid7, "till": till, "currency": CURRENCY}
    return Commands.bound(
        catalog_needs=common,
        basket_needs=common | {"pricing": till.pricing, "rules": basket.Rules()},
        ordering_needs=common | {"rules": TILL_RULES},
        inventory_needs=common | {"pricing": till.pricing},
        payment_needs=common | {"rules": payment.Rules(most_methods=1000)},
    )


def make_shop(
    store: EventStore, reads: AsyncConnectionPool[AsyncConnection], pricing: Pricing | None = None, **more: Any
) -> Shop:
    quote = flat(Decimal("0.08"), Decimal("4.90"))
    till = ordering.Till(pricing or CatalogStreams(store), quote, Shelves(), WalletStreams(store), TILL_RULES, CURRENCY)

    async def picture(key: str) -> bytes | None:
        return PICTURES.get(key)

    async def followers() -> list[FollowerStatus]:
        return FOLLOWERS

    given: dict[str, Any] = {
        "commands": commands(store, till),
        "rehearsal": commands(DryRun(store), till),
        "draft_order": partial(ordering.draft_order, store=store, till=till),
        "store": store,
        "tokens": TOKENS,
        "cache": MemoryCache(100),
        "embedder": EMBEDDER,
        "picture": picture,
        "followers": followers,
        "reads": reads,
        "freshness": Freshness(reads),
        "read_after_wait": 2.0,
        "checks": {},
        "docs": True,
    }
    return Shop(**(given | more))


def shop_in_memory(**more: Any) -> Shop:
    """A shop whose events live in memory, and whose read models cannot be reached."""
    return make_shop(MemoryEventStore(CONTEXTS), make_pool("host=127.0.0.1 port=1", "nowhere"), **more)


def bearer(
    subject: str | None, roles: Collection[str] = (), lifetime: timedelta = timedelta(hours=1)
) -> dict[str, str]:
    """The header by which a caller is known; none for somebody unknown."""
    if subject is None:
        return {}
    roles = frozenset(roles or {ROLES[subject]})
    return {"Authorization": f"Bearer {TOKENS.mint(subject, roles, now=datetime.now(UTC), lifetime=lifetime)}"}


ALICE, MALLORY, SAM, ADA = (bearer(subject) for subject in (CUSTOMER, OTHER, STAFF, ADMIN))


def keyed(headers: dict[str, str], key: str = "") -> dict[str, str]:
    """With an idempotency key: a new one, unless one is given."""
    return headers | {"Idempotency-Key": key or str(uuid7())}


class Client(httpx.AsyncClient):
    """Speaks to an application in this process. Whatever goes wrong inside it is an answer, as it would be outside."""

    def __init__(self, app: Litestar) -> None:
        asgi: Any = app  # the two libraries describe the same protocol in types that do not meet
        super().__init__(transport=httpx.ASGITransport(app=asgi, raise_app_exceptions=False), base_url="http://shop")
        self.app = app
        self.shop: Shop = app.state.shop

    async def catch_up(self) -> None:
        """Brings the read models to the end of the logs; there are none in memory."""
        if not self.shop.reads.closed:
            for projection in PROJECTIONS:
                await follow(projection, self.shop.store, self.shop.reads, embedder=EMBEDDER)

    async def heads(self) -> dict[str, int]:
        """How far each log has come: nothing was recorded when they stay where they are."""
        return {context.name: await self.shop.store.head(context.name) for context in CONTEXTS}

    async def paged(self, path: str, limit: int, headers: dict[str, str] | None = None, **asked: str) -> list[Any]:
        """All items of a list, read in pages of `limit`."""
        items: list[Any] = []
        while True:
            response = await self.get(path, params=asked | {"limit": str(limit)}, headers=headers)
            assert response.status_code == 200, response.text
            page = response.json()
            items += page["items"]
            if page["next"] is None:
                assert len(page["items"]) <= limit
                return items
            assert len(page["items"]) == limit
            asked["cursor"] = page["next"]

    async def listed(self, price: str = "19.99", **more: Any) -> UUID:
        """The id of a new item."""
        body = {"name": "Alpine Parka", "slug": f"parka-{uuid7()}", "sku": f"AP-{uuid7().hex[-20:]}"}
        response = await self.post(
            "/v1/catalog/items",
            json=body | {"price": {"amount": price, "currency": CURRENCY}} | more,
            headers=bearer(STAFF),
        )
        assert response.status_code == 201, response.text
        return UUID(response.json()["id"])

    async def ordered(self, subject: str = CUSTOMER, quantity: int = 2, *items: str) -> UUID:
        """The id of a new order of `subject`: of these items, or of one that is new."""
        lines = [{"product_id": item, "quantity": quantity} for item in items or [str(await self.listed())]]
        response = await self.post(
            "/v1/orders",
            json={"lines": lines, "address": ADDRESS},
            headers=keyed(bearer(subject)),
        )
        assert response.status_code == 201, response.text
        return UUID(response.json()["order_id"])

    async def paid(self, order_id: UUID) -> None:
        """Takes an order through its validation and payment, as stock and payment would."""
        call = Call(actor="system:test", now=datetime.now(UTC), correlation_id="test")
        order = await self.shop.store.load(ORDER, order_id)
        for decide in (orders.request_validation, orders.confirm_stock, orders.authorise, orders.allocate):
            order.add(decide(order.state))
        order.add(orders.pay(order.state, order_id))
        await self.shop.store.save(order, call=call, result=None)

    async def shipped(self, order_id: UUID) -> None:
        await self.paid(order_id)
        sent = await self.post(
            f"/v1/orders/{order_id}/ship",
            json={"carrier": "DHL", "tracking_number": "JD014600003828"},
            headers=bearer(STAFF),
        )
        assert sent.status_code == 200, sent.text


def client_in_memory(**more: Any) -> Client:
    return Client(create_app(shop_in_memory(**more)))
