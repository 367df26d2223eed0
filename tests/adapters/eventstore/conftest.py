"""A database with the log of the sample context."""

import pytest

from adapters.postgres import migrations


@pytest.fixture
def log_url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(migrations, "FOLDERS", {"sample": ("log",)})
    migrations.migrate(database_url, "sample")
    return database_url
