"""One running shop for all guides, with an order in it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.system.shop import RunningShop, running_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop(tmp_path_factory.mktemp("guides")) as shop:
        place_an_order(shop)
        yield shop


def place_an_order(shop: RunningShop) -> None:
    token = shop.command("token", "--subject", "ada", "--role", "customer").stdout.strip()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "guides"}
    with httpx.Client(base_url=f"{shop.url}/v1", headers=headers, timeout=30) as client:
        item = client.get("/catalog/items/by-slug/breezeway-linen-shirt").json()
        address = {
            "recipient": "Ada",
            "street": "1 Mill Lane",
            "city": "Bath",
            "postal_code": "BA1 1AA",
            "country": "GB",
        }
        order = {"lines": [{"product_id": item["item_id"], "quantity": 2}], "address": address}
        placed = client.post("/orders", json=order)
        assert placed.is_success, placed.text
