"""What every embedder must do: one suite, run by each adapter."""

import asyncio

import numpy as np
import pytest

from application.embedding import Embedder, Vector

pytestmark = pytest.mark.anyio


class EmbedderContract:
    """Inherit, and give a fixture `embedder`."""

    async def test_each_text_gets_a_unit_vector_of_the_models_dimensions(self, embedder: Embedder) -> None:
        for vector in known(await embedder.embed(["a linen shirt", "a steel bottle", "x"])):
            assert vector.dtype == np.float32
            assert vector.shape == (embedder.dimensions,)
            assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)

    async def test_no_texts_get_no_vectors(self, embedder: Embedder) -> None:
        assert await embedder.embed([]) == []

    async def test_a_text_has_the_same_vector_whatever_stands_beside_it(self, embedder: Embedder) -> None:
        (alone,) = known(await embedder.embed(["a linen shirt"]))
        beside = known(await embedder.embed(["a steel bottle", "a linen shirt", "a tent for two"]))

        np.testing.assert_allclose(beside[1], alone, atol=1e-6)

    async def test_more_texts_than_any_batch_keep_their_order(self, embedder: Embedder) -> None:
        texts = [f"number {n} of a long list of rain jackets" for n in range(700)]
        many = known(await embedder.embed(texts))

        for place in (0, 127, 128, 511, 699):
            (alone,) = known(await embedder.embed([texts[place]]))
            np.testing.assert_allclose(many[place], alone, atol=1e-6)

    @pytest.mark.proves("CAT-05")
    async def test_what_means_the_like_is_closer_than_what_does_not(self, embedder: Embedder) -> None:
        query, shirt, bottle = known(
            await embedder.embed(
                [
                    "comfortable shirts for summer",
                    "an airy linen top for hot days",
                    "a steel bottle for warm tea",
                ]
            )
        )

        assert query @ shirt > query @ bottle

    @pytest.mark.proves("B33")
    async def test_a_text_without_meaning_gets_none_and_the_others_their_vectors(self, embedder: Embedder) -> None:
        vectors = await embedder.embed(["", "a linen shirt", " \n\t "])

        assert [vector is None for vector in vectors] == [True, False, True]

    async def test_odd_texts_are_texts_too(self, embedder: Embedder) -> None:
        texts = ["日本の茶碗", "قميص صيفي", "🧦", "Ä" * 500, "%_'\";--", "word " * 4000]

        assert len(await embedder.embed(texts)) == len(texts)

    async def test_many_may_ask_at_once(self, embedder: Embedder) -> None:
        texts = [f"shirt number {n}" for n in range(20)]
        at_once = await asyncio.gather(*(embedder.embed([text] * 40) for text in texts))
        in_turn = known(await embedder.embed(texts))

        for vectors, expected in zip(at_once, in_turn, strict=True):
            np.testing.assert_allclose(known(vectors)[39], expected, atol=1e-6)

    async def test_it_names_its_model(self, embedder: Embedder) -> None:
        assert embedder.model_id.strip()


def known(vectors: list[Vector | None]) -> list[Vector]:
    """The vectors, all of which are there."""
    present = [vector for vector in vectors if vector is not None]
    assert len(present) == len(vectors)
    return present
