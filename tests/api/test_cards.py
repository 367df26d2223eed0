"""The number of a card is refused wherever it is written, and nothing of it is said or kept."""

from uuid import uuid4

import msgspec
import pytest

from tests.api.bodies import changed, places
from tests.api.payments import CARD
from tests.api.routes import WITH_BODY, check_problem, make_world
from tests.api.shops import ALICE, CUSTOMER, SAM, Client

pytestmark = pytest.mark.anyio


VISA = "4111111111111111"
EAN = "4006381330060"
"""Of an article; it would add up as a Visa of 13 digits too."""
CODES = {"tracking_number", "sku", "picture", "image_url", "reference"}


@pytest.mark.proves("PAY-12", "SEC-16")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_card_in_a_body_is_refused_and_nothing_is_said_or_kept_of_it(
    client: Client, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await make_world(client)
    heads = await client.heads()
    number = VISA
    spaced = " ".join(number[start : start + 4] for start in range(0, 16, 4))
    body = world.body(name)
    texts = [path for path, value in places(body) if isinstance(value, str) and path[-1] not in CODES]
    bodies = [
        *(changed(body, path, f"pay with {spaced}") for path in texts),
        body | {"anything": int(number)},
        body | {number: "x"},
        body | {"nested": [{"deep": number}]},
        *(body | {field: "123"} for field in ("cvv", "CVC2", "card-number", "securityCode")),
    ]

    for each in bodies:
        refused = await world.send(name, content=msgspec.json.encode(each))
        problem = check_problem(refused, 422)
        assert "card-number-refused" == problem["code"]
        assert number not in refused.text.replace(" ", "")
    assert heads == await client.heads()
    assert number not in capsys.readouterr().out.replace(" ", "")


async def test_a_long_body_that_does_not_fit_is_refused_unsearched(client: Client) -> None:
    """Or anybody could keep the shop busy with texts that no field has room for."""
    body = {"product_id": str(uuid4()), "token": f"{VISA} {'411-' * 2_000}"}
    problem = check_problem(await client.post("/v1/basket/items", json=body), 422)

    assert ("invalid-body", {"path": "token"}) == (problem["code"], problem["fields"])


@pytest.mark.proves("PAY-12", "SEC-16")
@pytest.mark.parametrize("field", ["token", "brand"])
async def test_a_card_is_refused_as_a_token_however_it_is_written(client: Client, field: str) -> None:
    for written in (
        "4111:1111:1111:1111",
        "4111   1111   1111   1111",
        "41 11 11 11 11 11 11 11",
        "4111~1111~1111~1111",
    ):
        refused = await client.post("/v1/payment-methods", json=CARD | {field: written}, headers=ALICE)
        problem = check_problem(refused, 422)
        assert ("card-number-refused", field) == (problem["code"], problem["fields"]["path"])


async def test_the_number_of_a_parcel_may_look_like_that_of_a_card(client: Client) -> None:
    order_id = await client.ordered(CUSTOMER, 1, str(await client.listed()))
    await client.paid(order_id)

    shipped = await client.post(
        f"/v1/orders/{order_id}/ship", json={"carrier": "DHL", "tracking_number": VISA}, headers=SAM
    )
    assert 200 == shipped.status_code, shipped.text


async def test_the_codes_of_goods_may_look_like_numbers_of_cards(client: Client) -> None:
    item = {
        "name": "Steel pan",
        "description": f"28 cm, {EAN}.",
        "sku": VISA,
        "price": {"amount": "59.00", "currency": "USD"},
        "metadata": {"ean": EAN, "gtin": int(VISA), "GTIN-14": [VISA], "pan": "28 cm", "pin": 2},
    }

    listed = await client.post("/v1/catalog/items", json=item, headers=SAM)
    assert 201 == listed.status_code, listed.text


async def test_what_else_is_said_of_goods_is_searched(client: Client) -> None:
    item = {"name": "Pan", "sku": "PAN-28", "price": {"amount": "59.00", "currency": "USD"}}

    refused = await client.post("/v1/catalog/items", json=item | {"metadata": {"note": [VISA]}}, headers=SAM)
    problem = check_problem(refused, 422)
    assert ("card-number-refused", "metadata.note[0]") == (problem["code"], problem["fields"]["path"])
