"""Redemptions of promotions: who holds one, and how many are taken."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from application.ordering import OrderReceipt
from application.store import Saved
from domain.ordering import REDEMPTIONS, TALLY, promotion_id, redeemed_tally, redemption_stream, returned_tally
from tests.application.market import Market


async def held(market: Market, code: str, buyers: Iterable[str]) -> set[UUID]:
    """The orders that hold a redemption."""
    id = promotion_id(code)
    streams = await market.store.load_many(REDEMPTIONS, [redemption_stream(id, buyer) for buyer in buyers])
    return {order_id for stream in streams.values() for order_id in stream.state.orders}


async def counted(market: Market, code: str) -> int:
    """How many redemptions of a promotion with a limit in all are taken at present."""
    id = promotion_id(code)
    tallies = await market.store.load_many(TALLY, [redeemed_tally(id), returned_tally(id)])
    return tallies[redeemed_tally(id)].state.count - tallies[returned_tally(id)].state.count


def kept(outcomes: Sequence[Any]) -> list[Saved[OrderReceipt]]:
    return [each for each in outcomes if isinstance(each, Saved)]
