"""Under which account the embedded server's processes run, and how they get at their files.

PostgreSQL refuses to run as root. An ordinary user runs it as itself. Root runs it under an unprivileged account that
exists already; where that account cannot enter a parent of the data folder (a checkout in /root), the server gets a
mount namespace of its own in which the folder is seen elsewhere. Nothing outside the data folder is changed.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNTS = ("postgres", "nobody")
MOUNT_POINTS = ("/mnt", "/srv", "/media", "/opt")

BIND = 'mount --no-mtab --bind "$1" "$2" && shift 2 && exec "$@"'


class OutOfReach(Exception):
    """The unprivileged account cannot get at the data folder, and a mount namespace is not to be had."""


@dataclass
class Account:
    """Who runs the server. `command` and `path` say how it starts a program and by which name it sees a file."""

    uid: int
    gid: int
    name: str
    drop: bool
    """We are root and step down to this account."""
    environment: dict[str, str] = field(init=False)
    _seen_at: tuple[Path, Path] | None = None

    def __post_init__(self) -> None:
        self.environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}

    def own(self, path: Path) -> None:
        if self.drop:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def command(self, program: Path, *arguments: str) -> list[str]:
        command = [str(program), *arguments]
        if self.drop:
            step_down = ["setpriv", "--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups", "--"]
            command = [*step_down, *command]
        if self._seen_at is not None:
            command = [*_bind(*self._seen_at), *command]
        return command

    def path(self, path: Path) -> str:
        """The name by which the server sees a path of the data folder."""
        if self._seen_at is None:
            return str(path)
        home, mount_point = self._seen_at
        return str(mount_point / path.relative_to(home))

    def can_run(self, program: Path) -> bool:
        return not self.drop or self._succeeds(self.command(program, "--version"))

    def reach(self, home: Path) -> None:
        """Make sure that the account can work in `home`, a folder of its own."""
        if not self.drop or self._succeeds(self.command(Path("test"), "-w", str(home))):
            return
        for mount_point in map(Path, MOUNT_POINTS):
            if mount_point.is_dir() and not home.is_relative_to(mount_point):
                self._seen_at = (home, mount_point)
                if self._succeeds(self.command(Path("test"), "-w", str(mount_point))):
                    return
        raise OutOfReach(
            f"The account {self.name}, which runs PostgreSQL for root, cannot enter a parent folder of {home};"
            " set STORELINE_DATA to a folder that everybody may enter, or run as an ordinary user."
        )

    def _succeeds(self, command: list[str]) -> bool:
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self.environment,
                cwd="/",
                timeout=10,
            )
        except FileNotFoundError as error:
            raise OutOfReach(f"Running as root needs the program {error.filename}; run as an ordinary user.") from error
        return ended.returncode == 0


def account_for(home: Path) -> Account:
    """The account that owns the server's folder already, else ourselves, else for root the first that exists."""
    if (uid := os.geteuid()) != 0:
        return Account(uid, os.getegid(), _name(uid), drop=False)
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_name in ACCOUNTS}
    candidates = [known[name] for name in ACCOUNTS if name in known]
    if not candidates:
        raise OutOfReach(f"PostgreSQL cannot run as root, and there is no account {' or '.join(ACCOUNTS)} to run it.")
    owner = home.stat().st_uid if home.exists() else None
    chosen = next((entry for entry in candidates if entry.pw_uid == owner), candidates[0])
    return Account(chosen.pw_uid, chosen.pw_gid, chosen.pw_name, drop=True)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _bind(home: Path, mount_point: Path) -> list[str]:
    return [
        *("unshare", "--mount", "--propagation", "private", "--"),
        *("/bin/sh", "-c", BIND, "bind", str(home), str(mount_point)),
    ]
