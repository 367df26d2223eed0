"""What numbers of cards look like: the shop wants none, and recognises them to refuse them unread."""

import re
from collections.abc import Iterator, Sequence

# Digits of any script, with at most three separators between them: white space, signs, unseen characters. A plus is one
# only by itself: after others it begins a telephone number.
_SEPARATORS = r"(?:[\s\-.,:;_/|*=·\u00ad\u200b-\u200d\u2010-\u2015\u2060\ufeff]{0,3}|\+)"
_RUN = re.compile(rf"\+?\d(?:{_SEPARATORS}\d){{12,}}")
_DIGITS = re.compile(r"\d+")
# A UUID, alone or in a longer name, with its hyphens or without.
_ID = re.compile(r"(?<![^\W_])[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}(?![^\W_])", re.IGNORECASE)
# The number of a bank account (IBAN, ISO 13616), in one piece or in groups of four.
_ACCOUNT = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![^\W_])", re.ASCII)
_SIGNS = re.compile(r"[\W_]+")

# How the numbers of each scheme begin, and how long they are (ISO/IEC 7812; the schemes' published ranges).
_SCHEMES = re.compile(
    r"4(\d{12}|\d{15}|\d{17,18})"  # Visa
    r"|(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(0[0-5]|[689]\d)\d{11}(\d\d)?"  # Diners Club
    r"|(6011|64[4-9]\d|65\d\d|35[2-8]\d|62\d\d|81\d\d)\d{12,15}"  # Discover, JCB, UnionPay
    r"|(5018|5020|5038|5893|6304|6759|676[1-3]|220[0-4]|9792)\d{12,15}"  # Maestro, Mir, Troy
    r"|(60|65|81|82|508)\d{13,14}",  # RuPay
    re.ASCII,
)
_SHORTEST, _LONGEST = 13, 19
_LONGEST_TELEPHONE = 15
"""Digits of a telephone number with its `+` (ITU-T E.164)."""
_SMALLEST_GROUP = 3
"""As people write them: 4-4-4-4, 4-6-5, 6-13."""


def holds_card_number(text: str, *, prose: bool = True) -> bool:
    """Whether the number of a card is in the text: in one piece, in groups, or digit by digit.

    Ids and the numbers of bank accounts are none.

    Where nobody writes `prose` only letters part digits from each other: neither signs do, nor the size of groups.
    """
    if len(text) < _SHORTEST:
        return False
    text = _ACCOUNT.sub(_unless_account, _ID.sub(" ", text))
    texts = (text,) if prose else (text, _SIGNS.sub("", text))
    return any(_is_card_number(number) for each in texts for number in _candidates(each))


def _candidates(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        groups = ["".join(str(int(digit)) for digit in group) for group in _DIGITS.findall(run)]
        if run.startswith("+") and sum(map(len, groups)) <= _LONGEST_TELEPHONE:
            continue
        if len(groups) > 1 and all(len(group) == 1 for group in groups):
            yield "".join(groups)
        for start, group in enumerate(groups):
            if len(group) >= _SMALLEST_GROUP:
                yield from _joined(groups[start : start + _LONGEST])


def _joined(groups: Sequence[str]) -> Iterator[str]:
    """What groups come to together, from the first on: a number may be followed by its month and code."""
    number = ""
    for group in groups:
        number += group
        if len(group) < _SMALLEST_GROUP or len(number) > _LONGEST:
            return
        yield number


def _is_card_number(number: str) -> bool:
    return _SCHEMES.fullmatch(number) is not None and _adds_up(number) and not _is_article(number)


def _adds_up(number: str) -> bool:
    """By its check digit (Luhn, ISO/IEC 7812-1)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def _unless_account(found: re.Match[str]) -> str:
    """What was found, where its check digits (ISO 7064, MOD 97-10) are not an account's."""
    account = found[0].replace(" ", "")
    number = "".join(str(int(sign, 36)) for sign in account[4:] + account[:4])
    return " " if int(number) % 97 == 1 else found[0]


def _is_article(number: str) -> bool:
    """Whether it is the EAN of an article (GTIN-13, by its check digit). Cards of 13 digits are issued no more."""
    return len(number) == 13 and (sum(map(int, number[::2])) + 3 * sum(map(int, number[1::2]))) % 10 == 0
