"""The stock over HTTP: for those who work for the shop."""

from litestar import Router

from api.inventory import reservations, shelves, suppliers

ROUTER = Router("/v1/inventory", route_handlers=[*shelves.HANDLERS, *reservations.HANDLERS, *suppliers.HANDLERS])
