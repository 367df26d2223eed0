"""Pictures of items: those that the shop keeps itself are sent, those elsewhere are pointed at."""

import re
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from api import conditions
from api.problems import no_such_page
from api.queries import digest, look
from api.requests import Request
from projections import item_page

_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_KINDS = {"webp": "image/webp", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}


@get("/items/{item_id:uuid}/pictures/{number:str}", media_type="image/*", answers=bytes, otherwise={302: None})
async def get_item_picture(request: Request, item_id: FromPath[UUID], number: FromPath[str]) -> Response[bytes]:
    """Get a picture of an item; 1 is the first"""
    if not _NUMBER.fullmatch(number):
        raise no_such_page()
    seen = await look(request, item_page.images, item_id)
    images = seen.value or ()
    if int(number) > len(images):
        raise no_such_page({"Storeline-Position": conditions.written(seen.positions)})
    picture = images[int(number) - 1].picture
    if "://" in picture:
        return Response(b"", status_code=302, headers={"Location": picture, "Cache-Control": "no-cache"})
    content = await request.shop.picture(picture)
    kind = _KINDS.get(picture.rpartition(".")[2])
    if content is None or kind is None:
        raise no_such_page()
    headers = {"ETag": conditions.etag(digest(content)), "Cache-Control": "public, max-age=3600"}
    known = request.headers.get("if-none-match")
    if known is not None and conditions.unchanged(known, headers["ETag"]):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)
