"""What a token proves, and all the ways in which one does not."""

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from api.tokens import Caller, InvalidToken, Tokens
from tests.api.shops import Client, bearer

KEY = "a key that is used in tests alone, and long enough for all of the algorithms"
TOKENS = Tokens(KEY)
NOW = datetime.now(UTC)
DAY = 24 * 60 * 60
"""More seconds than a run of the suite may take: these tokens are made when it begins."""


def claims(**more: Any) -> dict[str, Any]:
    issued = int(NOW.timestamp())
    return {
        "iss": "storeline",
        "aud": "storeline-api",
        "sub": "alice",
        "iat": issued,
        "exp": issued + 2 * DAY,
        "jti": str(uuid4()),
        "roles": ["customer"],
    } | more


def signed(payload: dict[str, Any], key: str = KEY, headers: dict[str, Any] | None = None) -> str:
    """A token by hand: the library would not sign some of what a forger sends."""
    header = {"alg": "HS256", "typ": "JWT"} | (headers or {})
    return jwt.api_jws.encode(json.dumps(payload).encode(), key, "HS256", header)


def test_a_minted_token_says_who_calls() -> None:
    token = TOKENS.mint("alice", frozenset({"customer", "staff"}), now=NOW, lifetime=timedelta(days=2))

    assert Caller("alice", frozenset({"customer", "staff"})) == TOKENS.verify(token)


def test_a_token_made_by_hand_with_the_key_is_as_good() -> None:
    assert Caller("alice", frozenset({"customer"})) == TOKENS.verify(signed(claims()))


def test_a_basket_token_names_its_basket() -> None:
    basket = uuid4()

    assert basket == TOKENS.verify_basket(TOKENS.mint_basket(basket, now=NOW))


@pytest.mark.parametrize(
    "subject", ["", " ", "alice ", "x" * 101, "a\nb", "anonymous", "Anonymous", "system:deadlines", "System:seed"]
)
def test_no_token_is_minted_for_a_subject_that_cannot_be(subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        TOKENS.mint(subject, frozenset({"customer"}), now=NOW, lifetime=timedelta(hours=1))


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"root"})])
def test_no_token_is_minted_for_roles_that_do_not_exist(roles: frozenset[str]) -> None:
    with pytest.raises(ValueError, match="role"):
        TOKENS.mint("alice", roles, now=NOW, lifetime=timedelta(hours=1))


def unsigned(algorithm: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}."


FORGED = {
    "garbage": "garbage",
    "empty": "",
    "three dots": "...",
    "other key": signed(claims(), "another key that is used in tests alone, and long enough for all algorithms"),
    "no algorithm": unsigned("none"),
    "No algorithm": unsigned("None"),
    "NONE algorithm": unsigned("nOnE"),
    "other algorithm": jwt.encode(claims(), KEY, "HS512"),
    "key id": signed(claims(), headers={"kid": "../../dev/null"}),
    "key address": signed(claims(), headers={"jku": "http://127.0.0.1/keys"}),
    "key inside": signed(claims(), headers={"jwk": {"kty": "oct", "k": "AA"}}),
    "certificate address": signed(claims(), headers={"x5u": "http://127.0.0.1/keys"}),
    "critical extension": signed(claims(), headers={"crit": ["b64"], "b64": True}),
    "other audience": signed(claims(aud="storeline-basket")),
    "audiences": signed(claims(aud=["storeline-api", "other"])),
    "other issuer": signed(claims(iss="storeline.example")),
    "subject is reserved": signed(claims(sub="system:deadlines")),
    "subject is nobody": signed(claims(sub="anonymous")),
    "subject is blank": signed(claims(sub=" ")),
    "issuers": signed(claims(iss=["storeline"])),
    "subjects": signed(claims(sub=["alice"])),
    "subject is a number": signed(claims(sub=1)),
    "expired": signed(claims(exp=int(NOW.timestamp()) - 1)),
    "not yet": signed(claims(nbf=int(NOW.timestamp()) + DAY)),
    "issued later": signed(claims(iat=int(NOW.timestamp()) + DAY)),
    "expiry is text": signed(claims(exp="soon")),
    "expiry is digits": signed(claims(exp=str(int(NOW.timestamp()) + 2 * DAY))),
    "expiry is a fraction": signed(claims(exp=NOW.timestamp() + 2 * DAY)),
    "expiry is never": signed(claims(exp=10**20)),
    "expiry is infinite": signed(claims(exp=float("inf"))),
    "roles are text": signed(claims(roles="admin")),
    "no roles": signed(claims(roles=[])),
    "roles are numbers": signed(claims(roles=[1])),
    "unknown roles": signed(claims(roles=["root"])),
    "not an object": jwt.api_jws.encode(b"[]", KEY, "HS256"),
    "too long": signed(claims(more="x" * 5000)),
} | {
    f"no {name}": signed({key: value for key, value in claims().items() if key != name})
    for name in ("exp", "iat", "sub", "jti", "aud", "iss", "roles")
}


