"""What can be in a catalogue and what can happen to it: values, decisions and histories to draw from.

Everything drawn by the plural names is acceptable; `messy_*` may be anything that a caller can send.
"""

import string
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from msgspec import UNSET

from domain.catalog import brand, category, claim, item, item_type, review, tree, values
from domain.catalog.claim import Kind
from domain.catalog.values import Image
from domain.kernel import InvalidText, clean
from domain.money import Money
from tests.laws import Life, step

CURRENCY = "USD"


def _is_clean(text: str, most: int) -> bool:
    try:
        return clean("text", text, most=most) == text
    except InvalidText:
        return False


def texts(most: int) -> st.SearchStrategy[str]:
    """Clean text of any script, from one character to `most`."""
    plain = st.text(string.ascii_letters + "    -'&0123456789äßéøあ雪я", min_size=1, max_size=most)
    wild = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=most)
    return (plain | wild).filter(lambda text: _is_clean(text, most))


def ids() -> st.SearchStrategy[UUID]:
    """Few enough that they meet again."""
    return st.integers(min_value=1, max_value=6).map(lambda number: UUID(int=number))


def names(most: int = 40) -> st.SearchStrategy[str]:
    return texts(most)


def slugs() -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,3}", fullmatch=True)


def skus() -> st.SearchStrategy[str]:
    return st.from_regex(r"[A-Za-z0-9]{1,6}([._-][A-Za-z0-9]{1,6}){0,3}", fullmatch=True)


def amounts() -> st.SearchStrategy[str]:
    """Amounts as they are written on the wire."""
    return st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,4})?", fullmatch=True).map(str)


def money(currency: str = CURRENCY, least: str = "0") -> st.SearchStrategy[Money]:
    places = st.integers(min_value=0, max_value=4)
    whole = st.decimals(min_value=Decimal(least), max_value=Decimal(999_999_999_999), places=0)
    small = places.flatmap(lambda n: st.decimals(min_value=Decimal(least), max_value=Decimal(10_000), places=n))
    return (small | whole).map(lambda amount: Money(amount, currency).checked())


def prices() -> st.SearchStrategy[Money]:
    return money(least="0.0001").filter(lambda price: price.amount > 0)


def pictures() -> st.SearchStrategy[str]:
    keys = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}\.(svg|png)", fullmatch=True)
    return keys | slugs().map(lambda slug: f"https://pictures.example/{slug}.png")


def image_lists(most: int = 4) -> st.SearchStrategy[list[Image]]:
    """Images with at most one marked as the primary one, as a caller gives them."""
    alone = st.builds(Image, pictures(), st.just("") | texts(30))
    several = st.lists(alone, max_size=most, unique_by=lambda image: image.picture)
    return st.tuples(several, st.none() | st.integers(0, most - 1)).map(
        lambda drawn: [Image(image.picture, image.alt, place == drawn[1]) for place, image in enumerate(drawn[0])]
    )


def metadata() -> st.SearchStrategy[dict[str, Any]]:
    most = 2**53 - 1
    numbers = st.integers(-most, most) | st.floats(-most, most).map(lambda number: number or 0.0)
    leaves = st.none() | st.booleans() | numbers | texts(20)
    values_ = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names(10), inner, max_size=3), max_leaves=6
    )
    return st.dictionaries(names(10), values_, max_size=4).filter(lambda value: _depth(value) <= values.METADATA_DEPTH)


def _depth(value: Any) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case list():
            return 1 + max(map(_depth, value), default=0)
        case _:
            return 0


def descriptions() -> st.SearchStrategy[str]:
    return st.just("") | texts(60)


def listings() -> st.SearchStrategy[dict[str, Any]]:
    """What `item.list_item` takes, by keyword."""
    return st.fixed_dictionaries(
        {"name": names(), "slug": slugs(), "sku": skus(), "price": prices()},
        optional={
            "description": descriptions(),
            "brand_id": st.none() | ids(),
            "type_id": st.none() | ids(),
            "category_ids": st.lists(ids(), max_size=4),
            "tags": st.lists(names(10), max_size=4),
            "cost_price": st.none() | money(),
            "featured": st.booleans(),
            "images": image_lists(),
            "metadata": metadata(),
        },
    )


