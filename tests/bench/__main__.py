"""`make bench`: every figure beside its baseline from the same run, then all of them in one table.

python -m tests.bench [--quick] [name …]

All of it takes about 5 minutes on two cores with nothing else to do. `--quick` takes few and small rounds: it shows
that all runs, and its figures mean little.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench import appends, fulfilment, http, memory, projections, relay, search_quality, semantic
from tests.bench.figures import Figure, spread
from tests.conftest import CLUSTERS, SERVICES
from tests.services import postgres, rabbitmq

VERDICTS = {True: "reached", False: "short"}

Result = Figure | search_quality.Report


@dataclass(frozen=True)
class Bench:
    """One module: what runs it against a fresh database, and what makes that quick."""

    run: Callable[..., Sequence[Figure] | search_quality.Report]
    quick: Mapping[str, Any] = field(default_factory=dict)
    broker: bool = False

    def results(self, database_url: str, services: ExitStack, quick: bool) -> Sequence[Result]:
        """`services` keeps the broker running, if one is needed."""
        urls = [database_url]
        if self.broker:
            urls.append(services.enter_context(rabbitmq.rabbit_server(SERVICES)).url)
        measured = self.run(*urls, **(self.quick if quick else {}))
        return [measured] if isinstance(measured, search_quality.Report) else measured


BENCHES = {
    "appends": Bench(appends.run, {"count": 2}),
    "projections": Bench(projections.run, {"events": 20_000, "stock_events": 1_000, "rounds": 2}),
    "http": Bench(http.run, {"orders": 640, "reads": 3_200, "count": 2}),
    "fulfilment": Bench(fulfilment.run, {"orders": 1_000, "units": 50, "count": 2}),
    "semantic": Bench(semantic.run, {"products": 5_000, "queries": 40, "count": 2}),
    "search_quality": Bench(search_quality.run),
    "relay": Bench(relay.run, {"count": 2}, broker=True),
    "memory": Bench(memory.run, {"orders": 640, "steps": 2}),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the shop beside baselines.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few and small rounds")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - BENCHES.keys():
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    results: list[Result] = []
    with ExitStack() as opened:
        server = opened.enter_context(postgres.embedded_server(CLUSTERS))
        for note in machine(server.url):
            print(note)
        for name in chosen.names or BENCHES:
            with postgres.fresh_database(server.url) as url, ExitStack() as services:
                for result in BENCHES[name].results(url, services, chosen.quick):
                    print(f"\n{result}", flush=True)
                    results.append(result)
    print()
    Console(width=None if sys.stdout.isatty() else 140).print(table(results))
    print(f"{(time.monotonic() - began) / 60:.0f} minutes; load at the end {os.getloadavg()[0]:.1f}")
    if not all(result.reached for result in results):
        print("Not everything was reached.")


def machine(database_url: str) -> Iterator[str]:
    """What the figures depend on."""
    cores = len(os.sched_getaffinity(0))
    model = next((line.partition(":")[2] for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory_kb = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal"))
    yield f"{cores} cores,{model or ' ' + platform.machine()}, {memory_kb / 2**20:.0f} GB; {platform.platform()}"
    with psycopg.connect(database_url) as connection:
        version, fsync = connection.info.server_version // 10_000, connection.execute("SHOW fsync").fetchone()
    yield f"Python {platform.python_version()}, PostgreSQL {version}, fsync {fsync and fsync[0]}: {fsync_ms():.2f} ms"
    load = os.getloadavg()[0]
    yield f"load at the beginning {load:.1f}" + (
        "; other programs are at work, and the figures suffer" if load > cores / 2 else ""
    )


def fsync_ms(times: int = 100) -> float:
    """The median time to make 8 kB last, in milliseconds."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=CLUSTERS) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"x" * 8192)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return sorted(taken)[times // 2] * 1000


def table(results: Sequence[Result]) -> Table:
    shown = Table("What", "Baseline", "Median", "Spread", "To reach", "", box=box.MARKDOWN)
    for result in results:
        if isinstance(result, search_quality.Report):
            for mode, reach in search_quality.REACH.items():
                margin = (result.first + result.held_out).margin(mode)
                name, between = (
                    f"nDCG@{search_quality.SHOWN} of {mode} search",
                    f"{margin.low:+.3f} to {margin.high:+.3f}",
                )
                verdict = VERDICTS[margin.mean >= reach]
                shown.add_row(name, "search by words", f"{margin.mean:+.3f}", between, f">= {reach:+g}", verdict)
            continue
        low, high = spread(result.ratios)
        sign = "<=" if result.smaller_is_better else ">="
        wanted = "" if result.reach is None else f"{sign} {result.reach:g}x"
        ratios = f"{result.ratio:.2f}x", f"{low:.2f} to {high:.2f}"
        verdict = VERDICTS[result.reached] if wanted else ""
        shown.add_row(result.name, result.baseline_name, *ratios, wanted, verdict)
    return shown


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


if __name__ == "__main__":
    main()
