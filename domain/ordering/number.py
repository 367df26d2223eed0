"""Order numbers for people, like `9NC-7SH-72Y`: short, without look-alikes, with a check character, not in sequence.

A number is drawn from what the order came from, so a repetition draws the same one, and the order's id from its number,
so a number is unique exactly as a stream is. Where two origins draw the same number the later takes its next draw.
"""

import hashlib
from uuid import UUID, uuid5

from domain.kernel import Invalid

_ORDERS = UUID("0d6c1f0e-6f0d-5a53-8f3c-6b8f5c2d9a41")

# 31 characters, a prime: a sum weighted by place then finds each single wrong character and each swap of two.
_ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAWN = 8


class InvalidOrderNumber(Invalid):
    code = "invalid-order-number"

    def __init__(self, text: str) -> None:
        super().__init__("No order has such a number. Look for a mistyped character.", number=text[:40])


def draw(origin: UUID, attempt: int = 0) -> str:
    """The number of the order that came from `origin`; each attempt another."""
    value = int.from_bytes(hashlib.sha256(origin.bytes + attempt.to_bytes(4)).digest())
    drawn = ""
    for _ in range(_DRAWN):
        value, place = divmod(value, len(_ALPHABET))
        drawn += _ALPHABET[place]
    return _grouped(drawn + _check(drawn))


def order_id(number: str) -> UUID:
    return uuid5(_ORDERS, number)


def parse(text: str) -> str:
    """The number as it is kept, from what a person typed: any case, with or without dashes and spaces."""
    compact = text[:40].upper().replace("-", "").replace(" ", "").replace("I", "1").replace("L", "1")
    if len(compact) != _DRAWN + 1 or set(compact) - set(_ALPHABET) or _check(compact[:-1]) != compact[-1]:
        raise InvalidOrderNumber(text)
    return _grouped(compact)


def _check(drawn: str) -> str:
    return _ALPHABET[sum(place * _ALPHABET.index(char) for place, char in enumerate(drawn, 2)) % len(_ALPHABET)]


def _grouped(compact: str) -> str:
    return "-".join(compact[start : start + 3] for start in range(0, len(compact), 3))
