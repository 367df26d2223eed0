"""Payments: one row an attempt to be paid, with what was taken, paid back and disputed of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain import payment
from domain.kernel import Fact
from domain.money import Money
from domain.payment import Status, Step
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, money_of, where


class PaidWith(msgspec.Struct, frozen=True):
    """A payment method as the payment knew it. Never its token."""

    method_id: UUID
    brand: str
    last_four: str


class Unanswered(msgspec.Struct, frozen=True):
    """A call of the gateway that was left without an answer: nobody knows whether it took effect."""

    step: Step
    attempt: int
    error: str
    retry_at: datetime
    """When the gateway is asked what became of it."""


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: UUID
    order_id: UUID
    amendment_id: UUID | None
    buyer_id: str
    status: Status
    amount: Decimal
    currency: str
    captured: Decimal
    refunded: Decimal
    refunding: Decimal
    postponed: Decimal
    disputed: Decimal
    gateway: str
    paid_with: PaidWith | None
    transaction_id: str | None = None
    transactions: tuple[str, ...] = ()
    """All that the gateway made of it, refunds too."""
    gateway_response: dict[str, str] = {}
    waiting: dict[str, Decimal] = {}
    """How much each refund that is postponed is of, by its id."""
    unanswered: Unanswered | None = None
    failure: str | None = None
    requested_at: datetime
    authorised_at: datetime | None = None
    captured_at: datetime | None = None
    settled_at: datetime | None = None
    updated_at: datetime
    version: int


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it is shown."""

    payment_id: UUID
    order_id: UUID
    amendment_id: UUID | None
    """The change to the order that is paid for; null for the order as it was placed."""
    buyer_id: str
    status: Status
    amount: Money
    captured: Money
    """What was taken."""
    refunded: Money
    """What was paid back."""
    refunding: Money
    """What is being paid back."""
    postponed: Money
    """What waits to be paid back, as far as refunds and disputes leave it."""
    disputed: Money
    """What a bank keeps, or has given back to the buyer."""
    refundable: Money
    """What can still be paid back. Postponed refunds are to be paid from it, too."""
    gateway: str
    paid_with: PaidWith | None
    transaction_id: str | None
    """The gateway's, of its last step."""
    gateway_response: dict[str, str]
    """What the gateway said last, in its own words; for staff."""
    unanswered: Unanswered | None
    """The last call of the gateway, where no answer has come; for staff."""
    failure: str | None
    """Why no money was taken: `no-payment-method`, `expired`, `declined`, or to staff the gateway's code."""
    requested_at: datetime
    authorised_at: datetime | None
    captured_at: datetime | None
    settled_at: datetime | None
    updated_at: datetime
    version: int
    """Version of the payment's stream."""

    def for_buyer(self) -> Self:
        """Without what the gateway tells the shop."""
        failure = self.failure and payment.told_reason(self.failure)
        return replace(self, gateway_response={}, unanswered=None, failure=failure)


_HELD = (Status.REQUESTED, Status.AUTHORISED)
"""What ends here when it is let go; what expired or failed before stays so."""


def evolve(row: PaymentRow | None, fact: Fact[payment.PaymentEvent], key: Key) -> PaymentRow | None:
    event, at = fact.event, fact.recorded_at
    if isinstance(event, payment.PaymentRequested):
        return _requested(fact, event)
    if row is None:
        return None
    row = replace(row, updated_at=at, version=fact.version)
    match event:
        case payment.PaymentAuthorised(transaction_id=transaction_id, response=response):
            return replace(_answered(row, transaction_id, response), status=Status.AUTHORISED, authorised_at=at)
        case payment.PaymentDeclined(reason=reason, response=response):
            return replace(_answered(row, None, response), status=Status.DECLINED, failure=reason)
        case payment.PaymentCaptured(amount=amount, transaction_id=transaction_id, response=response):
            row = _answered(row, transaction_id, response)
            return replace(row, status=Status.CAPTURED, captured=amount.amount, captured_at=at)
        case payment.PaymentSettled(response=response):
            return replace(_answered(row, None, response), status=Status.SETTLED, settled_at=at)
        case payment.PaymentVoided(response=response):
            row = _answered(row, None, response)
            return replace(row, status=Status.VOIDED) if row.status in _HELD else row
        case payment.PaymentExpired():
            return replace(row, status=Status.EXPIRED, failure="expired")
        case payment.PaymentFailed(reason=reason, detail=detail, response=response):
            return replace(_answered(row, None, response), status=Status.FAILED, failure=detail or reason)
        case payment.RefundPostponed(refund_id, amount):
            return _waiting(row, row.waiting | {str(refund_id): amount.amount})
        case payment.RefundRequested(refund_id, amount):
            return replace(_decided(row, refund_id), refunding=row.refunding + amount.amount)
        case payment.RefundDropped(refund_id=refund_id):
            return _decided(row, refund_id)
        case payment.RefundMade(amount=amount, transaction_id=transaction_id, response=response):
            row = _answered(row, transaction_id, response)
            return replace(row, refunding=row.refunding - amount.amount, refunded=row.refunded + amount.amount)
        case payment.RefundFailed(amount=amount, response=response):
            return replace(_answered(row, None, response), refunding=row.refunding - amount.amount)
        case payment.DisputeOpened(amount=amount):
            return replace(row, disputed=row.disputed + amount.amount)
        case payment.DisputeWon(amount=amount):
            return replace(row, disputed=row.disputed - amount.amount)
        case payment.GatewayCallFailed(step=step, attempt=attempt, error=error, pause=pause):
            return replace(row, unanswered=Unanswered(step, attempt, error, at + pause))
        case payment.VoidRequested():
            return replace(row, unanswered=None)  # whatever became of that call, it is undone
        case (
            payment.AmendmentCharged()
            | payment.GatewayCalled()
            | payment.CaptureRequested()
            | payment.EvidenceSubmitted()
            | payment.DisputeLost()
        ):
            return row
        case _:
            assert_never(event)


