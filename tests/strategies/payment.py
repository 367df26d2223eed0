"""What can happen to payments and wallets: requests, answers of a gateway, refunds, disputes, and time that passes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from domain import payment
from domain.money import Money
from domain.payment import (
    PAYMENT,
    WALLET,
    Accepted,
    Answer,
    EvidenceKind,
    Instrument,
    Payment,
    PaymentEvent,
    RefundCategory,
    Rejected,
    Rules,
)
from tests.laws import Life, step
from tests.strategies.catalog import ids, texts

BUYER_ID = "alice"
ORDER_ID, KEY = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIGHT = Rules(most_refunds=3, most_evidence=2, most_methods=2)
"""Limits that are met often."""


def charges(least: int = 0) -> st.SearchStrategy[Money]:
    """What can be charged: whole cents."""
    return st.decimals(least, 100, places=2).map(lambda amount: Money(amount, "USD").checked())


def instruments() -> st.SearchStrategy[Instrument]:
    return st.builds(Instrument, ids(), st.just("sandbox-ok"), st.sampled_from(["visa", "amex"]), st.just("4242"))


def responses() -> st.SearchStrategy[dict[str, str]]:
    return st.just({}) | st.just({"code": "00"})


def answers() -> st.SearchStrategy[Answer]:
    transactions = st.sampled_from(["tx-1", "tx-2", "tx-3"])
    accepted = st.builds(Accepted, transactions, st.booleans(), st.none() | st.just(NOW), responses())
    return accepted | accepted | st.builds(Rejected, st.sampled_from(["declined", "stolen"]), responses())


def moments() -> st.SearchStrategy[datetime]:
    return st.integers(0, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


def call(state: Payment, answer: Answer | None, now: datetime) -> list[PaymentEvent]:
    """Calls the gateway for what is due, where it may be called; None is no answer."""
    begun = payment.begin(state, NOW, now, TIGHT)
    called = PAYMENT.fold(state, begun)
    if called.due is None or not called.attempts:
        return begun
    if answer is None:
        return [*begun, *payment.note_silence(called, called.due, called.attempts, "no answer", TIGHT)]
    return [*begun, *payment.conclude(called, called.due, answer, TIGHT)]


def charge(
    state: Payment,
    amount: Money,
    instrument: Instrument,
    order_id: UUID = ORDER_ID,
    buyer_id: str = BUYER_ID,
) -> list[PaymentEvent]:
    """All goes well, until the money is taken."""
    history = payment.request(
        state, order_id=order_id, buyer_id=buyer_id, amount=amount, gateway="sandbox", key=KEY, instrument=instrument
    )
    history += call(PAYMENT.fold(state, history), Accepted("tx-1"), NOW)
    history += payment.capture(PAYMENT.fold(state, history))
    return history + call(PAYMENT.fold(state, history), Accepted("tx-2"), NOW)


_CHARGE = step(charge, charges(1), instruments())
_REQUEST = step(
    payment.request,
    order_id=ids(),
    buyer_id=st.just(BUYER_ID),
    amount=charges(1) | charges(),
    gateway=st.just("sandbox"),
    key=ids(),
    instrument=instruments() | instruments() | st.none(),
    amendment_id=st.none() | ids(),
)
_CALL = step(call, answers() | answers() | st.none(), moments())
_CAPTURE = step(payment.capture)
_CATEGORIES = st.sampled_from(RefundCategory)
_WAYS = st.one_of(
    step(payment.begin, st.just(NOW), st.just(NOW), st.just(TIGHT)),
    step(payment.note_amendment, ids()),
    step(payment.cancel, ids()),
    step(payment.expire, st.just(NOW), moments(), st.just(TIGHT)),
    step(payment.refund, ids(), st.none() | charges(), _CATEGORIES, st.just("") | texts(20), st.just(TIGHT)),
    step(payment.pay_back, ids(), charges(), _CATEGORIES),
    step(payment.open_dispute, ids(), st.none() | charges(), texts(20), texts(20)),
    step(payment.submit_evidence, ids(), ids(), st.sampled_from(EvidenceKind), texts(20), st.just(TIGHT)),
    step(payment.close_dispute, ids(), won=st.booleans()),
)

# A call and its answer are several decisions: what comes after them may well be decided again.
PAYMENT_LIFE = Life(
    PAYMENT,
    first=_REQUEST | _CHARGE | _CHARGE,
    then=st.one_of(_CALL, _CALL, _CALL, _CAPTURE, _WAYS),
    once=_REQUEST | _CAPTURE | _WAYS,
)

_STORE = step(
    payment.store,
    st.just(BUYER_ID),
    ids(),
    token=st.sampled_from(["sandbox-ok", "sandbox-declined"]),
    brand=st.sampled_from(["visa", "amex"]),
    last_four=st.sampled_from(["4242", "0005"]),
    expiry=st.sampled_from(["2026-02", "2026-03", "2031-08"]),
    now=st.just(NOW),
    rules=st.just(TIGHT),
)
WALLET_LIFE = Life(
    WALLET,
    first=_STORE,
    then=st.one_of(
        _STORE,
        step(payment.remove, st.just(BUYER_ID), ids()),
        step(payment.choose_default, st.just(BUYER_ID), ids()),
    ),
)
