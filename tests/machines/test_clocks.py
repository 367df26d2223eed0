"""The clock of the databases is wrong for a moment, or set back: nobody waits until it is where it was."""

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.ordering import PENDING, Status
from tests.machines.fulfilment import LONG, OFF, World
from tests.machines.machine import cases
from tests.machines.test_fulfilment import BUYERS, DEADLINES, MOODS, PRODUCTS, REACTORS, Fulfilment


class WrongClocks(Fulfilment):
    @rule(
        name=st.sampled_from(REACTORS + DEADLINES) | st.just("payment_outstanding"),
        well=st.integers(0, 6),
        off=st.sampled_from(OFF),
        mood=st.sampled_from(MOODS),
        buyer=st.sampled_from(BUYERS),
    )
    def the_databases_are_off_for_a_moment(self, name: str, well: int, off: timedelta, mood: str, buyer: str) -> None:
        """Whoever asks them for the time is wrong with them. Somebody buys meanwhile."""
        world = self.world
        world.gateway.moods.clear()
        self.all_go_on(well, 20)
        world.gateway.moods.extend([mood] * 20)
        world.wrong = off
        self.run(world.place(buyer, (PRODUCTS[0], 1)))
        self.run(world.tick(name, off) if name in DEADLINES else world.follow(name, 20))
        world.wrong = timedelta()
        world.gateway.moods.clear()


TestWrongClocks = cases(WrongClocks, "F29", examples=40, in_soak=2_000, steps=30)


async def shop() -> World:
    world = World(PRODUCTS)
    await world.receive(PRODUCTS[0], 100)
    return world


async def bought(world: World, buyer: str) -> Status | None:
    """Where an order is after a quarter of an hour."""
    order_id = (await world.place(buyer, (PRODUCTS[0], 1))).result.order_id
    for _ in range(15):
        world.clock.advance(timedelta(minutes=1))
        await world.until_nothing_happens()
    return (await world.orders())[order_id].status


@pytest.mark.anyio
@pytest.mark.proves("F29")
@pytest.mark.parametrize("off", OFF)
async def test_what_comes_after_a_wrong_moment_is_paid(off: timedelta) -> None:
    world = await shop()
    for buyer in ("alice", "bob"):
        await world.store_card(buyer, "sandbox-ok")
    world.wrong = off
    await world.store_card("carol", "sandbox-ok")
    await world.place("carol", (PRODUCTS[0], 1))
    world.wrong = timedelta()
    world.gateway.moods.append("lost")

    assert [Status.PAID] * 2 == [await bought(world, buyer) for buyer in ("alice", "bob")]
    assert not PENDING & {order.status for order in (await world.orders()).values()}


@pytest.mark.anyio
@pytest.mark.proves("F29")
async def test_a_shop_whose_clock_is_set_back_goes_on() -> None:
    world = await shop()
    await world.store_card("alice", "sandbox-ok")
    world.gateway.moods.append("lost")
    await world.place("alice", (PRODUCTS[0], 1))
    world.clock.advance(-LONG)

    assert Status.PAID is await bought(world, "alice")
    assert not PENDING & {order.status for order in (await world.orders()).values()}
