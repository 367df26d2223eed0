"""`storeline deadletters …`: messages that a consumer could not take in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from aio_pika.exceptions import ChannelNotFoundEntity
from cyclopts import App, Parameter
from cyclopts.validators import Number

from adapters.cli.console import put, say
from adapters.rabbit import dead_letters
from adapters.settings import SettingsError, load

deadletters = App(name="deadletters", help="Look at messages that a consumer set aside, and give them back.")

Consumer = Annotated[str, Parameter(help="Name of the consumer: its queue.")]
Count = Annotated[int, Parameter(validator=Number(gte=1))]


@deadletters.command(name="list")
async def show(consumer: Consumer, *, count: Count = 20, json: bool = False) -> None:
    """Show the oldest messages that were set aside; they stay where they are.

    Parameters
    ----------
    count
        How many.
    json
        One JSON object a line, with the body in base64.
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
        How many at most; all where it is not said.
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
        raise SettingsError(["AMQP_URL: is needed to look at what lies in RabbitMQ."])
    return url.get_secret_value()


def _line(letter: dead_letters.DeadLetter) -> str:
    """Escaped: whoever can publish may have written these texts."""
    body = letter.body[:200].decode(errors="backslashreplace")
    return f"{letter.since}  {letter.reason}  {letter.routing_key!a}  {letter.message_id!a}  {body!a}"
