"""The shop that all guides share, as its tests see it."""

import subprocess
import sys

from tests.docs.guides import PROJECT
from tests.system.shop import RunningShop


def database_of(shop: RunningShop) -> str:
    """The address of its database, whichever server that is on."""
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "from adapters.databases import databases; from adapters.settings import load\n"
            "with databases(load()) as found: print(found.urls['read'])",
        ],
        env=shop.environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return found.stdout.strip()
