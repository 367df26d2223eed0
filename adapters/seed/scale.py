"""As many products as a measurement needs, no two texts the same: sentences made of the words in `vocabulary.toml`."""

import random
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from string import capwords

from msgspec import Struct, convert

from adapters.seed import SeedProduct

VOCABULARY = Path(__file__).parent / "vocabulary.toml"
_CENT = Decimal("0.01")


class _Group(Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    brands: list[str]
    price: tuple[int, int]
    """From and to."""
    nouns: list[tuple[str, str, str]]
    """What it is, its category, and the seed product whose picture it borrows."""
    materials: list[str]
    features: list[str]
    uses: list[str]


class _Vocabulary(Struct, frozen=True, forbid_unknown_fields=True):
    qualities: list[str]
    colours: list[str]
    openings: list[str]
    closings: list[str]
    groups: list[_Group]


def scale(n: int, seed: int = 0) -> Iterator[SeedProduct]:
    """`n` products, always the same for a seed; those of two seeds can stand in one catalogue."""
    words = convert(tomllib.loads(VOCABULARY.read_text("utf-8")), _Vocabulary)
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    told: set[str] = set()
    while len(told) < n:
        product = _product(words, chance, f"{seed}-{len(told) + 1}")
        if product.description not in told:
            told.add(product.description)
            yield product


def _product(words: _Vocabulary, chance: random.Random, number: str) -> SeedProduct:
    pick = chance.choice
    group = pick(words.groups)
    noun, category, picture = pick(group.nouns)
    quality, material, colour = pick(words.qualities), pick(group.materials), pick(words.colours)
    opening = pick(words.openings).format(noun=noun, material=material, colour=colour, quality=quality)
    one, other = chance.sample(group.features, 2)
    thing = noun.removeprefix("pair of ").removeprefix("set of ")
    price = Decimal(chance.randrange(group.price[0] * 100, group.price[1] * 100)) * _CENT
    return SeedProduct(
        slug=f"{quality}-{thing}-{number}".lower().replace(" ", "-"),
        name=f"{quality} {capwords(thing)} in {capwords(colour)}",
        sku=f"SCALE-{number}",
        description=f"{opening[0].upper()}{opening[1:]} {one} {other} {pick(group.uses)} {pick(words.closings)}",
        brand=pick(group.brands),
        type=group.type,
        categories=(category,),
        tags=(material.replace(" ", "-"), quality.lower()),
        price=price,
        cost_price=(price * Decimal("0.4")).quantize(_CENT),
        metadata={"colour": colour, "material": material},
        picture=picture,
    )
