"""How each step of a payment goes, by day, UTC: how often it was done, refused, or left without an answer, and why."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain import payment
from domain.kernel import Event, Fact
from projections.kernel import Key, Projection, Seen
from projections.reading import ask

_MOST_SAID = 100
"""Of why, in the gateway's words: it is part of a key."""


class PaymentStep(StrEnum):
    REQUEST = "request"
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    SETTLE = "settle"
    VOID = "void"
    REFUND = "refund"
    DISPUTE = "dispute"


class Outcome(StrEnum):
    CALLED = "called"
    """The gateway was asked."""
    DONE = "done"
    FAILED = "failed"
    """Refused, or too late: it will not be done."""
    UNANSWERED = "unanswered"
    """Nobody knows yet whether it was done; the gateway is asked again."""


class StepOutcome(msgspec.Struct, frozen=True):
    day: date
    step: PaymentStep
    outcome: Outcome
    reason: str
    """Why it failed or was not answered; otherwise empty."""
    times: int = 0


def _outcome(event: Event) -> tuple[PaymentStep, Outcome, str]:
    match event:
        case payment.GatewayCalled(step=step):
            return PaymentStep(step), Outcome.CALLED, ""
        case payment.GatewayCallFailed(step=step, error=error):
            return PaymentStep(step), Outcome.UNANSWERED, error[:_MOST_SAID]
        case payment.PaymentDeclined(reason=reason):
            return PaymentStep.AUTHORISE, Outcome.FAILED, reason[:_MOST_SAID]
        case payment.PaymentFailed(reason="no-payment-method" as reason):
            return PaymentStep.AUTHORISE, Outcome.FAILED, reason
        case payment.PaymentFailed(reason=reason, detail=detail):
            return PaymentStep.CAPTURE, Outcome.FAILED, (detail or reason)[:_MOST_SAID]
        case payment.PaymentExpired():
            return PaymentStep.REQUEST, Outcome.FAILED, "expired"
        case payment.RefundFailed(error=error):
            return PaymentStep.REFUND, Outcome.FAILED, error[:_MOST_SAID]
        case payment.DisputeLost():
            return PaymentStep.DISPUTE, Outcome.FAILED, "lost"
        case _:
            return _DONE[type(event)], Outcome.DONE, ""


_DONE: dict[type[Event], PaymentStep] = {
    payment.PaymentRequested: PaymentStep.REQUEST,
    payment.PaymentAuthorised: PaymentStep.AUTHORISE,
    payment.PaymentCaptured: PaymentStep.CAPTURE,
    payment.PaymentSettled: PaymentStep.SETTLE,
    payment.PaymentVoided: PaymentStep.VOID,
    payment.RefundMade: PaymentStep.REFUND,
    payment.DisputeWon: PaymentStep.DISPUTE,
}


def keys(fact: Fact[Event]) -> Iterator[Key]:
    yield (fact.day, *_outcome(fact.event))


def evolve(row: StepOutcome | None, fact: Fact[Event], key: Key) -> StepOutcome:
    row = row or StepOutcome(*key)
    return replace(row, times=row.times + 1)


PAYMENT_STEPS = Projection(
    name="payment_steps",
    version=1,
    context="payment",
    row=StepOutcome,
    key=("day", "step", "outcome", "reason"),
    events=(
        *_DONE,
        payment.GatewayCalled,
        payment.GatewayCallFailed,
        payment.PaymentDeclined,
        payment.PaymentFailed,
        payment.PaymentExpired,
        payment.RefundFailed,
        payment.DisputeLost,
    ),
    keys=keys,
    evolve=evolve,
)


class DaysPayments(msgspec.Struct, frozen=True, kw_only=True):
    """How the payments of one day, UTC, went."""

    day: date
    requested: int
    authorised: int
    not_authorised: int
    """Declined, or there was nothing to pay with."""
    authorisation_rate: float | None
    """authorised / (authorised + not authorised); null where neither happened."""
    expired: int
    captured: int
    not_captured: int
    voided: int
    settled: int
    refunded: int
    not_refunded: int
    disputes_won: int
    disputes_lost: int
    calls: int
    """Of the gateway."""
    unanswered: int
    """Calls that were left without an answer."""


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step of payments did not go well."""

    step: PaymentStep
    outcome: Outcome
    reason: str
    times: int
    last_day: date


_COUNTS = {
    "requested": "step = 'request' AND outcome = 'done'",
    "authorised": "step = 'authorise' AND outcome = 'done'",
    "not_authorised": "step = 'authorise' AND outcome = 'failed'",
    "expired": "step = 'request' AND outcome = 'failed'",
    "captured": "step = 'capture' AND outcome = 'done'",
    "not_captured": "step = 'capture' AND outcome = 'failed'",
    "voided": "step = 'void' AND outcome = 'done'",
    "settled": "step = 'settle' AND outcome = 'done'",
    "refunded": "step = 'refund' AND outcome = 'done'",
    "not_refunded": "step = 'refund' AND outcome = 'failed'",
    "disputes_won": "step = 'dispute' AND outcome = 'done'",
    "disputes_lost": "step = 'dispute' AND outcome = 'failed'",
    "calls": "outcome = 'called'",
    "unanswered": "outcome = 'unanswered'",
}
_PIVOT = ", ".join(
    f"coalesce(sum(times) FILTER (WHERE {condition}), 0)::bigint AS {name}" for name, condition in _COUNTS.items()
)


async def payments_by_day(
    connection: AsyncConnection, *, first: date, last: date, after: date | None = None, limit: int = 100
) -> Seen[list[DaysPayments]]:
    """From the first day to the last, both included, in the order of days; days without any are left out.

    At most `limit`; `after` is the `day` of the last one seen.
    """
    return await ask(
        connection,
        DaysPayments,
        sql.SQL(
            "SELECT *, round(authorised::numeric / nullif(authorised + not_authorised, 0), 4)::float8"
            " AS authorisation_rate FROM (SELECT day, {} FROM read.payment_steps"
            " WHERE day BETWEEN %(first)s AND %(last)s AND (%(after)s::date IS NULL OR day > %(after)s)"
            " GROUP BY day ORDER BY day LIMIT %(limit)s) AS days ORDER BY day"
        ).format(sql.SQL(_PIVOT)),
        {"first": first, "last": last, "after": after, "limit": limit},
        PAYMENT_STEPS,
    )


async def payment_failures(
    connection: AsyncConnection, *, first: date, last: date, limit: int = 20
) -> Seen[list[Failures]]:
    """What did not go well from the first day to the last, both included, the most frequent first."""
    return await ask(
        connection,
        Failures,
        "SELECT step, outcome, reason, sum(times)::bigint AS times, max(day) AS last_day FROM read.payment_steps"
        " WHERE day BETWEEN %(first)s AND %(last)s AND outcome IN ('failed', 'unanswered')"
        " GROUP BY step, outcome, reason ORDER BY times DESC, step, outcome, reason LIMIT %(limit)s",
        {"first": first, "last": last, "limit": limit},
        PAYMENT_STEPS,
    )
