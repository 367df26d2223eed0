"""`storeline deadletters`: what an operator sees and does."""

import json
from uuid import uuid4

import pytest

from adapters.cli.messages import deadletters
from adapters.rabbit import wire
from tests.adapters.rabbit.broker import Broker, shipped

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, amqp_url: str) -> None:
    monkeypatch.setenv("AMQP_URL", amqp_url)


async def test_dead_letters_are_shown_and_given_back(broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    await broker.consumer("desk")
    message = shipped(uuid4())
    await broker.put(wire.encode(message), "desk.dead")

    await deadletters.run_async(["list", "desk"], result_action="return_value")
    assert str(message.id) in capsys.readouterr().out
    await deadletters.run_async(["list", "desk", "--json"], result_action="return_value")
    assert str(message.id) == json.loads(capsys.readouterr().out)["message_id"]

    await deadletters.run_async(["replay", "desk"], result_action="return_value")
    assert "1 given back.\n" == capsys.readouterr().out
    (raw,) = await broker.drained("desk")
    assert message == wire.decode(raw)


async def test_a_consumer_that_does_not_exist_is_named(broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        await deadletters.run_async(["list", "nobody"], result_action="return_value")

    assert "There is no consumer nobody" in capsys.readouterr().err
