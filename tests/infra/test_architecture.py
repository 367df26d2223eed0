"""Every rule of imports holds, and every one has been seen to fail."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

MODULES = [
    *("domain.kernel", "domain.basket", "domain.catalog", "domain.inventory", "domain.ordering", "domain.payment"),
    *(f"application.{layer}{name}" for layer in ("", "contracts.", "publishing.") for name in ("basket", "catalog")),
    *("application.ordering", "application.contracts.ordering", "application.publishing.ordering"),
    *("application.inventory", "application.contracts.inventory", "application.publishing.inventory"),
    *("application.payment", "application.contracts.payment", "application.publishing.payment"),
    *("projections.reading", "api.shop", "adapters.settings", "adapters.wiring", "examples.desk"),
]
"""A house in miniature: what the contracts name, and one module for each layer besides."""

VIOLATIONS = [
    ("one-way", "domain.kernel", "application.ordering"),
    ("one-way", "application.ordering", "projections.reading"),
    ("one-way", "projections.reading", "api.shop"),
    ("one-way", "api.shop", "adapters.settings"),
    ("wiring", "adapters.settings", "api.shop"),
    ("pure-domain", "domain.kernel", "psycopg"),
    ("pure-domain", "domain.ordering", "litestar.response"),
    ("pure-projections", "projections.reading", "redis"),
    ("pure-projections", "application.ordering", "faststream.rabbit"),
    ("no-database", "application.ordering", "psycopg"),
    ("contexts", "domain.ordering", "domain.basket"),
    ("contexts", "domain.basket", "domain.catalog"),
    ("basket-alone", "application.basket", "domain.ordering"),
    ("catalog-alone", "application.contracts.catalog", "domain.basket"),
    ("ordering-alone", "application.publishing.ordering", "domain.catalog"),
    ("inventory-alone", "application.inventory", "domain.catalog"),
    ("payment-alone", "application.payment", "domain.ordering"),
    ("examples-outside", "examples.desk", "application.ordering"),
    ("examples-outside", "examples.desk", "domain.kernel"),
]

ALLOWED = {
    "domain.kernel": "datetime\nimport msgspec",
    "application.ordering": "domain.ordering",
    "projections.reading": "psycopg\nimport application.ordering",
    "api.shop": "litestar\nimport projections.reading",
    "adapters.settings": "redis\nimport application.ordering",
    "adapters.wiring": "api.shop\nimport adapters.settings",
    "examples.desk": "application.contracts.ordering\nimport psycopg",
}


def build(folder: Path, imports: Mapping[str, str]) -> None:
    for module in MODULES:
        path = folder.joinpath(*module.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        for package in (path.parent, *path.parent.parents):
            if package == folder:
                break
            (package / "__init__.py").touch()
        path.write_text(f"import {imports[module]}\n" if module in imports else "")
    (folder / "tests").mkdir()
    (folder / "tests" / "architecture.py").write_text((PROJECT / "tests" / "architecture.py").read_text())
    (folder / "pyproject.toml").write_text((PROJECT / "pyproject.toml").read_text())


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_house_keeps_every_contract() -> None:
    linted = lint(PROJECT)

    assert linted.returncode == 0, linted.stdout


def test_what_is_allowed_breaks_no_contract(tmp_path: Path) -> None:
    build(tmp_path, ALLOWED)
    linted = lint(tmp_path)

    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in linted.stdout


@pytest.mark.parametrize(("contract", "importer", "imported"), VIOLATIONS)
def test_a_forbidden_import_breaks_its_contract(tmp_path: Path, contract: str, importer: str, imported: str) -> None:
    build(tmp_path, {importer: imported})
    linted = lint(tmp_path)
    name = next(each["name"] for each in CONTRACTS if each["id"] == contract)

    assert linted.returncode == 1
    assert f"{name} BROKEN" in linted.stdout


def test_every_contract_has_been_seen_to_fail() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {contract for contract, _, _ in VIOLATIONS}
