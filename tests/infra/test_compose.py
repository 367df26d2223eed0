"""`compose.yaml` starts what the README says, on the loopback address, tuned like the embedded server."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.postgres.embedded.server import SETTINGS

FILE = Path(__file__).parent.parent.parent / "compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]
    return services


@pytest.mark.proves("OPS-02", "OPS-03")
def test_it_starts_postgres_with_vectors_redis_and_rabbitmq(services: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in services.items()}

    assert set(images) == {"postgres", "redis", "rabbitmq"}
    assert images["postgres"] == "pgvector/pgvector:pg18"
    assert images["redis"].startswith("redis:")
    assert images["rabbitmq"].startswith("rabbitmq:")


@pytest.mark.proves("BAS-13")
def test_redis_drops_the_least_recently_used_and_keeps_nothing(services: dict[str, Any]) -> None:
    command = " ".join(services["redis"]["command"])

    assert "--maxmemory 2gb --maxmemory-policy allkeys-lru" in command
    assert "--appendonly no" in command


@pytest.mark.proves("SEC-13")
@pytest.mark.parametrize("service", ["postgres", "redis", "rabbitmq"])
def test_ports_are_published_on_the_loopback_address_only(services: dict[str, Any], service: str) -> None:
    ports = services[service]["ports"]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("service", ["postgres", "redis", "rabbitmq"])
def test_every_service_tells_whether_it_is_well_and_comes_back(services: dict[str, Any], service: str) -> None:
    assert {"test", "interval", "timeout", "retries"} <= set(services[service]["healthcheck"])
    assert services[service]["restart"] == "unless-stopped"


@pytest.mark.proves("OPS-21", "OPS-22")
def test_postgres_is_tuned_like_the_embedded_one(services: dict[str, Any]) -> None:
    given = dict(word.removeprefix("-c").split("=", 1) for word in services["postgres"]["command"][1:])

    assert given
    assert given.items() <= SETTINGS.items()


def test_what_must_last_is_on_volumes(services: dict[str, Any]) -> None:
    volumes = yaml.safe_load(FILE.read_text())["volumes"]
    used = {mount.partition(":")[0] for service in services.values() for mount in service.get("volumes", [])}

    assert used == set(volumes) == {"postgres", "rabbitmq"}


def has_compose() -> bool:
    version = ["docker", "compose", "version"]
    return (
        shutil.which("docker") is not None and subprocess.run(version, capture_output=True, timeout=60).returncode == 0
    )


if has_compose():

    def test_the_engine_s_client_understands_it() -> None:
        subprocess.run(["docker", "compose", "--file", FILE, "config", "--quiet"], check=True, timeout=60)
