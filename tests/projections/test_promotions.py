"""What is seen of promotions."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import asdict

from adapters.followers.bookmark import Pool
from domain.ordering import (
    Percentage,
    PromotionAmended,
    PromotionCreated,
    PromotionEnded,
    PromotionRedeemed,
    PromotionStatus,
    RedemptionReturned,
    Terms,
    promotion_id,
    redemption_stream,
)
from projections.promotions import PROMOTIONS, Promotion, list_promotions, one_promotion
from tests.given import START, facts, given_facts
from tests.projections.logs import FactLog, follow

ORDER = UUID(int=1)


def created(code: str = "TEN") -> tuple[UUID, PromotionCreated]:
    terms = Terms(code=code, description="Ten per cent", discount=Percentage(Decimal(10)), limit=3)
    return promotion_id(code), PromotionCreated(**asdict(terms))


ID, TEN = created()


def by(buyer: str, kind: type[PromotionRedeemed | RedemptionReturned]) -> tuple[UUID, Any]:
    """What a buyer did, in their own stream."""
    return redemption_stream(ID, buyer), kind(ID, buyer, ORDER)


def seen(**more: Any) -> Promotion:
    terms = asdict(TEN) | {"status": PromotionStatus.ACTIVE, "created_at": START, "version": 1} | more
    return Promotion(promotion_id=ID, **terms)


def test_a_promotion_shows_its_terms_and_what_became_of_them() -> None:
    amended, ended = (ID, PromotionAmended(limit=5)), (ID, PromotionEnded())

    given_facts(PROMOTIONS, (ID, TEN)).then(seen())
    given_facts(PROMOTIONS, (ID, TEN), amended).then(seen(limit=5, version=2))
    given_facts(PROMOTIONS, (ID, TEN), amended, ended).then(seen(limit=5, version=3, status=PromotionStatus.ENDED))


def test_redemptions_are_counted_whoever_s_they_are_until_they_are_given_back() -> None:
    alice, bob, back = by("alice", PromotionRedeemed), by("bob", PromotionRedeemed), by("alice", RedemptionReturned)

    given_facts(PROMOTIONS, (ID, TEN), alice, bob).then(seen(redeemed=2))
    given_facts(PROMOTIONS, (ID, TEN), alice, bob, back).then(seen(redeemed=1))
    given_facts(PROMOTIONS, alice, back).then()


@pytest.mark.anyio
async def test_promotions_are_found_by_code_and_status_in_pages(pool: Pool) -> None:
    codes = ("CCC", "AAA", "BBB")
    ended = (promotion_id("BBB"), PromotionEnded())
    await follow(PROMOTIONS, FactLog(facts("ordering", *map(created, codes), ended)), pool)
    async with pool.connection() as connection:

        async def found(**asked: Any) -> list[str]:
            return [each.code for each in (await list_promotions(connection, **asked)).value]

        assert ["AAA", "BBB", "CCC"] == await found()
        assert ["AAA"] == await found(limit=1)
        assert ["BBB", "CCC"] == await found(after="AAA")
        assert ["BBB"] == await found(status=PromotionStatus.ENDED)
        assert ["CCC"] == await found(code="CCC")
        assert [] == await found(code="DDD")
        one = (await one_promotion(connection, promotion_id("AAA"))).value
        assert one
        assert ("AAA", Percentage(Decimal(10))) == (one.code, one.discount)
        assert (await one_promotion(connection, ORDER)).value is None
