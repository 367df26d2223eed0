"""The item that the tests are about, a warm parka, and what Alice wrote of it."""

from typing import Any
from uuid import UUID

from domain.catalog.item import ItemListed
from domain.catalog.review import ReviewWritten
from domain.catalog.values import Image
from tests.money import usd

NORDWAND, JACKETS, WINTER, SALE = (UUID(int=number) for number in range(1, 5))
FRONT = Image("items/alpine-parka.svg", "Seen from the front", primary=True)
BACK = Image("items/alpine-parka-back.svg", "Seen from behind")

PARKA: dict[str, Any] = {
    "name": "Alpine Parka",
    "slug": "alpine-parka",
    "sku": "NW-AP-100",
    "price": usd("249.00"),
    "description": "Warm when the wind is not.\nMade for long descents.",
    "brand_id": NORDWAND,
    "type_id": JACKETS,
    "category_ids": (WINTER,),
    "tags": ("winter", "down"),
    "cost_price": usd("99.60"),
    "featured": False,
    "images": (FRONT, BACK),
    "metadata": {"fill_power": 800, "colours": ["ink", "moss"]},
}
listed = ItemListed(**PARKA)

ITEM_ID, ORDER_ID = UUID(int=1), UUID(int=7)
SAID: dict[str, Any] = {"rating": 4, "title": "Warm and light", "comment": "Two winters so far.\nThe zip sticks."}
written = ReviewWritten(item_id=ITEM_ID, buyer_id="alice", order_id=None, **SAID)
