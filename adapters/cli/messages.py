"""`storeline deadletters …`: messages that a consumer could not take in."""

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
    try:
        letters = await dead_letters.peek(_amqp_url(), consumer, limit=count)
    except ChannelNotFoundEntity:
        say(f"There is no consumer {consumer}.")
        raise SystemExit(1) from None
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
    try:
        done = await dead_letters.replay(_amqp_url(), consumer, limit=count)
    except ChannelNotFoundEntity:
        say(f"There is no consumer {consumer}.")
        raise SystemExit(1) from None
    put(f"{done} given back.")


def _amqp_url() -> str:
    url = load().amqp_url
    if url is None:
        raise SettingsError(["AMQP_URL: is needed to look at what lies in RabbitMQ."])
    return url.get_secret_value()


def _line(letter: dead_letters.DeadLetter) -> str:
    body = letter.body[:200].decode(errors="backslashreplace")
    return f"{letter.since}  {letter.routing_key}  {letter.message_id}  {letter.reason}  {ascii(body)}"
