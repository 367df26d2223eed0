"""Payments as the gateway leaves them, for tests of what can be done with them and seen of them."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from application.store import Call
from domain.money import Money
from domain.payment import PAYMENT, Instrument
from projections.disputes import DISPUTES
from projections.money_moved import MONEY_MOVED
from projections.payment_methods import WALLETS
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import PAYMENTS
from projections.refunds import REFUNDS
from tests.api.shops import CURRENCY, CUSTOMER, Client
from tests.projections.logs import follow
from tests.strategies.payment import charge

TOKEN = "sandbox-never-shown"
CARD = {"token": TOKEN, "brand": "Visa", "last_four": "4242", "expiry": "2099-12"}


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": CURRENCY}


async def caught_up(client: Client) -> None:
    """Brings the read models of payment, and no others, to the end of its log."""
    for projection in (PAYMENTS, REFUNDS, DISPUTES, WALLETS, MONEY_MOVED, PAYMENT_STEPS):
        await follow(projection, client.shop.store, client.shop.reads)


async def charged(client: Client, payment_id: UUID, amount: str = "50.00", buyer_id: str = CUSTOMER) -> None:
    """The payment of an order, which has the order's id: the money was taken with the gateway's transaction `tx-2`."""
    stream = await client.shop.store.load_many(PAYMENT, [payment_id])
    payment = stream[payment_id]
    used = Instrument(UUID(int=1), TOKEN, "Visa", "4242")
    money = Money(Decimal(amount), CURRENCY)
    payment.add(charge(payment.state, money, used, order_id=payment_id, buyer_id=buyer_id))
    call = Call(actor="system:test", now=datetime.now(UTC), correlation_id="test")
    await client.shop.store.save(payment, call=call, result=None)


async def paid(client: Client, amount: str = "50.00", buyer: str = CUSTOMER) -> str:
    """The address of a payment whose money was taken."""
    await charged(client, id := uuid4(), amount, buyer)
    return f"/v1/payments/{id}"
