"""How a payment is worked: the one call of the gateway that is due is announced, made, and its answer recorded.

Three steps, so that no call is made inside a transaction. Whoever dies, stalls or is cut off between two of them leaves
a call that was announced and has no outcome: from the second attempt on the gateway is first asked what became of it.
"""

import asyncio
from typing import NamedTuple
from uuid import UUID

import structlog
from msgspec import Struct

from application.commands import command
from application.payment.gateway import GatewayUnanswered, PaymentGateway
from application.payment.receipts import PaymentReceipt, receipt
from application.store import Call, EventStore, Saved, Stream, recorded_at
from domain import payment
from domain.payment import PAYMENT, Answer, Due, Payment, PaymentEvent, Rules, Step

log = structlog.get_logger()


class WorkPayment(Struct, frozen=True):
    pass


class ExpirePayment(Struct, frozen=True):
    pass


class _Announced(Struct, frozen=True):
    """The call that is this process's to make now; `due` is None where there is none."""

    payment: Payment
    due: Due | None = None


class _Heard(NamedTuple):
    due: Due
    attempt: int
    answer: Answer | None
    """None where no answer came."""
    error: str = ""


async def work_payment(
    cmd: WorkPayment, call: Call, payment_id: UUID, *, store: EventStore, gateway: PaymentGateway, rules: Rules
) -> Saved[PaymentReceipt] | None:
    """Makes the call that is due; None where there is none, or it is somebody else's."""
    announced = (await _announce(cmd, call, payment_id, store=store, rules=rules)).result
    if announced.due is None:
        return None
    heard = await _hear(payment_id, announced.payment, announced.due, gateway, rules)
    return await _record(heard, call, payment_id, store=store, rules=rules)


@command("payment")
async def expire_payment(
    cmd: ExpirePayment, call: Call, payment_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[PaymentReceipt]:
    """Gives up a payment that took too long. Its own history decides that, not the caller."""
    stream = await store.load(PAYMENT, payment_id)
    requested_at = await recorded_at(store, PAYMENT, payment_id, version=1)
    stream.add(payment.expire(stream.state, requested_at, call.now, rules))
    return await store.save(stream, call=call, result=receipt(stream))


@command("payment")
async def _announce(
    cmd: WorkPayment, call: Call, payment_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[_Announced]:
    stream = await store.load(PAYMENT, payment_id)
    pause = stream.state.pause
    paused_at = await recorded_at(store, PAYMENT, payment_id, pause.version) if pause else None
    stream.add(payment.begin(stream.state, paused_at, call.now, rules))
    announced = _Announced(stream.state, stream.state.due if stream.pending else None)
    return await store.save(stream, call=call, result=announced)


@command("payment")
async def _record(
    heard: _Heard, call: Call, payment_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[PaymentReceipt]:
    """The answer is decided on again if the payment changes meanwhile: it is never lost to a race."""
    stream: Stream[Payment, PaymentEvent] = await store.load(PAYMENT, payment_id)
    if heard.answer is None:
        stream.add(payment.note_silence(stream.state, heard.due, heard.attempt, heard.error, rules))
    else:
        stream.add(payment.conclude(stream.state, heard.due, heard.answer, rules))
    return await store.save(stream, call=call, result=receipt(stream))


async def _hear(payment_id: UUID, state: Payment, due: Due, gateway: PaymentGateway, rules: Rules) -> _Heard:
    """What the gateway says, each time within the time limit. However a call fails, nobody knows what it did.

    A gateway that did not begin the payment knows nothing of it: the payment waits for its own.
    """
    if state.requested and state.requested.gateway != gateway.name:
        error = f"made with {state.requested.gateway}, not with {gateway.name}"
        return _Heard(due, state.attempts, None, error)
    limit = rules.answer_within.total_seconds()
    key = _key(state, due)
    try:
        answer = None
        if state.attempts > 1 or due.step is Step.SETTLE:
            async with asyncio.timeout(limit):
                answer = await gateway.find(key)
        if answer is None:
            async with asyncio.timeout(limit):
                answer = await _make(state, due, gateway)
    except TimeoutError:
        return _Heard(due, state.attempts, None, f"no answer within {limit:g} s")
    except GatewayUnanswered as error:
        return _Heard(due, state.attempts, None, str(error) or "no answer")
    except Exception as error:  # it may have taken effect; what it says may hold the request, so it is not stored
        log.exception("gateway failed", payment=str(payment_id), step=due.step.value, attempt=state.attempts)
        return _Heard(due, state.attempts, None, type(error).__name__)
    return _Heard(due, state.attempts, answer)


async def _make(state: Payment, due: Due, gateway: PaymentGateway) -> Answer | None:
    asked, key = state.requested, _key(state, due)
    match due.step:
        case Step.AUTHORISE if asked and asked.instrument:
            return await gateway.authorise(key, asked.amount, asked.instrument.token)
        case Step.CAPTURE:
            return await gateway.capture(key, state.transaction_id, state.amount)
        case Step.VOID:
            return await gateway.void(key, _key(state, Due(Step.AUTHORISE)))
        case Step.REFUND if due.refund_id:
            return await gateway.refund(key, state.transaction_id, state.refunds[due.refund_id].amount)
        case _:
            return None


def _key(state: Payment, due: Due) -> str:
    """The same for every attempt of this step of this payment, whoever makes it."""
    if due.step is Step.SETTLE:
        return _key(state, Due(Step.CAPTURE))
    return ":".join(str(part) for part in (state.key, due.step.value, due.refund_id) if part)
