"""Migrations go forward and back, once, in turns, and never silently differ from what was applied."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from adapters.postgres import migrations
from adapters.postgres.migrations import FOLDERS, MigrationError, migrate, pending, rollback, script
from tests.services.postgres import psql

ONE = "20260101000000_make_shelves"
TWO = "20260102000000_make_boxes"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations" / "warehouse"
    folder.mkdir(parents=True)
    write(folder, ONE, "CREATE TABLE shelf (id int PRIMARY KEY);\nINSERT INTO shelf VALUES (1);", "DROP TABLE shelf;")
    write(folder, TWO, "CREATE TABLE box (shelf int REFERENCES shelf);", "DROP TABLE box;")
    return folder.parent


def write(folder: Path, name: str, up: str, down: str) -> None:
    (folder / f"{name}.sql").write_text(up)
    (folder / f"{name}.rollback.sql").write_text(down)


def tables(url: str, schema: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
        return {name for (name,) in rows}


@pytest.mark.proves("OPS-23", "OPS-27")
def test_an_empty_database_is_brought_to_the_latest_version_once(database_url: str, root: Path) -> None:
    assert [ONE, TWO] == migrate(database_url, "warehouse", root)
    assert [] == migrate(database_url, "warehouse", root)
    assert {"shelf", "box", "schema_migration"} == tables(database_url, "warehouse")


@pytest.mark.proves("OPS-23", "OPS-26", "OPS-27")
def test_the_last_steps_are_undone_and_done_again(database_url: str, root: Path) -> None:
    migrate(database_url, "warehouse", root)

    assert [TWO] == rollback(database_url, "warehouse", 1, root)
    assert {"shelf", "schema_migration"} == tables(database_url, "warehouse")
    assert [ONE] == rollback(database_url, "warehouse", 5, root)
    assert [ONE, TWO] == migrate(database_url, "warehouse", root)


def test_a_failing_step_leaves_nothing_of_itself_and_all_before_it(database_url: str, root: Path) -> None:
    write(root / "warehouse", TWO, "CREATE TABLE box (id int); SELECT 1 / 0;", "DROP TABLE box;")

    with pytest.raises(MigrationError, match=f"{TWO}: division by zero"):
        migrate(database_url, "warehouse", root)

    assert {"shelf", "schema_migration"} == tables(database_url, "warehouse")
    assert [TWO] == [step.id for step in pending(database_url, "warehouse", root)]


def test_a_step_that_changed_after_it_was_applied_is_an_error(database_url: str, root: Path) -> None:
    migrate(database_url, "warehouse", root)
    write(root / "warehouse", ONE, "CREATE TABLE shelf (id bigint PRIMARY KEY);", "DROP TABLE shelf;")

    with pytest.raises(MigrationError, match="was changed after it was applied"):
        pending(database_url, "warehouse", root)


def test_steps_of_newer_code_are_left_alone_by_older_code(database_url: str, root: Path) -> None:
    migrate(database_url, "warehouse", root)
    for file in (root / "warehouse").glob(f"{TWO}*"):
        file.unlink()

    assert [] == migrate(database_url, "warehouse", root)
    with pytest.raises(MigrationError, match="was applied by other code"):
        rollback(database_url, "warehouse", 1, root)


@pytest.mark.parametrize("missing", [f"{TWO}.rollback.sql"])
def test_a_step_without_a_way_back_is_refused(root: Path, missing: str) -> None:
    (root / "warehouse" / missing).unlink()

    with pytest.raises(MigrationError, match="has no way back"):
        migrations.migrations("warehouse", root)


def test_a_step_with_an_untimely_name_is_refused(root: Path) -> None:
    write(root / "warehouse", "add_things", "SELECT 1;", "SELECT 1;")

    with pytest.raises(MigrationError, match="YYYYMMDDHHMMSS"):
        migrations.migrations("warehouse", root)


@pytest.mark.proves("OPS-23")
def test_processes_that_migrate_at_once_apply_each_step_once(database_url: str, root: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        applied = list(pool.map(lambda _: migrate(database_url, "warehouse", root), range(8)))

    assert [[], [ONE, TWO]] == sorted(applied)[:1] + sorted(applied)[-1:]
    assert 2 == sum(len(ids) for ids in applied)


@pytest.mark.proves("OPS-24")
def test_the_script_does_what_migrate_does_and_only_once(database_url: str, root: Path) -> None:
    text = script(database_url, "warehouse", root)

    psql(database_url, text)
    psql(database_url, text)

    assert {"shelf", "box", "schema_migration"} == tables(database_url, "warehouse")
    assert [] == pending(database_url, "warehouse", root)


@pytest.mark.proves("OPS-23", "OPS-27")
@pytest.mark.parametrize("schema", FOLDERS)
def test_the_shop_s_own_schemas_go_all_the_way_forward_back_and_forward(database_url: str, schema: str) -> None:
    applied = migrate(database_url, schema)
    after = tables(database_url, schema)

    assert applied[::-1] == rollback(database_url, schema, len(applied))
    assert {"schema_migration"} == tables(database_url, schema)
    assert applied == migrate(database_url, schema)
    assert after == tables(database_url, schema)
