"""The numbers and codes of cards never come in: a body that holds one is refused, and nothing of it is said or kept."""

import re
from typing import Any

from api.problems import Refused
from domain.payment.cards import holds_card_number

_NOT_A_LETTER = re.compile(r"[^a-z0-9]")
_FIELDS = frozenset(
    (
        *("cardnumber", "cardno", "ccnumber", "creditcard", "creditcardnumber", "pan", "primaryaccountnumber"),
        *("cvv", "cvv2", "cvc", "cvc2", "csc", "cid", "cvn", "cav2", "cardcode", "cardcvv", "cardcvc"),
        *("securitycode", "cardsecuritycode", "cardverificationcode", "verificationvalue", "pin", "track1", "track2"),
    )
)
"""Names that say what is in them, in any spelling."""
_NO_PROSE = frozenset({"token", "brand"})
"""Fields in which nobody writes sentences."""
_CODES = frozenset(
    (
        *("trackingnumber", "sku", "mpn", "barcode", "isbn", "isbn13", "upc"),
        *("ean", "ean13", "gtin", "gtin12", "gtin13", "gtin14", "picture", "imageurl", "reference"),
    )
)
"""Names of parcels, goods, pictures and what banks call a dispute, which may look like the number of a card."""
_TRAITS = "metadata"
"""What staff say of an item: a pan has its place there, and so have the pins of a plug."""


def refuse_cards(value: Any, path: str = "", *, named: bool = True) -> None:
    """Searches a JSON value, its names too. Raises Refused where it finds the number or the code of a card.

    The refusal says where, without the value. `named`: whether a name alone may say that a code is in it.
    """
    match value:
        case str() if holds_card_number(value):
            raise _refused(path)
        case int() if not isinstance(value, bool) and holds_card_number(str(abs(value))):
            raise _refused(path)
        case list():
            for index, each in enumerate(value):
                refuse_cards(each, f"{path}[{index}]", named=named)
        case dict():
            for name, each in value.items():
                if holds_card_number(name):
                    raise _refused(path)
                inner = f"{path}.{name}" if path else name
                letters = _NOT_A_LETTER.sub("", name.lower())
                if named and letters in _FIELDS:
                    raise _refused(inner)
                if name in _NO_PROSE and isinstance(each, str) and holds_card_number(each, prose=False):
                    raise _refused(inner)
                if letters not in _CODES:
                    refuse_cards(each, inner, named=named and name != _TRAITS)


def _refused(path: str) -> Refused:
    return Refused(
        422,
        "card-number-refused",
        "Numbers and security codes of cards are never sent here. Let the payment gateway make a token, and send that.",
        {"path": path[:200] or "$"},
    )
