"""Every knob of the shop, read from the environment. Wrong settings stop the start with one clear line each."""

import difflib
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AliasChoices, BeforeValidator, Field, PlainSerializer, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.contexts import SCHEMAS
from adapters.tariff import read_tariff
from application.tariff import InvalidTariff

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)", re.ASCII)


class SettingsError(Exception):
    """The environment does not make a valid set of settings; `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _seconds(value: Any) -> Any:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError("a duration is a number and a unit: 500ms, 2s, 30m, 24h or 30d")


def _written(value: timedelta) -> str:
    seconds = value.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:g}ms"
    unit = next(unit for unit in ("d", "h", "m", "s") if unit == "s" or seconds % _UNITS[unit] == 0)
    return f"{seconds / _UNITS[unit]:g}{unit}"


Duration = Annotated[timedelta, BeforeValidator(_seconds), PlainSerializer(_written)]
Rate = Annotated[Decimal, Field(ge=0, le=1)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4)]


def _named(name: str) -> AliasChoices:
    """A setting that other programs know by a name of its own, without our prefix."""
    return AliasChoices(name)


class Settings(BaseSettings):
    """The variables have these names, in capitals after `STORELINE_`; three URLs that all programs know stand alone."""

    model_config = SettingsConfigDict(env_prefix="STORELINE_", frozen=True, extra="forbid", populate_by_name=True)

    env: Literal["development", "production"] = Field(
        "development", description="production never migrates, seeds or mints tokens by itself"
    )
    data: Path = Field(Path(".storeline"), description="folder of the embedded database and the generated secret")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8000, description="port to listen on")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(1, description="API processes")
    origins: tuple[str, ...] = Field(
        (), description='web pages that may call from a browser, as a JSON list: ["https://shop.example"]'
    )
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="port where `follow` and `relay` show their metrics; the API shows its own at /metrics"
    )
    docs: bool | None = Field(None, description="serve the OpenAPI document and page; by default only in development")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    database_url: SecretStr | None = Field(
        None,
        validation_alias=_named("DATABASE_URL"),
        description="your own Postgres 16+ with pgvector; without it the embedded one runs",
    )
    catalog_database_url: SecretStr | None = Field(None, description="a database of its own for the catalogue's events")
    basket_database_url: SecretStr | None = Field(None, description="a database of its own for the baskets' events")
    ordering_database_url: SecretStr | None = Field(None, description="a database of its own for the orders' events")
    inventory_database_url: SecretStr | None = Field(None, description="a database of its own for the stock's events")
    payment_database_url: SecretStr | None = Field(None, description="a database of its own for the payments' events")
    read_database_url: SecretStr | None = Field(None, description="a database of its own for the read models")
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=_named("REDIS_URL"),
        description="shared cache; without it the cache lives in each process",
    )
    amqp_url: SecretStr | None = Field(
        None, validation_alias=_named("AMQP_URL"), description="RabbitMQ; without it events wait in the log"
    )
    reactors: Literal["log", "rabbitmq"] = Field(
        "log", description="where a context hears the others: their logs, or RabbitMQ, which the relay fills"
    )

    pool_min: Annotated[int, Field(ge=0, le=1000)] = Field(2, description="connections kept open by each pool")
    pool_max: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="connections of each pool at most")
    pool_wait: Duration = Field(timedelta(seconds=2), description="how long a request waits for a connection")
    pool_lifetime: Duration = Field(timedelta(minutes=5), description="age at which a connection is replaced")
    pool_idle: Duration = Field(timedelta(minutes=1), description="idle time after which a spare connection is closed")
    connect_timeout: Duration = Field(timedelta(seconds=5), description="time limit for connecting to Postgres")
    statement_timeout: Duration = Field(timedelta(seconds=2), description="time limit for one query")
    lock_timeout: Duration = Field(timedelta(seconds=2), description="time limit for one wait on a lock")

    secret: SecretStr | None = Field(
        None,
        description="key that signs tokens and cursors, at least 32 characters; development makes one itself",
    )
    token_lifetime: Duration = Field(timedelta(hours=12), description="lifetime of minted tokens")
    idempotency_lifetime: Annotated[Duration, Field(ge=timedelta(hours=24))] = Field(
        timedelta(hours=48), description="how long a command is remembered by its key"
    )

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field("USD", description="the shop's one currency")
    tariff: Path | None = Field(
        None, description="TOML file with rates of tax and shipping by place; instead of the three flat ones below"
    )
    tax_rate: Rate = Field(Decimal("0.08"), description="flat tax rate on each line")
    shipping: Amount = Field(Decimal("4.90"), description="flat shipping amount for each order")
    free_shipping_from: Amount | None = Field(
        Decimal("50.00"), description="subtotal from which shipping is free; empty for never"
    )
    order_least: Amount = Field(Decimal("10.00"), description="least total of an order")
    order_most: Amount = Field(Decimal("10000.00"), description="highest total of an order")
    order_lines: Annotated[int, Field(ge=1, le=1000)] = Field(50, description="lines of an order at most")
    order_pending: Annotated[int, Field(ge=1, le=1000)] = Field(5, description="pending orders of one buyer at most")
    grace_period: Duration = Field(
        timedelta(minutes=1), description="an order is left alone so long: it can be changed, and cancelled for free"
    )
    order_timeout: Duration = Field(timedelta(minutes=30), description="a pending order is cancelled after this time")
    reservation_lifetime: Duration = Field(
        timedelta(minutes=5), description="stock is set aside so long for an order that is not paid"
    )
    reservations: Annotated[int, Field(ge=1, le=1000)] = Field(
        5, description="unpaid reservations of one buyer for one product at most"
    )
    gateway: Literal["sandbox"] = Field("sandbox", description="what takes the money; the sandbox moves none")
    gateway_timeout: Annotated[Duration, Field(gt=timedelta())] = Field(
        timedelta(seconds=5), description="time limit of one call of the gateway"
    )
    payment_timeout: Duration = Field(
        timedelta(minutes=30), description="a payment whose money was not taken expires after this time"
    )
    basket_lifetime: Duration = Field(timedelta(days=30), description="a basket expires so long after its last change")
    basket_lines: Annotated[int, Field(ge=1, le=1000)] = Field(50, description="lines of a basket at most")

    embedder: Literal["static", "http"] = Field(
        "static",
        description="what turns text into vectors: the model that ships along, or an OpenAI-compatible endpoint",
    )
    embedder_url: str | None = Field(None, description="base URL of the endpoint, e.g. https://host/v1")
    embedder_model: str | None = Field(None, description="model name at the endpoint")
    embedder_key: SecretStr | None = Field(None, description="API key of the endpoint")
    embedder_timeout: Duration = Field(timedelta(seconds=3), description="time limit of one call to the endpoint")

    cache_lifetime: Duration = Field(
        timedelta(minutes=10), description="age at which a cached catalogue answer is dropped"
    )
    cache_entries: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
        20_000, description="answers that the cache inside a process holds at most"
    )
    read_after_wait: Duration = Field(
        timedelta(seconds=2), description="how long a query waits for the position that it was told to see"
    )

    def database(self, context: str) -> str | None:
        """URL of the database where a context (or `read`) lives; None for the embedded one."""
        own: SecretStr | None = getattr(self, f"{context}_database_url")
        url = own or self.database_url
        return url.get_secret_value() if url else None

    @property
    def shows_docs(self) -> bool:
        return self.docs if self.docs is not None else self.env == "development"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment; raises SettingsError."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError([_line(each["loc"], each["msg"]) for each in error.errors()]) from error
    problems = [*_unknown(environ), *_contradictions(settings)]
    if problems:
        raise SettingsError(problems)
    return settings


def variable(field: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"STORELINE_{field.upper()}"


def _line(loc: tuple[int | str, ...], message: str) -> str:
    field = str(loc[0]).lower() if loc else ""
    name = variable(field) if field in Settings.model_fields else str(loc[0]).upper()
    return f"{name}: {message.removeprefix('Value error, ')}"


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = [variable(field) for field in Settings.model_fields]
    ours = [name for name in environ if name.startswith("STORELINE_") and not name.startswith("STORELINE_TEST_")]
    problems = []
    for name in sorted(set(ours) - set(known) - {"STORELINE_SOAK"}):  # which is the test suite's
        close = difflib.get_close_matches(name, known, 1)
        problems.append(
            f"{name}: no such setting."
            + (f" Did you mean {close[0]}?" if close else " `storeline settings` lists them all.")
        )
    return problems


def _contradictions(settings: Settings) -> list[str]:
    problems = [
        f"{variable(name)}: is no address of a Postgres database, like postgresql://user:password@host/name."
        for name in ("database_url", *(f"{schema}_database_url" for schema in SCHEMAS))
        if not _names_a_database(getattr(settings, name))
    ]
    if settings.secret and len(settings.secret.get_secret_value()) < 32:
        problems.append("STORELINE_SECRET: needs at least 32 characters, e.g. from `openssl rand -hex 32`.")
    if settings.env == "production" and settings.secret is None:
        problems.append("STORELINE_SECRET: production needs one, e.g. from `openssl rand -hex 32`.")
    if settings.env == "production" and settings.database_url is None:
        problems.append("DATABASE_URL: production needs your own Postgres; the embedded one is for development.")
    if settings.env == "production" and "gateway" not in settings.model_fields_set:
        problems.append("STORELINE_GATEWAY: the sandbox takes no money. Set it to `sandbox` if production is to do so.")
    if settings.embedder == "http" and not (settings.embedder_url and settings.embedder_model):
        problems.append(
            "STORELINE_EMBEDDER_URL and STORELINE_EMBEDDER_MODEL: both are needed with STORELINE_EMBEDDER=http."
        )
    if settings.reactors == "rabbitmq" and settings.amqp_url is None:
        problems.append("AMQP_URL: is needed with STORELINE_REACTORS=rabbitmq; it names the RabbitMQ to hear.")
    if settings.pool_min > settings.pool_max:
        problems.append("STORELINE_POOL_MIN: is larger than STORELINE_POOL_MAX.")
    if settings.order_least > settings.order_most:
        problems.append("STORELINE_ORDER_LEAST: is larger than STORELINE_ORDER_MOST, so that no order could be placed.")
    if settings.grace_period >= settings.order_timeout:
        problems.append(
            "STORELINE_GRACE_PERIOD: is not shorter than STORELINE_ORDER_TIMEOUT, so that each order would be cancelled"
            " before anything is asked for it."
        )
    if settings.payment_timeout < 3 * settings.gateway_timeout:
        problems.append(
            "STORELINE_PAYMENT_TIMEOUT: is shorter than three times STORELINE_GATEWAY_TIMEOUT, after which a call that"
            " nobody answered is asked about."
        )
    if settings.tariff:
        try:
            read_tariff(settings.tariff)
        except InvalidTariff as error:
            problems.append(f"STORELINE_TARIFF: {settings.tariff}: {error}.")
    return problems


def _names_a_database(url: SecretStr | None) -> bool:
    try:
        return url is None or bool(conninfo_to_dict(url.get_secret_value()))
    except ProgrammingError:
        return False
