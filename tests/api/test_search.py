"""Searches find what is meant, take any text as text, and go on without their embedder."""

from dataclasses import replace
from typing import Any

import pytest

from api.app import create_app
from application.embedding import EmbedderUnavailable
from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import Client

pytestmark = pytest.mark.anyio


@pytest.mark.proves("CAT-05", "CAT-19")
@pytest.mark.parametrize("mode", ["hybrid", "text", "semantic"])
async def test_a_search_finds_what_is_meant(live: Client, mode: str) -> None:
    parka = str(await live.listed(name="Alpine Parka", description="A warm winter coat with a fur hood."))
    await live.listed(name="Steel Pan", description="Fries eggs without sticking.")
    await live.catch_up()
    response = await live.get(f"/v1/catalog/search?q=parka&mode={mode}&limit=1")

    assert [parka] == [each["item_id"] for each in response.json()["items"]]
    assert (mode, False) == (response.json()["mode"], response.json()["degraded"])


@pytest.mark.proves("B31", "B32", "B34")
async def test_a_search_takes_any_text_as_text(live: Client) -> None:
    await live.listed()
    await live.catch_up()
    ugly = [
        "the of and",
        "' OR 1=1--",
        "%_",
        "((((a+)+)+)+)$",
        "a & | ! <-> b:*",
        "\\",
        '"',
        "\U0001f9e5" * 50,
        "-1",
        "*",
    ]
    for text in ugly:
        for mode in ("hybrid", "text", "semantic"):
            response = await live.get("/v1/catalog/search", params={"q": text, "mode": mode})
            assert 200 == response.status_code, response.text


@pytest.mark.proves("B34")
@pytest.mark.parametrize(
    ("text", "mode"),
    [
        *((text, mode) for text in ("the", "the of and", "*") for mode in ("hybrid", "text", "semantic")),
        *((text, mode) for text in ("qqqqzzzz", "kubernetes operator") for mode in ("hybrid", "text")),
    ],
)
async def test_a_search_for_what_says_nothing_finds_nothing(live: Client, text: str, mode: str) -> None:
    await live.listed(description="The warmest of all, and light.")
    await live.catch_up()
    response = await live.get("/v1/catalog/search", params={"q": text, "mode": mode})

    assert (200, []) == (response.status_code, response.json()["items"])


@pytest.mark.proves("B34")
@pytest.mark.parametrize(
    "query", ["", "q=", "q=%20", "q=" + "x" * 201, "q=" + "x" * 60_000, "q=a&mode=magic", "q=a&limit=101"]
)
async def test_a_search_for_nothing_is_refused(client: Client, query: str) -> None:
    check_problem(await client.get(f"/v1/catalog/search?{query}"), 422)


class Away:
    """An embedder that cannot be reached."""

    model_id = shops.EMBEDDER.model_id
    dimensions = 256

    async def embed(self, texts: object) -> Any:
        raise EmbedderUnavailable


@pytest.mark.proves("P22")
async def test_a_search_without_meaning_goes_by_words_and_says_so(live: Client) -> None:
    await live.listed()
    await live.catch_up()
    async with Client(create_app(replace(live.shop, embedder=Away()))) as client:
        hybrid = (await client.get("/v1/catalog/search?q=parka")).json()
        semantic = (await client.get("/v1/catalog/search?q=parka&mode=semantic")).json()
        words = (await client.get("/v1/catalog/search?q=parka&mode=text")).json()

    assert (1, "text", True) == (len(hybrid["items"]), hybrid["mode"], hybrid["degraded"])
    assert (0, "semantic", True) == (len(semantic["items"]), semantic["mode"], semantic["degraded"])
    assert (1, "text", False) == (len(words["items"]), words["mode"], words["degraded"])
    again = (await live.get("/v1/catalog/search?q=parka")).json()
    assert not again["degraded"], "what was found without meaning is not kept"
