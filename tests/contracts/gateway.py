"""What every payment gateway must do: one suite, run by each adapter. A real one runs it against its test account."""

import asyncio
from uuid import uuid4

import pytest

from application.payment import PaymentGateway
from domain.payment import Accepted, Answer, Rejected
from tests.money import usd

pytestmark = pytest.mark.anyio


TOTAL = usd("360.45")


def key(step: str = "") -> str:
    """One that was never used before."""
    return f"{uuid4()}:{step}"


def transaction(answer: Answer) -> str:
    assert isinstance(answer, Accepted)
    assert answer.transaction_id
    return answer.transaction_id


@pytest.mark.proves("PAY-08")
class GatewayContract:
    """Inherit, and give the fixtures `gateway`, `token` and `declined_token`."""

    async def held(self, gateway: PaymentGateway, token: str, asked: str | None = None) -> str:
        return transaction(await gateway.authorise(asked or key(), TOTAL, token))

    async def taken(self, gateway: PaymentGateway, token: str) -> str:
        return transaction(await gateway.capture(key(), await self.held(gateway, token), TOTAL))

    async def test_it_has_a_name(self, gateway: PaymentGateway) -> None:
        assert gateway.name.strip()

    async def test_money_is_held_taken_and_paid_back(self, gateway: PaymentGateway, token: str) -> None:
        held = await self.held(gateway, token)
        taken = await gateway.capture(key(), held, TOTAL)

        assert isinstance(taken, Accepted)
        assert taken.settles_at is not None, "when the money will be paid out"
        for amount in ("60.45", "300.00"):
            transaction(await gateway.refund(key(), taken.transaction_id, usd(amount)))

    async def test_a_refusal_has_a_code_and_stays(self, gateway: PaymentGateway, declined_token: str) -> None:
        asked = key()
        refused = await gateway.authorise(asked, TOTAL, declined_token)

        assert isinstance(refused, Rejected)
        assert refused.reason.strip()
        assert refused == await gateway.authorise(asked, TOTAL, declined_token) == await gateway.find(asked)

    async def test_each_answer_can_be_found_by_its_key(self, gateway: PaymentGateway, token: str) -> None:
        asked = [key(step) for step in ("authorise", "capture", "refund", "void")]
        assert await gateway.find(asked[0]) is None
        held = await gateway.authorise(asked[0], TOTAL, token)
        taken = await gateway.capture(asked[1], transaction(held), TOTAL)
        paid_back = await gateway.refund(asked[2], transaction(taken), TOTAL)
        other = await self.held(gateway, token, asked[3])
        let_go = await gateway.void(key(), asked[3])

        answers = [await gateway.find(each) for each in asked[:3]]
        assert [transaction(held), transaction(taken), transaction(paid_back)] == [
            transaction(answer) for answer in answers if answer
        ]
        assert isinstance(let_go, Accepted)
        assert isinstance(await gateway.capture(key(), other, TOTAL), Rejected)

    @pytest.mark.proves("P10")
    async def test_a_call_that_comes_often_and_at_once_has_one_effect(
        self, gateway: PaymentGateway, token: str
    ) -> None:
        asked = key()
        held = await asyncio.gather(*(gateway.authorise(asked, TOTAL, token) for _ in range(10)))
        assert len({transaction(answer) for answer in held}) == 1
        (id,) = {transaction(answer) for answer in held}
        asked = key()
        taken = await asyncio.gather(*(gateway.capture(asked, id, TOTAL) for _ in range(10)))
        assert len({transaction(answer) for answer in taken}) == 1
        asked, back = key(), transaction(taken[0])
        paid_back = await asyncio.gather(*(gateway.refund(asked, back, usd("200.00")) for _ in range(10)))
        assert len({transaction(answer) for answer in paid_back}) == 1
        assert isinstance(await gateway.refund(key(), back, usd("160.45")), Accepted), "200.00 went back once"

    async def test_money_is_taken_once_whatever_the_key(self, gateway: PaymentGateway, token: str) -> None:
        held = await self.held(gateway, token)
        answers = await asyncio.gather(*(gateway.capture(key(), held, TOTAL) for _ in range(5)))

        assert sum(isinstance(answer, Accepted) for answer in answers) == 1

    async def test_no_more_is_paid_back_than_was_taken(self, gateway: PaymentGateway, token: str) -> None:
        taken = await self.taken(gateway, token)
        answers = await asyncio.gather(*(gateway.refund(key(), taken, usd("100.00")) for _ in range(5)))

        assert sum(isinstance(answer, Accepted) for answer in answers) == 3
        assert isinstance(await gateway.refund(key(), taken, usd("60.46")), Rejected)
        assert isinstance(await gateway.refund(key(), taken, usd("60.45")), Accepted)

    async def test_nothing_is_paid_back_of_what_is_only_held(self, gateway: PaymentGateway, token: str) -> None:
        assert isinstance(await gateway.refund(key(), await self.held(gateway, token), usd("1.00")), Rejected)

    async def test_what_was_let_go_cannot_be_taken(self, gateway: PaymentGateway, token: str) -> None:
        asked, ending = key(), key()
        held = await self.held(gateway, token, asked)
        let_go = await gateway.void(ending, asked)

        assert isinstance(let_go, Accepted)
        assert let_go == await gateway.void(ending, asked)
        assert isinstance(await gateway.void(key(), asked), Accepted), "letting go again lets go"
        assert isinstance(await gateway.capture(key(), held, TOTAL), Rejected)

    @pytest.mark.proves("P10")
    async def test_a_call_that_arrives_after_its_key_was_closed_holds_nothing(
        self, gateway: PaymentGateway, token: str
    ) -> None:
        late = key()
        assert isinstance(await gateway.void(key(), late), Accepted)

        assert isinstance(await gateway.authorise(late, TOTAL, token), Rejected)

    @pytest.mark.proves("P10")
    async def test_holding_and_letting_go_at_once_holds_nothing(self, gateway: PaymentGateway, token: str) -> None:
        for _ in range(5):
            asked = key()
            held, let_go = await asyncio.gather(gateway.authorise(asked, TOTAL, token), gateway.void(key(), asked))
            assert isinstance(let_go, Accepted)
            if isinstance(held, Accepted):
                assert isinstance(await gateway.capture(key(), held.transaction_id, TOTAL), Rejected)

    async def test_money_is_either_taken_or_let_go(self, gateway: PaymentGateway, token: str) -> None:
        for _ in range(5):
            asked = key()
            held = await self.held(gateway, token, asked)
            answers = await asyncio.gather(gateway.capture(key(), held, TOTAL), gateway.void(key(), asked))
            assert sum(isinstance(answer, Accepted) for answer in answers) == 1

    async def test_no_more_is_taken_than_is_held(self, gateway: PaymentGateway, token: str) -> None:
        held = await self.held(gateway, token)

        assert isinstance(await gateway.capture(key(), held, TOTAL + usd("0.01")), Rejected)
        assert isinstance(await gateway.capture(key(), "no-such-transaction", TOTAL), Rejected)
