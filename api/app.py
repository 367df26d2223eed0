"""Puts the routes together: `create_app(shop)` is the whole interface."""

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide

from api import (
    basket,
    catalog,
    docs,
    inventory,
    ordering,
    payment_methods,
    payments,
    promotions,
    reports,
    returns,
    system,
)
from api.access import DOCS, ROUTES
from api.body import MOST_BYTES, JsonBody
from api.commands import InFlight
from api.cursors import Cursors
from api.edge import edge
from api.gate import Query, admit, close, methods
from api.metrics import Metrics
from api.problems import HANDLERS
from api.requests import Request
from api.shop import Shop

REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Storeline-After",
    "Storeline-Basket",
    "Storeline-Correlation",
)
RESPONSE_HEADERS = (
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "Retry-After",
    "Storeline-Basket",
    "Storeline-Correlation",
    "Storeline-Position",
)


def create_app(shop: Shop) -> Litestar:
    """The application. Raises LookupError when a route is missing from the table of who may call it."""
    metrics = Metrics()
    app = Litestar(
        route_handlers=[
            *(catalog.ROUTER, basket.ROUTER, ordering.ROUTER, returns.ROUTER, promotions.ROUTER, reports.ROUTER),
            inventory.ROUTER,
            *(payments.ROUTER, payment_methods.ROUTER),
            *system.HANDLERS,
            *([docs.ROUTER] if shop.docs else []),
        ],
        state=State({"shop": shop, "metrics": metrics, "in_flight": InFlight(), "cursors": Cursors(shop.tokens.key)}),
        request_class=Request,
        request_max_body_size=MOST_BYTES,
        before_request=admit,
        dependencies={"asked": Provide(_asked, sync_to_thread=False)},
        dto=JsonBody,
        return_dto=None,
        exception_handlers=HANDLERS,
        cors_config=CORSConfig(
            allow_origins=[*shop.origins],
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=list(REQUEST_HEADERS),
            expose_headers=list(RESPONSE_HEADERS),
            max_age=600,
        )
        if shop.origins
        else None,
        openapi_config=None,
        logging_config=None,
    )
    close(app, ROUTES | (DOCS if shop.docs else {}))
    app.asgi_handler = edge(app.asgi_handler, metrics, methods(app))
    return app


def _asked(request: Request) -> Query:
    """What the gate has read of the query string."""
    asked: Query = request.context.asked
    return asked