def _requested(fact: Fact[payment.PaymentEvent], event: payment.PaymentRequested) -> PaymentRow:
    used, nothing = event.instrument, Money.zero(event.amount.currency).amount
    return PaymentRow(
        payment_id=fact.stream,
        order_id=event.order_id,
        amendment_id=event.amendment_id,
        buyer_id=event.buyer_id,
        status=Status.REQUESTED,
        amount=event.amount.amount,
        currency=event.amount.currency,
        captured=nothing,
        refunded=nothing,
        refunding=nothing,
        postponed=nothing,
        disputed=nothing,
        gateway=event.gateway,
        paid_with=PaidWith(used.method_id, used.brand, used.last_four) if used else None,
        requested_at=fact.recorded_at,
        updated_at=fact.recorded_at,
        version=fact.version,
    )


def _waiting(row: PaymentRow, waiting: dict[str, Decimal]) -> PaymentRow:
    return replace(row, waiting=waiting, postponed=sum(waiting.values(), 0 * row.captured))


def _decided(row: PaymentRow, refund_id: UUID) -> PaymentRow:
    """The row after the refund waits no longer."""
    return _waiting(row, {id: amount for id, amount in row.waiting.items() if id != str(refund_id)})


def _answered(row: PaymentRow, transaction_id: str | None, response: dict[str, str]) -> PaymentRow:
    """The row after the gateway answered; where there is nothing to pay it is not asked, and says nothing."""
    if transaction_id and transaction_id not in row.transactions:
        row = replace(row, transactions=(*row.transactions, transaction_id))
    return replace(
        row,
        transaction_id=transaction_id or row.transaction_id,
        gateway_response=response or row.gateway_response,
        unanswered=None,
    )


PAYMENTS = Projection(
    name="payments",
    version=4,
    context="payment",
    row=PaymentRow,
    key=("payment_id",),
    events=payment.PAYMENT.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        "(buyer_id, requested_at DESC, payment_id DESC)",
        "(status, requested_at DESC, payment_id DESC)",
        "(requested_at DESC, payment_id DESC)",
        "(order_id)",
        "USING gin (transactions)",
        "(requested_at DESC, payment_id DESC) WHERE unanswered IS NOT NULL",
    ),
)

SHOWN = ", ".join(
    (
        "payment_id, order_id, amendment_id, buyer_id, status, gateway, paid_with, transaction_id, gateway_response",
        "unanswered",
        "failure, requested_at, authorised_at, captured_at, settled_at, updated_at, version",
        *(money_of(name) for name in ("amount", "captured", "refunded", "refunding", "postponed", "disputed")),
        money_of("refundable", "greatest(captured - refunded - refunding - disputed, 0 * captured)"),
    )
)
"""The columns of a `PaymentView`."""


async def list_payments(
    connection: AsyncConnection,
    *,
    buyer_id: str | None = None,
    order_id: UUID | None = None,
    statuses: Sequence[Status] = (),
    transaction_id: str | None = None,
    unanswered: bool = False,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[PaymentView]]:
    """Newest first, at most `limit`; `after` is `requested_at` and `payment_id` of the last one seen.

    `unanswered`: only those that wait for an answer of the gateway. Without `buyer_id` the payments of all buyers, with
    all that is known of them: for staff alone.
    """
    given = {
        "buyer_id = %(buyer_id)s": buyer_id,
        "order_id = %(order_id)s": order_id,
        "status = ANY(%(statuses)s)": list(statuses) or None,
        "transactions @> ARRAY[%(transaction_id)s::text]": transaction_id,
        "unanswered IS NOT NULL": unanswered or None,
        "(requested_at, payment_id) < (%(after_at)s, %(after_id)s)": after,
    }
    after_at, after_id = after or (None, None)
    seen = await ask(
        connection,
        PaymentView,
        sql.SQL(
            "SELECT {} FROM read.payments WHERE {} ORDER BY requested_at DESC, payment_id DESC LIMIT %(limit)s"
        ).format(sql.SQL(SHOWN), where(given)),
        {
            "buyer_id": buyer_id,
            "order_id": order_id,
            "statuses": [str(status) for status in statuses],
            "transaction_id": transaction_id,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        },
        PAYMENTS,
    )
    return seen if buyer_id is None else Seen([each.for_buyer() for each in seen.value], seen.positions)
