"""The payment that the tests are about: Alice's tent and stoves, paid with her card."""

from datetime import timedelta
from uuid import UUID

from domain.kernel import Event
from domain.payment import (
    Accepted,
    CaptureRequested,
    GatewayCalled,
    Instrument,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentRequested,
    PaymentSettled,
    Rules,
    Step,
    VoidCause,
    VoidRequested,
)
from tests.given import START
from tests.money import usd

RULES = Rules()
NOW = START
LATER = NOW + timedelta(seconds=15)
"""When a call that begins now is over, by the rules."""
ORDER, METHOD, AMENDMENT, REFUND, DISPUTE, EVIDENCE, KEY = (UUID(int=number) for number in range(1, 8))
ALICE = "alice"
TOTAL = usd("360.45")
CARD = Instrument(METHOD, "sandbox-ok", "Visa", "4242")
TRANSACTION, CAPTURE = "sb_1", "sb_2"

requested = PaymentRequested(ORDER, ALICE, TOTAL, "sandbox", KEY, CARD)
authorised = PaymentAuthorised(ORDER, TOTAL, TRANSACTION)
to_capture = CaptureRequested()
captured = PaymentCaptured(ORDER, TOTAL, CAPTURE, LATER)
settled = PaymentSettled(TOTAL)
to_void = VoidRequested(VoidCause.CANCELLED)
accepted = Accepted(TRANSACTION)


def called(step: Step, attempt: int = 1, refund_id: UUID | None = None) -> GatewayCalled:
    return GatewayCalled(step, attempt, RULES.call_ends(), refund_id)


HELD: list[Event] = [requested, called(Step.AUTHORISE), authorised]
TAKEN: list[Event] = [*HELD, to_capture, called(Step.CAPTURE), captured]
