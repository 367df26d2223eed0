"""Lists are read a page at a time: a cursor continues one list, for those whose list it is."""

import pytest

from tests.api.routes import check_problem
from tests.api.shops import ADA, ALICE, MALLORY, SAM, Client

pytestmark = pytest.mark.anyio


async def test_the_cursor_of_a_list_of_ones_own_is_of_no_use_to_others(live: Client) -> None:
    await live.ordered()
    await live.ordered()
    await live.catch_up()
    cursor = (await live.get("/v1/orders?limit=1", headers=ALICE)).json()["next"]

    assert 200 == (await live.get(f"/v1/orders?cursor={cursor}", headers=ALICE)).status_code
    for other in (MALLORY, SAM):
        assert (
            "invalid-cursor" == check_problem(await live.get(f"/v1/orders?cursor={cursor}", headers=other), 422)["code"]
        )


async def test_whoever_works_for_the_shop_can_read_on_where_another_stopped(live: Client) -> None:
    for name in ("Bergwerk GmbH", "Nordwand AG"):
        await live.post("/v1/inventory/suppliers", json={"name": name, "lead_time_days": 7}, headers=SAM)
    await live.catch_up()
    first = (await live.get("/v1/inventory/suppliers?limit=1", headers=SAM)).json()
    rest = (await live.get(f"/v1/inventory/suppliers?cursor={first['next']}", headers=ADA)).json()

    assert {"Bergwerk GmbH", "Nordwand AG"} == {each["name"] for each in first["items"] + rest["items"]}
