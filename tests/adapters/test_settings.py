"""Settings: read by type, and refused in one clear line each."""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.databases import secret
from adapters.settings import Settings, SettingsError, load, variable


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    return refused.value.problems


def test_without_any_variable_the_shop_runs_for_development() -> None:
    settings = load()

    assert ("development", 8000, Path(".storeline"), True) == (
        settings.env,
        settings.port,
        settings.data,
        settings.shows_docs,
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("2s", timedelta(seconds=2)),
        ("30m", timedelta(minutes=30)),
        ("1.5h", timedelta(minutes=90)),
        ("30d", timedelta(days=30)),
    ],
)
def test_durations_have_a_unit(monkeypatch: pytest.MonkeyPatch, written: str, meant: timedelta) -> None:
    monkeypatch.setenv("STORELINE_TOKEN_LIFETIME", written)

    assert load().token_lifetime == meant


@pytest.mark.parametrize("written", ["30", "2 weeks", "-1s", "", "1e9d"])
def test_what_is_no_duration_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    (problem,) = problems(monkeypatch, STORELINE_ORDER_TIMEOUT=written)

    assert problem.startswith("STORELINE_ORDER_TIMEOUT: a duration is a number and a unit")


def test_a_misspelt_setting_is_refused_and_the_right_one_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, STORELINE_PROT="9000")

    assert problem == "STORELINE_PROT: no such setting. Did you mean STORELINE_PORT?"


@pytest.mark.proves("SEC-03")
def test_production_needs_a_key_and_a_database_of_its_own_and_a_gateway_on_purpose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = problems(monkeypatch, STORELINE_ENV="production")

    named = [problem.partition(":")[0] for problem in found]
    assert named == ["STORELINE_SECRET", "DATABASE_URL", "STORELINE_GATEWAY"]
    found = problems(monkeypatch, STORELINE_ENV="production", STORELINE_GATEWAY="sandbox")
    assert len(found) == 2


def test_what_is_no_database_address_is_told_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, STORELINE_READ_DATABASE_URL="canary")

    assert problem.startswith("STORELINE_READ_DATABASE_URL: is no address")
    assert "canary" not in problem


def test_limits_that_no_order_can_meet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, STORELINE_ORDER_LEAST="500", STORELINE_ORDER_MOST="5")

    assert problem.startswith("STORELINE_ORDER_LEAST: is larger")


@pytest.mark.parametrize(("grace", "timeout"), [("30m", "30m"), ("1h", "30m"), ("1m", "1m"), ("0s", "0s")])
def test_times_in_which_no_order_could_be_paid_are_refused(
    monkeypatch: pytest.MonkeyPatch, grace: str, timeout: str
) -> None:
    (problem,) = problems(monkeypatch, STORELINE_GRACE_PERIOD=grace, STORELINE_ORDER_TIMEOUT=timeout)

    assert problem.startswith("STORELINE_GRACE_PERIOD: is not shorter than STORELINE_ORDER_TIMEOUT")


def test_a_payment_is_given_time_for_the_call_of_a_gateway_that_died_on_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (problem,) = problems(monkeypatch, STORELINE_PAYMENT_TIMEOUT="14s", STORELINE_GATEWAY_TIMEOUT="5s")

    assert problem.startswith("STORELINE_PAYMENT_TIMEOUT: is shorter than three times STORELINE_GATEWAY_TIMEOUT")
    monkeypatch.setenv("STORELINE_PAYMENT_TIMEOUT", "15s")
    assert load().payment_timeout == timedelta(seconds=15)


def test_a_short_key_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, STORELINE_SECRET="short-and-sweet")

    assert "at least 32 characters" in problem
    assert "short-and-sweet" not in problem


def test_a_context_can_have_a_database_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://all")
    monkeypatch.setenv("STORELINE_ORDERING_DATABASE_URL", "postgresql://orders")
    settings = load()

    assert {"catalog": "postgresql://all", "ordering": "postgresql://orders", "read": "postgresql://all"} == {
        schema: settings.database(schema) for schema in ("catalog", "ordering", "read")
    }


@pytest.mark.proves("SEC-03")
def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:canary@db/shop")

    assert "canary" not in f"{load()!r} {load().model_dump(mode='json')}"


def test_development_makes_a_key_once_and_keeps_it_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORELINE_DATA", str(tmp_path / "data"))
    first = secret(load())

    assert len(first) == 64
    assert first == secret(load())
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600