@pytest.mark.proves("B54", "S7", "S8", "S9", "S10", "S11", "S12")
@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_proves_nothing_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(token)


@pytest.mark.proves("B54")
def test_a_token_that_was_good_is_refused_from_the_second_on_in_which_it_expires(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payload = claims()
    token = signed(payload)
    assert Caller("alice", frozenset({"customer"})) == TOKENS.verify(token)

    monkeypatch.setattr("api.tokens.time", lambda: payload["exp"] - 0.001)
    assert Caller("alice", frozenset({"customer"})) == TOKENS.verify(token)
    monkeypatch.setattr("api.tokens.time", lambda: payload["exp"])
    with pytest.raises(InvalidToken):
        TOKENS.verify(token)


def test_what_one_key_proved_is_nothing_to_another() -> None:
    token = signed(claims())
    TOKENS.verify(token)

    with pytest.raises(InvalidToken):
        Tokens(KEY[::-1]).verify(token)


@pytest.mark.proves("S13")
def test_no_token_stands_for_another_kind() -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(TOKENS.mint_basket(uuid4(), now=NOW))
    with pytest.raises(InvalidToken):
        TOKENS.verify_basket(TOKENS.mint("alice", frozenset({"customer"}), now=NOW, lifetime=timedelta(hours=1)))


@pytest.mark.proves("S16")
def test_a_token_with_any_bit_turned_is_refused() -> None:
    token = signed(claims())
    for _ in range(10_000):
        place, bit = random.randrange(len(token)), random.randrange(7)
        turned = token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :]
        if _decoded(turned) == _decoded(token):
            continue  # the last letters of each part hold bits that belong to no byte
        with pytest.raises(InvalidToken):
            TOKENS.verify(turned)


def _decoded(token: str) -> list[bytes] | None:
    try:
        return [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    except ValueError:
        return None


@pytest.mark.anyio
@pytest.mark.proves("B54")
async def test_every_token_that_proves_nothing_is_answered_alike(client: Client) -> None:
    answers = set()
    for token in [*FORGED.values(), "Basic YWxpY2U6cw=="]:
        headers = {"Authorization": token if " " in token else f"Bearer {token}"}
        response = await client.get("/v1/orders", headers=headers | {"Storeline-Correlation": "one"})
        answers.add((response.status_code, response.text, response.headers["WWW-Authenticate"]))

    assert 1 == len(answers)
    assert 401 == answers.pop()[0]


@pytest.mark.anyio
async def test_a_bad_token_is_refused_even_where_none_is_needed(client: Client) -> None:
    assert 401 == (await client.get("/health/live", headers={"Authorization": "Bearer garbage"})).status_code
    assert 200 == (await client.get("/health/live", headers=bearer("alice"))).status_code
    assert 200 == (await client.get("/health/live")).status_code
