"""The README's tour works as it is written."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.shop import RunningShop, running_shop

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(tmp_path, STORELINE_GRACE_PERIOD="2s") as shop:
        yield shop


def tour(shop: RunningShop) -> str:
    """All shell snippets of the README, in order, as one script that stops at the first failure."""
    snippets = re.findall(r"^```sh\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    script = "set -euo pipefail\n" + "\n".join(snippets)
    assert script.count("http://127.0.0.1:8000") == 1
    return script.replace("http://127.0.0.1:8000", shop.url).replace("curl -s", "curl -sSf")


@pytest.mark.timeout(180)
@pytest.mark.proves("CAT-05", "CAT-34", "P13", "P10")
def test_the_tour_works_as_written(shop: RunningShop) -> None:
    done = subprocess.run(
        ["bash", "-c", tour(shop)],
        cwd=README.parent,
        env=shop.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout + shop.said()
    assert '"price_changed":true' in done.stdout
    assert len(set(re.findall(r'"number":"([^"]+)"', done.stdout))) == 1, "one key, one order"
    assert '"type":"ordering.OrderCancelled"' in done.stdout, "the dry run"
    steps = ["submitted", "awaiting-validation", "stock-confirmed", "paid"]
    seen = re.findall(r'"version":\d+,"status":"([^"]+)","description"', done.stdout)
    assert steps == seen, "it went on by itself"
    assert '"status":"shipped"' in done.stdout
    assert re.search(r'"refunded":{"amount":"74.52","currency":"USD"}', done.stdout), "half of the order"
    assert '"type":"ordering.OrderRefunded"' in done.stdout
    assert "0 differ" in done.stdout + done.stderr
