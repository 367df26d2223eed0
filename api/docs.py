"""The OpenAPI document and a page that shows it, all of it from here: nothing is loaded from elsewhere."""

import gzip
from functools import cache
from pathlib import Path

import msgspec
from litestar import MediaType, Router, get
from litestar.params import FromPath
from litestar.response import Response

from api.openapi import document
from api.problems import no_such_page
from api.requests import Request

_ASSETS = Path(__file__).parent / "assets"

_KINDS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "page.js": "text/javascript",
}

_PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Storeline API</title>
<link rel="stylesheet" href="/schema/assets/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/schema/assets/swagger-ui-bundle.js"></script>
<script src="/schema/assets/page.js"></script>
</body>
</html>
"""

# Swagger UI styles its elements in place, hence the one allowance.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def asset(name: str) -> bytes:
    """The file's content, compressed."""
    kept = _ASSETS / f"{name}.gz"
    return kept.read_bytes() if kept.exists() else gzip.compress((_ASSETS / name).read_bytes(), mtime=0)


@get("/", media_type=MediaType.HTML)
async def show_documentation() -> Response[bytes]:
    """Show the documentation of this API"""
    return Response(_PAGE, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


@get("/openapi.json")
async def get_openapi(request: Request) -> Response[bytes]:
    """Get the OpenAPI document"""
    body = msgspec.json.encode(document(request.app))
    return Response(body, headers={"Cache-Control": "no-cache"})


@get("/assets/{name:str}", media_type="*/*")
async def get_documentation_asset(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Get a part of the documentation's page"""
    if name not in _KINDS:
        raise no_such_page()
    body, headers = asset(name), {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, media_type=_KINDS[name], headers=headers)


ROUTER = Router("/schema", route_handlers=[show_documentation, get_openapi, get_documentation_asset])
