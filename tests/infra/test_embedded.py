"""The embedded PostgreSQL starts anywhere, survives any kill, and says in one line why it cannot."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded import (
    AlreadyRunning,
    DiskFull,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    NotOurFolder,
    OtherVersion,
    PortTaken,
    ServerFailed,
)
from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.ports import free_port


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a cluster in it, to copy from: making one takes longer."""
    folder = tmp_path_factory.mktemp("initialised")
    with EmbeddedPostgres(folder):
        return folder


@pytest.fixture
def data(tmp_path: Path, initialised: Path) -> Path:
    subprocess.run(["cp", "--archive", initialised, tmp_path / "data"], check=True, timeout=60)
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(data) as server:
        yield server


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def tell(url: str, order: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(order.encode())


def wait_until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def one_line(error: pytest.ExceptionInfo[EmbeddedPostgresError]) -> bool:
    return "\n" not in str(error.value) and str(error.value).endswith(".")


@pytest.mark.proves("OPS-02")
def test_it_is_postgresql_18_with_vectors_and_never_lies_about_durability(server: EmbeddedPostgres) -> None:
    tell(server.url, "CREATE EXTENSION vector")

    assert str(ask(server.url, "SHOW server_version")).startswith("18.")
    assert ask(server.url, "SELECT '[1,0]'::vector <=> '[0,1]'::vector") == 1.0
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(server.url, f"SHOW {setting}") == "on"


@pytest.mark.proves("OPS-21", "OPS-22")
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("shared_buffers", "256MB"),
        ("effective_cache_size", "1GB"),
        ("work_mem", "4MB"),
        ("random_page_cost", "1.1"),
        ("effective_io_concurrency", "200"),
        ("log_min_duration_statement", "1s"),
    ],
)
def test_it_is_tuned_as_documented(shared_embedded_url: str, setting: str, value: str) -> None:
    assert ask(shared_embedded_url, f"SHOW {setting}") == value


@pytest.fixture(scope="module")
def shared_embedded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("shared")) as server:
        yield server.url


@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_it_starts_below_any_parent_and_changes_none(tmp_path: Path, mode: int) -> None:
    parent = tmp_path / "parent"
    parent.mkdir(mode=mode)
    (parent / "beside").mkdir()
    before = [(path.stat().st_mode, path.stat().st_uid) for path in (tmp_path, parent, parent / "beside")]

    with EmbeddedPostgres(parent / "data") as server:
        assert ask(server.url, "SELECT 1") == 1
        assert {"postgres"} == {path.name for path in (parent / "data").iterdir()}

    assert before == [(path.stat().st_mode, path.stat().st_uid) for path in (tmp_path, parent, parent / "beside")]
    assert {"data", "beside"} == {path.name for path in parent.iterdir()}


def test_it_runs_from_a_copy_where_the_server_s_account_cannot_read_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "can_run", lambda account, program: False)
    with EmbeddedPostgres(tmp_path / "data") as server:
        assert str(ask(server.url, "SHOW server_version")).startswith("18.")
        tell(server.url, "CREATE EXTENSION vector")
    assert any(path.name.startswith("binaries-") for path in server.home.iterdir())


