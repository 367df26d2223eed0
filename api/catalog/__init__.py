"""The catalogue over HTTP: items, and the brands, types and categories that they are sorted by."""

from litestar import Router

from api.catalog import commands, pictures, queries

ROUTER = Router("/v1/catalog", route_handlers=[*commands.HANDLERS, *queries.HANDLERS, pictures.get_item_picture])
