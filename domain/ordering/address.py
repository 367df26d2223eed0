"""Where an order goes. All of it is personal data but the country."""

import re

import msgspec

from domain.kernel import InvalidText, Personal, clean

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


class Address(msgspec.Struct, frozen=True):
    recipient: Personal[str]
    street: Personal[str]
    city: Personal[str]
    postal_code: Personal[str]
    country: str
    """ISO 3166-1: two capital letters."""
    region: Personal[str] = ""
    """State or province, where the country has them."""


def cleaned(address: Address) -> Address:
    """The address as it is kept; raises InvalidText."""
    country = clean("address.country", address.country, most=2)
    if not _COUNTRY.fullmatch(country):
        raise InvalidText("address.country", "is two capital letters, like DE")
    return Address(
        recipient=clean("address.recipient", address.recipient, most=200),
        street=clean("address.street", address.street, most=200, lines=True),
        city=clean("address.city", address.city, most=100),
        postal_code=clean("address.postal_code", address.postal_code, most=20),
        country=country,
        region=clean("address.region", address.region, most=100, least=0),
    )
