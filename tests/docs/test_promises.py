"""What the guides name is there: settings, commands, metrics, routes, codes, contracts, files."""

import re
import shlex
from pathlib import Path

import httpx
import psycopg
import pytest
from prometheus_client import generate_latest

import adapters.rabbit.consumer
import adapters.rabbit.relay  # noqa: F401  # both: their metrics
from adapters.cli.app import app
from adapters.settings import Settings, variable
from api.access import DOCS as DOCUMENTATION
from api.access import ROUTES
from tests.docs import tables
from tests.docs.guides import ALL, DOCS, GUIDES, PROJECT, guide, named
from tests.docs.shops import database_of
from tests.system.shop import RunningShop

every_guide = pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)

ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s?…]+)")
METRIC = re.compile(r"storeline_[a-z_]+")
LINK = re.compile(r"\]\(([^)#:]+)\)")


@every_guide
def test_every_setting_that_a_guide_names_exists(file: Path) -> None:
    known = {variable(field) for field in Settings.model_fields}
    names = set(re.findall(r"\b(?:STORELINE_[A-Z_]+|[A-Z]+_URL)\b", file.read_text()))

    assert names <= known


@every_guide
def test_every_command_that_a_guide_names_can_be_given(file: Path) -> None:
    for words in named(file.read_text()):
        if words.startswith("storeline "):
            command = words.replace("<name>", "name")
            app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)


@every_guide
def test_every_route_that_a_guide_names_exists(file: Path) -> None:
    named_routes = {" ".join(found) for words in named(file.read_text()) for found in ROUTE.findall(words)}

    assert named_routes <= ROUTES.keys() | DOCUMENTATION.keys()


@every_guide
def test_every_file_that_a_guide_names_exists(file: Path) -> None:
    text = file.read_text()
    links = [file.parent / link for link in LINK.findall(text)]
    paths = [
        PROJECT / words for words in named(text) if re.fullmatch(r"(tests|docs|adapters|examples)/[\w/.-]+", words)
    ]

    assert [] == [path for path in (*links, *paths) if not path.exists()]


def test_every_metric_that_the_guide_for_operators_names_exists(shop: RunningShop) -> None:
    pages = httpx.get(f"{shop.url}/metrics", timeout=30).text + generate_latest().decode()

    assert set(METRIC.findall(guide("operators"))) <= set(METRIC.findall(pages))


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_tables_that_come_from_the_code_are_up_to_date(name: str) -> None:
    assert tables.TABLES[name]() in guide(name), "run `python -m tests.docs.tables`"


def test_every_code_that_the_guide_for_clients_names_is_sent() -> None:
    sent = {code for found in tables.codes().values() for code in found}
    table = guide("clients").split("# Problems")[1]

    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", guide("clients").removesuffix(table))) - sent == {
        "keep-user",
        "keep-anonymous",
        "in-stock",
        "low-stock",
        "sandbox-ok",
    }


def test_the_guide_for_clients_names_every_route_that_requires_a_key_or_a_version() -> None:
    text = guide("clients")
    keys = text.split("- Required (400 without):")[1].partition("\n- ")[0]
    versions = text.split("required (428 without)")[1].partition("```")[0]

    assert {name for name, rule in ROUTES.items() if rule.key_required} == {" ".join(each) for each in routes(keys)}
    assert {name for name, rule in ROUTES.items() if rule.match_required} == {
        " ".join(each) for each in routes(versions)
    }


def routes(text: str) -> list[tuple[str, str]]:
    return [found for words in named(text) for found in ROUTE.findall(words)]


@pytest.mark.parametrize("file", [DOCS / "README.md", *(DOCS / "adr").glob("*.md")], ids=lambda file: file.stem)
def test_every_link_in_the_documents_leads_somewhere(file: Path) -> None:
    assert [] == [link for link in LINK.findall(file.read_text()) if not (file.parent / link).exists()]


def test_every_guide_is_listed() -> None:
    listed = set(LINK.findall((DOCS / "README.md").read_text()))

    assert {f"{GUIDES.name}/{file.name}" for file in ALL} <= listed


def test_a_faulted_follower_is_shown_and_told_to_leave_a_fact_out(shop: RunningShop) -> None:
    with psycopg.connect(database_of(shop), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO read.fault (follower, context, position, tag, error)"
            " VALUES ('retired_v1', 'ordering', 1, 'ordering.OrderPlaced', 'a test')"
        )
        done = shop.command("projections", "skip", "retired_v1", "1", "--who", "sam", "--why", "a test order")
        kept = connection.execute("SELECT actor, reason FROM read.skip WHERE follower = 'retired_v1'").fetchall()
    again = shop.command("projections", "retry", "retired_v1")

    assert "retired_v1 leaves out ordering=1 (ordering.OrderPlaced)." in done.stderr
    assert [("sam", "a test order")] == kept
    assert (1, "storeline: retired_v1 is not faulted") == (again.returncode, again.stderr.partition(";")[0])


def test_a_command_whose_database_is_away_says_so_in_clear_lines(shop: RunningShop) -> None:
    away = {**shop.environment, "DATABASE_URL": "postgresql://storeline@127.0.0.1:1/storeline"}
    done = RunningShop(away, shop.output, shop.process).command("migrate", "--check")

    assert done.returncode == 1
    assert all(line.startswith("storeline: ") for line in done.stderr.splitlines())
