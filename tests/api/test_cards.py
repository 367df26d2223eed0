"""The number of a card is refused wherever it is written, and nothing of it is said or kept."""

import msgspec
import pytest

from tests.api.bodies import changed, places
from tests.api.payments import CARD
from tests.api.routes import GATES, WITH_BODY, check_problem, make_world
from tests.api.shops import ALICE, Client

pytestmark = pytest.mark.anyio


VISA = "4111111111111111"
GUARDED = [name for name in WITH_BODY if GATES[name].refuses_cards]


def test_every_route_near_money_refuses_cards() -> None:
    assert {
        "POST /v1/payment-methods",
        "POST /v1/payments/{payment_id}/refunds",
        "POST /v1/payments/{payment_id}/disputes",
        "POST /v1/payments/{payment_id}/disputes/{dispute_id}/evidence",
        "POST /v1/orders",
        "POST /v1/orders/{order_id}/notes",
        "POST /v1/orders/{order_id}/cancel",
        "POST /v1/basket/checkout",
    } <= set(GUARDED)
    assert "POST /v1/orders/{order_id}/ship" not in GUARDED


@pytest.mark.proves("PAY-12", "SEC-16")
@pytest.mark.parametrize("name", GUARDED)
async def test_a_card_in_a_body_is_refused_and_nothing_is_said_or_kept_of_it(
    client: Client, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await make_world(client)
    heads = await client.heads()
    number = VISA
    spaced = " ".join(number[start : start + 4] for start in range(0, 16, 4))
    body = world.body(name)
    bodies = [
        *(changed(body, path, f"pay with {spaced}") for path, value in places(body) if isinstance(value, str)),
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
    world = await make_world(client)
    body = {"carrier": "DHL", "tracking_number": VISA}

    refused = await world.send("POST /v1/orders/{order_id}/ship", body)
    assert "card-number-refused" != refused.json().get("code")
