"""A process that follows or rebuilds until it is killed: `python -m tests.faults.following follow|rebuild <url>`."""

import asyncio
import sys
import time

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import make_follower_pool
from adapters.followers.engine import Engine
from adapters.followers.rebuild import Rebuild
from projections.order_summary import ORDER_SUMMARY
from tests.adapters.followers.running import TERM, Recorder


async def main(what: str, url: str) -> None:
    async with (
        PostgresEventStore(CONTEXTS, {context.name: url for context in CONTEXTS}) as store,
        make_follower_pool(url) as pool,
    ):
        if what == "follow":
            await Engine([Recorder(pool)], store=store, pool=pool, term=TERM, page=5).run()
        else:
            await Rebuild(ORDER_SUMMARY, store, pool, most_rows=20, page=20, progress=tell).run()


def tell(position: int, events: int) -> None:
    sys.stdout.write(f"{position} {events}\n")
    sys.stdout.flush()
    time.sleep(0.05)  # so that there is something left to be killed


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
