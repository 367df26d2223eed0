"""Payments as the gateway leaves them, for tests of what can be done with them and seen of them."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from application.store import Call
from domain.money import Money
from domain.payment import PAYMENT, Instrument
from tests.api.shops import CURRENCY, CUSTOMER, Client
from tests.strategies.payment import charge

TOKEN = "sandbox-never-shown"


async def charged(client: Client, payment_id: UUID, amount: str = "50.00", buyer_id: str = CUSTOMER) -> None:
    """The payment of an order, which has the order's id: the money was taken with the gateway's transaction `tx-2`."""
    stream = await client.shop.store.load_many(PAYMENT, [payment_id])
    payment = stream[payment_id]
    used = Instrument(UUID(int=1), TOKEN, "Visa", "4242")
    money = Money(Decimal(amount), CURRENCY)
    payment.add(charge(payment.state, money, used, order_id=payment_id, buyer_id=buyer_id))
    call = Call(actor="system:test", now=datetime.now(UTC), correlation_id="test")
    await client.shop.store.save(payment, call=call, result=None)
