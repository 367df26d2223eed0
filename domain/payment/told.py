"""What is told of payments outside the shop's staff: to buyers, and to other contexts, which tell them.

Why a gateway refused is for staff: `stolen-card` would warn a thief, and `fraud` offend somebody who is none.
"""

from domain.payment.events import RefundCategory

DECLINED = "declined"
"""The gateway refused, for whatever reason."""
_OWN = frozenset({"no-payment-method", "not-captured", "failed", "expired"})
"""The words of payment itself."""


def told_reason(reason: str) -> str:
    """A reason of payment's own as it is; `declined` for any word of the gateway's."""
    return reason if reason in _OWN else DECLINED


def told_category(category: RefundCategory) -> RefundCategory:
    """`other` for fraud."""
    return RefundCategory.OTHER if category is RefundCategory.FRAUD else category
