"""What the shop asks of a payment gateway: the port, and what any adapter of it promises."""

from typing import Protocol

from domain.money import Money
from domain.payment import Answer


class GatewayUnanswered(Exception):
    """No answer came. Nobody knows whether the call took effect: it may have, it may not, it may yet."""


class PaymentGateway(Protocol):
    """Port. A call may take as long as it likes: whoever makes it stops waiting when its time is over.

    Each call has a key. The same key again is the same call: it has no second effect, however many come at once and
    however late, and its answer is the first one. Every method raises GatewayUnanswered where no answer comes.
    Any other exception counts as no answer too; its text is logged, not stored.
    """

    name: str

    async def authorise(self, key: str, amount: Money, token: str) -> Answer:
        """Holds the money."""

    async def capture(self, key: str, transaction_id: str, amount: Money) -> Answer:
        """Takes the money that is held under this authorisation."""

    async def void(self, key: str, authorise_key: str) -> Answer:
        """Lets go what the call of `authorise_key` holds, and closes that key: one that comes later holds nothing.

        Accepted where nothing was ever held, rejected where the money was taken.
        """

    async def refund(self, key: str, transaction_id: str, amount: Money) -> Answer:
        """Pays back some of the money that was taken, never more than is left of it."""

    async def find(self, key: str) -> Answer | None:
        """What the call under this key was answered, or would have been; None where it has had no effect so far.

        For money that was taken it says as well whether it has been paid out by now.
        """
