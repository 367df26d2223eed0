"""The measure of search quality, by examples computed by hand, and the judgements it rests on."""

from math import log2
from uuid import UUID

import numpy as np
import pytest

from adapters.embedding.static import StaticEmbedder
from adapters.seed import products
from projections.catalog_search import Mode
from tests.bench.search_quality import Judged, Margin, Quality, dcg, judged_queries, ndcg
from tests.contracts.embedder import known

A, B, C, D = (UUID(int=number) for number in range(4))
GRADES = {A: 3, B: 2, C: 1}
BEST = 7 + 3 / log2(3) + 1 / 2


def test_a_grade_is_worth_less_the_further_down_it_stands() -> None:
    assert dcg([3, 2, 0, 1]) == pytest.approx(7 + 3 / log2(3) + 0 + 1 / log2(5))


def test_the_best_order_scores_one_and_nothing_useful_scores_nothing() -> None:
    assert ndcg([A, B, C, D], GRADES) == pytest.approx(1)
    assert ndcg([D], GRADES) == 0
    assert ndcg([], GRADES) == 0


def test_a_wrong_order_scores_its_share_of_the_best() -> None:
    assert ndcg([D, C, A], GRADES) == pytest.approx((1 / log2(3) + 7 / 2) / BEST)


def test_what_is_not_shown_does_not_count() -> None:
    assert ndcg([D, A], GRADES, shown=1) == 0
    assert ndcg([A, D], GRADES, shown=1) == 1


def test_a_product_shown_twice_counts_once() -> None:
    assert ndcg([C, C, C], {C: 1}) == 1
    assert ndcg([A, A, A], GRADES) == ndcg([A], GRADES)


def test_a_margin_is_the_mean_of_the_differences_with_its_interval() -> None:
    margin = Margin.between([1.0, 0.5, 0.5, 0.0], [0.5, 0.5, 0.0, 0.5])

    assert margin.mean == pytest.approx(0.125)
    assert (margin.better, margin.worse) == (2, 1)
    assert margin.low <= margin.mean <= margin.high


def test_a_margin_that_every_query_agrees_on_is_certain() -> None:
    margin = Margin.between([0.75] * 8, [0.5] * 8)

    assert (margin.low, margin.mean, margin.high) == (0.25, 0.25, 0.25)


def test_quality_is_the_mean_over_the_queries_or_over_those_of_a_kind() -> None:
    queries = [Judged("mug", "words", {}), Judged("hot coffee", "problem", {})]
    quality = Quality(queries, {mode: [1.0, 0.5] for mode in Mode})

    assert quality.of(Mode.TEXT) == 0.75
    assert quality.of(Mode.TEXT, "problem") == 0.5
    assert (quality + quality).of(Mode.HYBRID) == 0.75


def test_the_judgements_are_about_the_seed_catalogue() -> None:
    judged = judged_queries()
    everything = judged.queries + judged.held_out

    assert len(judged.queries) >= 36
    assert len({each.query for each in everything}) == len(everything)
    assert {slug for each in everything for slug in each.grades} <= {product.slug for product in products()}
    assert {grade for each in everything for grade in each.grades.values()} == {1, 2, 3}
    assert all(max(each.grades.values()) == 3 for each in everything)


@pytest.mark.anyio
@pytest.mark.proves("CAT-05")
async def test_comfortable_shirts_for_summer_are_found_by_meaning() -> None:
    shop = products()
    (judged,) = (each for each in judged_queries().queries if each.query == "comfortable shirts for summer")
    texts = [f"{each.name}. {' '.join(each.tags)}. " * 2 + each.description for each in shop]
    query, *vectors = known(await StaticEmbedder().embed([judged.query, *texts]))
    nearest = [shop[place].slug for place in np.argsort([-(vector @ query) for vector in vectors])]

    assert {"breezeway-linen-shirt", "seersucker-short-sleeve-shirt"} <= set(nearest[:5])
