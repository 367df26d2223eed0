"""A large catalogue made of words: always the same, no two texts alike, all of it acceptable."""

from adapters.seed import brands, categories, picture, types
from adapters.seed.scale import scale
from tests.adapters.seed.test_catalog import listed


def test_all_texts_slugs_and_skus_differ() -> None:
    made = list(scale(20_000))

    for field in ("description", "slug", "sku"):
        assert len({getattr(each, field) for each in made}) == len(made)


def test_it_is_the_same_catalogue_each_time() -> None:
    assert list(scale(300, seed=7)) == list(scale(300, seed=7))


def test_a_smaller_catalogue_is_the_beginning_of_a_larger_one() -> None:
    assert list(scale(100)) == list(scale(300))[:100]


def test_catalogues_of_two_seeds_can_stand_side_by_side() -> None:
    one, other = ({each.slug for each in scale(1000, seed)} for seed in (1, 2))

    assert not one & other


def test_the_domain_accepts_what_is_made_and_it_refers_to_what_there_is() -> None:
    known = {each.slug for each in brands()} | {each.slug for each in types()} | {each.slug for each in categories()}
    for product in scale(2000):
        listed(product)
        assert {product.brand, product.type, *product.categories} <= known
        assert 150 <= len(product.description) <= 450
        assert picture(product.picture)
