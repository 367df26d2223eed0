"""The seed catalogue is complete, its words are its own, and the domain accepts all of it."""

from collections import Counter

import pytest

from adapters.seed import SeedProduct, brands, categories, picture, products, types
from domain.catalog.item import Item, list_item
from domain.catalog.values import Image
from domain.money import Money

PRODUCTS = products()


def listed(product: SeedProduct) -> None:
    """Raises what the domain refuses about the product."""
    list_item(
        Item(),
        name=product.name,
        slug=product.slug,
        sku=product.sku,
        price=Money(product.price, "USD"),
        description=product.description,
        brand_id=product.brand_id,
        type_id=product.type_id,
        category_ids=product.category_ids,
        tags=product.tags,
        cost_price=Money(product.cost_price, "USD"),
        featured=product.featured,
        images=[Image(product.picture_key, product.name)],
        metadata=product.metadata,
    )


@pytest.mark.proves("CAT-34")
def test_there_is_a_shop_to_look_at() -> None:
    assert len(PRODUCTS) >= 120
    assert len(types()) == 8
    assert len(brands()) >= 10
    assert {kind.slug for kind in types()} == {product.type for product in PRODUCTS}
    assert {brand.slug for brand in brands()} == {product.brand for product in PRODUCTS}
    assert 12 <= sum(product.featured for product in PRODUCTS) <= 30


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_the_domain_accepts_each_product(product: SeedProduct) -> None:
    listed(product)
    assert product.cost_price < product.price
    assert 150 <= len(product.description) <= 450


@pytest.mark.parametrize("field", ["id", "slug", "sku", "name", "description"])
def test_no_two_products_are_the_same(field: str) -> None:
    assert [value for value, times in Counter(getattr(each, field) for each in PRODUCTS).items() if times > 1] == []


def test_every_category_stands_below_one_that_came_before_it() -> None:
    depth: dict[str, int] = {}
    for category in categories():
        depth[category.slug] = 1 + (depth[category.parent] if category.parent else 0)

    assert set(depth.values()) == {1, 2, 3}


def test_every_product_has_a_category_and_every_lowest_category_a_product() -> None:
    known = {category.slug for category in categories()}
    parents = {category.parent for category in categories()}
    used = {slug for product in PRODUCTS for slug in product.categories}

    assert all(product.categories for product in PRODUCTS)
    assert used <= known
    assert known - parents <= used


def test_siblings_have_an_order() -> None:
    places = [(category.parent, category.sort_order) for category in categories()]

    assert len(set(places)) == len(places)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_each_product_has_a_small_picture(product: SeedProduct) -> None:
    image = picture(product.picture)

    assert (image[:4], image[8:16]) == (b"RIFF", b"WEBPVP8 ")
    assert (int.from_bytes(image[26:28], "little"), int.from_bytes(image[28:30], "little")) == (480, 480)
    assert len(image) <= 6000


@pytest.mark.parametrize("name", ["no-such-picture", "../catalog/shop", "../pictures/fieldnote-dotted-notebook", ""])
def test_there_is_no_other_picture(name: str) -> None:
    with pytest.raises(KeyError):
        picture(name)


def test_ids_are_made_from_slugs_for_ever() -> None:
    ids = {product.slug: str(product.id) for product in PRODUCTS}

    assert ids["breezeway-linen-shirt"] == "5b4858ca-bae4-597c-b276-404931c0b75f"
