"""Every snippet of the guides works as it is written."""

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from uuid import uuid4, uuid5

import aio_pika
import psycopg
import pytest
from hypothesis import is_hypothesis_test, settings

from adapters.rabbit import wire
from application.contracts import Message, OrderPaid, StockItem
from domain.money import Money
from tests.adapters.rabbit.broker import Broker
from tests.docs.guides import ALL, PROJECT, Snippet, guide, snippets
from tests.docs.shops import database_of
from tests.given import START
from tests.system.shop import RunningShop
from tests.waiting import until

IN_A_SHELL = {
    "sh": "{}",
    "sql": "DB=\"$DB\" python -m tests.docs.sql <<'SNIPPET'\n{}SNIPPET\n",
    "python": "python - <<'SNIPPET'\n{}SNIPPET\n",
}
"""How a guide that is a session at a terminal runs each language."""

CURL = "curl() { command curl --max-time 30 -w '%{stderr}HTTP %{http_code}\\n' \"$@\"; }\n"
"""Tells how each request was answered."""


def session(name: str, shop: RunningShop, home: Path) -> subprocess.CompletedProcess[str]:
    """A guide from its beginning to its end, stopping at the first failure."""
    script = "".join(IN_A_SHELL[each.language].format(each.code) for each in snippets(guide(name)))
    script = script.replace("http://127.0.0.1:8000", shop.url)
    environment = shop.environment | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT),
    }
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{CURL}{script}"],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def promised_answers(name: str) -> list[str]:
    """The status of each request in the guide: what its comment says, else a success."""
    script = "".join(each.code for each in snippets(guide(name)))
    requests = re.split(r"\bcurl ", script)[1:]
    return [comment[1] if (comment := re.search(r"# (\d{3})$", each, re.MULTILINE)) else "2" for each in requests]


def loaded(snippet: Snippet, folder: Path) -> ModuleType:
    file = folder / f"snippet_{uuid4().hex}.py"
    file.write_text(snippet.code)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)
def test_every_snippet_is_in_a_language_that_is_run(file: Path) -> None:
    assert {each.language for each in snippets(file.read_text())} <= IN_A_SHELL.keys()


@pytest.mark.timeout(180)
def test_the_guide_for_clients(shop: RunningShop, tmp_path: Path) -> None:
    done = session("clients", shop, tmp_path)

    assert done.returncode == 0, done.stderr + done.stdout
    answers = re.findall(r"^HTTP (\d{3})$", done.stderr, re.MULTILINE)
    promised = promised_answers("clients")
    assert [answer[: len(each)] for answer, each in zip(answers, promised, strict=True)] == promised
    assert '"type":"ordering.OrderCancelled"' in done.stdout, "the dry run"
    assert '"lag":' in done.stdout
    assert '"code":"invalid-cursor"' in done.stdout


@pytest.mark.timeout(180)
def test_the_guide_for_analysts(shop: RunningShop, tmp_path: Path) -> None:
    done = session("analysts", shop, tmp_path)

    assert done.returncode == 0, done.stderr + done.stdout
    assert "0 differ" in done.stderr
    assert re.search(r":00  [1-9]\d* placed  \d+ cancelled", done.stdout)
    last = done.stdout.splitlines()
    assert any("Breezeway Linen Shirt|" in line for line in last), "an analyst reads what was rebuilt since"


@pytest.mark.timeout(180)
def test_the_guide_for_operators(shop: RunningShop, tmp_path: Path) -> None:
    environment = shop.environment | {"DB": database_of(shop)}
    done = session("operators", RunningShop(environment, shop.output, shop.process), tmp_path)

    assert done.returncode == 0, done.stderr + done.stdout
    assert '"STORELINE_POOL_MAX":10' in done.stdout


def test_the_guide_for_authors_of_property_tests(tmp_path: Path) -> None:
    few = settings(max_examples=20)  # it is the guide that is tested, not the shop
    for snippet in snippets(guide("property-tests")):
        tests: list[Callable[[], None]] = [
            each for name, each in vars(loaded(snippet, tmp_path)).items() if name.startswith("test_")
        ]
        assert tests
        for test in tests:
            (few(test) if is_hypothesis_test(test) else test)()


@pytest.mark.anyio
async def test_the_guide_for_authors_of_consumers(
    database_url: str, amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (snippet,) = snippets(guide("consumers"))
    counter = loaded(snippet, tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("AMQP_URL", amqp_url)
    product, order = uuid4(), uuid4()

    def paid(quantity: int, position: int) -> aio_pika.Message:
        contract = OrderPaid(order, "alice", (StockItem(product, quantity),), Money.parse("20.00", "USD"))
        id = uuid5(order, str(position))
        return wire.encode(Message(contract, id, "ordering", order, position, START, "test", "test"))

    async def counted() -> int:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            try:
                cursor = await connection.execute("SELECT sum(units)::int FROM paid")
            except psycopg.errors.UndefinedTable:
                return 0  # it has not begun yet
            (units,) = await cursor.fetchone() or (0,)
            return units or 0

    async def all_counted() -> bool:
        return await counted() >= 7

    async with Broker.at(amqp_url) as broker:
        await broker.consumer("counter")
        for message in (paid(3, 1), paid(3, 1), paid(4, 2)):
            await broker.put(message, "counter")
        running = asyncio.create_task(counter.main())
        try:
            await until(all_counted)
            assert await counted() == 7, "the repetition counts once"
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
