"""Reads a tariff from a TOML file.

home = "DE"                     # where an order goes as long as nobody says where; may be left out

[[tax]]
rate = 0.19                     # everywhere else, everything else
[[tax]]
country = "US"
region = "California"           # as addresses name it, in any case
category = "0199f3a1-…"         # of the catalogue
rate = 0.0725

[[shipping]]
country = "DE"
amount = 4.90
[[shipping]]
country = "DE"
from = 50                       # of the subtotal, before any discount
amount = 0
"""

import tomllib
from decimal import Decimal
from pathlib import Path

import msgspec

from application.ports import Destination
from application.tariff import Country, InvalidTariff, ShippingRate, Tariff, TaxRate


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tax: tuple[TaxRate, ...]
    shipping: tuple[ShippingRate, ...]
    home: Country | None = None


def read_tariff(file: Path) -> Tariff:
    """Raises InvalidTariff, which says what is wrong with the file."""
    try:
        tables = tomllib.loads(file.read_text(), parse_float=Decimal)
        read = msgspec.convert(tables, _Tables)
    except OSError as error:
        raise InvalidTariff(f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidTariff(str(error)) from error
    return Tariff(read.tax, read.shipping, Destination(read.home) if read.home else None)
