"""`storeline run`: starts on nothing, stops cleanly, and comes back after any kill."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.postgres.embedded.home import Home
from tests.system.shop import RunningShop, environment, running_shop, start

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(tmp_path) as shop:
        yield shop


def until_silent(shop: RunningShop, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while shop.answers():
        assert time.monotonic() < deadline, "something still serves"
        time.sleep(0.1)


def items(shop: RunningShop) -> int:
    return len(httpx.get(f"{shop.url}/v1/catalog/items?limit=100", timeout=10).json()["items"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(shop: RunningShop, number: signal.Signals) -> None:
    assert shop.stop(number) == 0
    assert "Storeline has stopped." in shop.said()
    assert "Traceback" not in shop.said()
    until_silent(shop)


@pytest.mark.proves("F2", "F32")
def test_it_starts_again_after_a_kill_with_all_its_data(shop: RunningShop, tmp_path: Path) -> None:
    before = items(shop)
    os.kill(shop.process.pid, signal.SIGKILL)
    shop.process.wait()
    until_silent(shop)
    again = start(shop.environment, tmp_path / "again")
    try:
        again.wait_until_open()

        assert before == items(again) > 0
        assert "Filling" not in again.said()
    finally:
        again.stop()


def test_a_killed_database_is_brought_back(shop: RunningShop, tmp_path: Path) -> None:
    home = Home(tmp_path / "data" / "postgres")
    killed = home.running
    assert killed
    os.kill(killed.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while (
        home.running in (None, killed)
        or httpx.get(f"{shop.url}/v1/catalog/items?limit=1&sort=name", timeout=10).status_code != 200
    ):
        assert time.monotonic() < deadline, shop.said()
        time.sleep(0.2)


def test_a_second_one_on_the_same_folder_is_told_so_in_one_line(shop: RunningShop, tmp_path: Path) -> None:
    second = start(environment(tmp_path / "data"), tmp_path / "second")

    assert second.process.wait(60) == 1
    assert second.said().count("\n") == 1
    assert "in use by another running process" in second.said()


def test_a_taken_port_is_told_in_one_line(shop: RunningShop, tmp_path: Path) -> None:
    port = int(shop.environment["STORELINE_PORT"])
    second = start(environment(tmp_path / "elsewhere", port), tmp_path / "second")

    assert second.process.wait(60) == 1
    assert second.said().count("\n") == 1
    assert f"Port {port}" in second.said()


def test_other_commands_use_the_running_shop(shop: RunningShop) -> None:
    tail = shop.command("events", "tail", "catalog", "--count", "3")

    assert (0, 3) == (tail.returncode, tail.stdout.count("\n")), tail.stderr
    assert shop.command("projections", "status").returncode == 0
