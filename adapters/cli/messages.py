"""`storeline deadletters …`: messages that a consumer could not take in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from aio_pika.exceptions import ChannelNotFoundEntity
from cyclopts import App, Parameter

from adapters.cli.console import put, say
from adapters.cli.parameters import Count, Json
from adapters.rabbit import dead_letters
from adapters.settings import SettingsError, load

deadletters = App(name="deadletters", help="Look at messages that a consumer set aside, and give them back.")

Consumer = Annotated[str, Parameter(help="Name of the consumer: its queue.")]


@deadletters.command(name="list")
async def show(consumer: Consumer, *, count: Count = 20, json: Json = False) -> None:
    """Show the oldest messages that were set aside; they stay where they are.

    Parameters
    ----------
    count
        How many.
    """
    with _known(consumer):
        letters = await dead_letters.peek(_amqp_url(), consumer, limit=count)
    for letter in letters:
        put(msgspec.json.encode(letter).decode() if json else _line(letter))


@deadletters.command
async def replay(consumer: Consumer, *, count: Count | None = None) -> None:
    """Put them back into the consumer's queue, oldest first: once what failed is mended.

    What the consumer took in before has no second effect.

    Parameters
    ----------
    count
        How many at most; all of them by default.
    """
    with _known(consumer):
        done = await dead_letters.replay(_amqp_url(), consumer, limit=count)
    put(f"{done} given back.")


@contextmanager
def _known(consumer: str) -> Iterator[None]:
    try:
        yield
    except ChannelNotFoundEntity:
        say(f"There is no consumer {consumer} on this broker.")
        raise SystemExit(1) from None


def _amqp_url() -> str:
    url = load().amqp_url
    if url is None:
        raise SettingsError(["AMQP_URL: is not set; it names the RabbitMQ to look at."])
    return url.get_secret_value()


def _line(letter: dead_letters.DeadLetter) -> str:
    """Escaped: whoever can publish may have written these texts."""
    body = letter.body[:200].decode(errors="backslashreplace")
    return f"{letter.since}  {letter.reason}  {letter.routing_key!a}  {letter.message_id!a}  {body!a}"
