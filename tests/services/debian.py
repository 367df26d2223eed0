"""Debian packages downloaded and unpacked under `.storeline/`, never installed: needs no root and changes no system."""

import fcntl
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

UPDATE_SECONDS = 300


class NoPackages(Exception):
    """The packages are not to be had here; the message says why."""


def unpacked(package: str, services: Path) -> Path:
    """The folder that holds `package` and everything it needs that is not on this machine, as if it were `/`."""
    root = services / package
    services.mkdir(parents=True, exist_ok=True)
    with (services / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            if missing := [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]:
                raise NoPackages(f"{package} comes from Debian's packages, and {missing[0]} is not on this machine")
            fresh = services / f"{package}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            with TemporaryDirectory(prefix="apt-", dir=services) as private:
                for file in _download(package, Path(private)):
                    _run(["dpkg-deb", "--extract", str(file), str(fresh)], f"unpacking {file.name}")
            fresh.rename(root)
    return root


def library_path(root: Path) -> str:
    """`LD_LIBRARY_PATH` for the programs in an unpacked folder."""
    return ":".join(str(folder) for lib in ("usr/lib", "lib") for folder in sorted(root.glob(f"{lib}/*-linux-gnu*")))


def _download(package: str, private: Path) -> list[Path]:
    """Download with lists and caches of our own, so that it works for anybody and the system's stay as they are."""
    archives = private / "cache" / "archives"
    for folder in (private / "state" / "lists" / "partial", archives / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State": str(private / "state"),
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": str(private / "cache"),
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
    }
    apt = ["apt-get", "--quiet", "--assume-yes", *(word for item in options.items() for word in ("-o", "=".join(item)))]
    _run([*apt, "update"], "looking up Debian's packages")
    _run([*apt, "--no-install-recommends", "--download-only", "--reinstall", "install", package], f"getting {package}")
    return sorted(archives.glob("*.deb"))


def _run(command: list[str], what: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=UPDATE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NoPackages(f"{what} took longer than {UPDATE_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in str(error.stderr).splitlines() if line.startswith("E:")] or ["no reason given"]
        raise NoPackages(f"{what} failed: {said[0]}") from error