def _unset_or(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(UNSET) | strategy


_LIST_ITEM = listings().flatmap(
    lambda given: step(item.list_item, **{key: st.just(value) for key, value in given.items()})
)

ITEM_LIFE = Life(
    item.ITEM,
    first=_LIST_ITEM,
    then=st.one_of(
        step(
            item.describe,
            name=_unset_or(names()),
            slug=_unset_or(slugs()),
            sku=_unset_or(skus()),
            description=_unset_or(descriptions()),
            brand_id=_unset_or(st.none() | ids()),
            type_id=_unset_or(st.none() | ids()),
            category_ids=_unset_or(st.lists(ids(), max_size=4)),
            tags=_unset_or(st.lists(names(10), max_size=4)),
            metadata=_unset_or(metadata()),
        ),
        step(item.reprice, prices(), cost_price=_unset_or(st.none() | money())),
        step(item.arrange_images, image_lists()),
        step(item.feature, st.booleans()),
        step(item.withdraw, st.just("") | texts(40)),
        step(item.bring_back),
        _LIST_ITEM,
    ),
)

BRAND_LIFE = Life(
    brand.BRAND,
    first=step(brand.add, names()),
    then=st.one_of(step(brand.rename, names()), step(brand.withdraw), step(brand.add, names())),
)

TYPE_LIFE = Life(
    item_type.ITEM_TYPE,
    first=step(item_type.add, names()),
    then=st.one_of(step(item_type.rename, names()), step(item_type.withdraw), step(item_type.add, names())),
)

_ADD_CATEGORY = step(
    category.add,
    name=names(),
    slug=slugs(),
    description=descriptions(),
    parent_id=st.none() | ids(),
    sort_order=st.integers(0, 100),
    image_url=st.none() | pictures(),
)

CATEGORY_LIFE = Life(
    category.CATEGORY,
    first=_ADD_CATEGORY,
    then=st.one_of(
        step(
            category.describe,
            name=_unset_or(names()),
            slug=_unset_or(slugs()),
            description=_unset_or(descriptions()),
            sort_order=_unset_or(st.integers(0, 100)),
            image_url=_unset_or(st.none() | pictures()),
        ),
        step(category.move, st.none() | ids()),
        step(category.withdraw),
        _ADD_CATEGORY,
    ),
)

_PLACE = step(tree.place, ids(), st.none() | ids())
TREE_LIFE = Life(tree.TREE, first=_PLACE, then=_PLACE | _PLACE | step(tree.remove, ids()))

_CLAIM = step(claim.claim, st.just(Kind.ITEM_SKU), st.just("AP-1"), ids())
CLAIM_LIFE = Life(
    claim.CLAIM, first=_CLAIM, then=_CLAIM | step(claim.release, st.just(Kind.ITEM_SKU), st.just("AP-1"), ids())
)

_ITEM = st.just(UUID(int=1))
_SAID = {
    "rating": st.integers(1, review.STARS),
    "title": texts(20),
    "comment": st.just("") | texts(40),
}
_WRITE = step(review.write, _ITEM, st.just("alice"), **_SAID)
_NOTE_PURCHASE = step(review.note_purchase, _ITEM, st.just("alice"), ids())
REVIEW_LIFE = Life(
    review.REVIEW,
    first=_WRITE | _NOTE_PURCHASE,
    then=st.one_of(
        _WRITE,
        _NOTE_PURCHASE,
        step(review.revise, **_SAID),
        step(review.approve),
        step(review.approve),
        step(review.reject, st.just("") | texts(20)),
        step(review.withdraw),
    ),
)

LIVES = (ITEM_LIFE, BRAND_LIFE, TYPE_LIFE, CATEGORY_LIFE, TREE_LIFE, CLAIM_LIFE, REVIEW_LIFE)


def messy_texts() -> st.SearchStrategy[str]:
    """Anything that JSON can carry as a string, bad characters included."""
    return st.text(st.characters(), max_size=30) | st.sampled_from(["", " ", "a\0b", "\ud800", "\u202eabc", "x" * 5000])


def messy_money() -> st.SearchStrategy[Money]:
    odd = [Decimal(text) for text in ("-1", "0", "NaN", "sNaN", "Infinity", "1e400", "0.00001", "1e12")]
    return st.builds(Money, st.sampled_from(odd) | st.decimals(), st.sampled_from([CURRENCY, "EUR", "usd", ""]))


def messy_steps() -> st.SearchStrategy[Any]:
    """Decisions about an item that are asked for anything."""
    anything: st.SearchStrategy[Any] = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | messy_texts() | st.just(object()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(messy_texts(), inner, max_size=3),
        max_leaves=8,
    )
    images = st.lists(st.builds(Image, messy_texts() | pictures(), messy_texts(), st.booleans()), max_size=24)
    objects = st.dictionaries(messy_texts(), anything, max_size=3)
    tags = st.lists(messy_texts(), max_size=24)
    return st.one_of(
        step(
            item.list_item,
            name=messy_texts() | names(),
            slug=messy_texts() | slugs(),
            sku=messy_texts() | skus(),
            price=messy_money() | prices(),
            cost_price=st.none() | messy_money(),
            tags=tags,
            images=images,
            metadata=objects,
        ),
        step(item.describe, name=_unset_or(messy_texts()), tags=_unset_or(tags), metadata=_unset_or(objects)),
        step(item.reprice, messy_money(), cost_price=_unset_or(st.none() | messy_money())),
        step(item.arrange_images, images),
        step(item.withdraw, messy_texts()),
    )