def test_a_path_longer_than_any_socket_s_will_do(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / ("long" * 30) / ("and longer" * 12)) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_nobody_else_can_read_the_password_or_the_cluster(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(server.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.home / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url, password="guessed")


@pytest.mark.proves("SEC-13")
def test_it_listens_on_the_loopback_address_only(server: EmbeddedPostgres) -> None:
    assert ask(server.url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(server.url, "SHOW unix_socket_directories") == ""


def test_what_was_stored_is_there_after_stop_and_start_at_the_same_address(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        tell(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        first = server.url
    with EmbeddedPostgres(data) as server:
        assert first == server.url
        assert ask(server.url, "SELECT answer FROM kept") == 42


def test_stopping_twice_stops_once_and_a_stopped_one_starts_again(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        ask(server.url, "SELECT 1")
    with server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_second_one_in_the_same_folder_is_refused_and_harms_nothing(server: EmbeddedPostgres, data: Path) -> None:
    with pytest.raises(AlreadyRunning) as refused:
        EmbeddedPostgres(data).start()

    assert one_line(refused)
    assert ask(server.url, "SELECT 1") == 1


def test_a_taken_port_is_named_and_the_folder_stays_usable(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)) as refused:
            EmbeddedPostgres(data, port=port).start()
    assert one_line(refused)

    with EmbeddedPostgres(data, port=free_port()) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_port_that_was_ours_and_is_taken_now_is_replaced(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        port = ask(server.url, "SHOW port")
    with socket.create_server(("127.0.0.1", int(str(port)))), EmbeddedPostgres(data) as server:
        assert ask(server.url, "SHOW port") != port


def test_a_chosen_port_is_used(data: Path) -> None:
    port = free_port()
    with EmbeddedPostgres(data, port=port) as server:
        assert ask(server.url, "SHOW port") == str(port)


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path
    if os.geteuid() == 0:
        os.chown(tmp_path, 4321, 4321)
    else:
        folder = Path("/")
    with pytest.raises(NotOurFolder, match="belongs to user") as refused:
        EmbeddedPostgres(folder).start()

    assert one_line(refused)
    assert not (folder / "postgres").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotOurFolder) as refused:
        EmbeddedPostgres(tmp_path / "file" / "data").start()

    assert one_line(refused)


def test_a_full_disk_is_named_and_the_next_start_works(data: Path) -> None:
    home = data / "postgres"
    server = EmbeddedPostgres(data)
    (home / "cluster").rename(home / "away")
    (home / "password").unlink()
    (home / "password").symlink_to("/dev/full")
    with pytest.raises(DiskFull) as refused:
        server.start()
    assert one_line(refused)

    (home / "password").unlink()
    with server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_cluster_of_another_version_is_left_alone(data: Path) -> None:
    (data / "postgres" / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(OtherVersion) as refused:
        EmbeddedPostgres(data).start()

    assert one_line(refused)


def test_what_the_server_says_when_it_will_not_start_is_the_error(data: Path) -> None:
    with pytest.raises(ServerFailed, match="max_connections") as refused:
        EmbeddedPostgres(data, settings={"max_connections": "many"}).start()

    assert one_line(refused)


def test_a_half_made_cluster_is_made_anew(data: Path) -> None:
    (data / "postgres" / "cluster").rename(data / "postgres" / "cluster.new")
    with EmbeddedPostgres(data) as server:
        assert ask(server.url, "SELECT 1") == 1


SUPERVISOR = """
import os, sys
from pathlib import Path
from adapters.postgres.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def supervisor(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that looks after the folder."""
    command = [sys.executable, "-c", SUPERVISOR, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        tell(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        yield process
        process.kill()


def test_a_killed_supervisor_takes_its_server_along_and_the_next_start_finds_everything(
    supervisor: "subprocess.Popen[str]", data: Path
) -> None:
    supervisor.kill()
    supervisor.wait()
    with EmbeddedPostgres(data) as server:
        assert ask(server.url, "SELECT answer FROM kept") == 42


def test_a_server_left_without_any_guard_is_ended_cleanly_by_the_next_start(
    supervisor: "subprocess.Popen[str]", data: Path
) -> None:
    left = EmbeddedPostgres(data)
    postmaster = left.pid
    assert postmaster is not None
    guard = int(Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[1])
    os.killpg(guard, signal.SIGSTOP)
    supervisor.kill()
    supervisor.wait()
    children = Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
    for pid in (guard, *(int(child) for child in children if int(child) != postmaster)):
        os.kill(pid, signal.SIGKILL)
    os.kill(postmaster, signal.SIGCONT)

    with left:
        assert left.pid != postmaster
        assert ask(left.url, "SELECT answer FROM kept") == 42


def test_a_killed_server_is_brought_back_at_the_same_address(server: EmbeddedPostgres) -> None:
    tell(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    before, url = server.pid, server.url
    assert before is not None
    with psycopg.connect(url) as session:
        os.kill(before, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT pg_sleep(30)")
    wait_until(lambda: not server.running)

    assert url == server.start()
    assert before != server.pid
    assert ask(url, "SELECT answer FROM kept") == 42


def test_a_pid_file_that_names_another_living_process_is_no_obstacle(data: Path) -> None:
    (data / "postgres" / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    with EmbeddedPostgres(data) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    assert os.getpgid(server.pid) != os.getpgrp()
    assert os.getsid(server.pid) != os.getsid(0)


def test_servers_in_different_folders_live_side_by_side(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "one") as one, EmbeddedPostgres(tmp_path / "two") as two:
        assert ask(one.url, "SHOW port") != ask(two.url, "SHOW port")
