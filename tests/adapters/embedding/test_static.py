"""The embedder that ships along."""

import hashlib

import numpy as np
import pytest
from model2vec import StaticModel
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from adapters.embedding.static import MODEL, StaticEmbedder
from tests.contracts.embedder import EmbedderContract, known

pytestmark = pytest.mark.anyio

FILES = {
    "model.safetensors": "3743a021379a3c56f39938deac6fe306b130db06f5fec5842efdbc42a74482e2",
    "tokenizer.json": "dd33465341c98889c3338356b6200c8b232b89af5f1b7aa8e6ee1d4d7a699631",
}


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


class TestStaticEmbedder(EmbedderContract):
    pass


@pytest.mark.parametrize("name", FILES)
def test_the_model_is_the_one_that_was_distilled(name: str) -> None:
    assert hashlib.sha256((MODEL / name).read_bytes()).hexdigest() == FILES[name]
    assert FILES[name] in (MODEL / "README.md").read_text()


def test_another_model_would_have_another_name() -> None:
    assert StaticEmbedder.model_id.endswith(FILES["model.safetensors"][:8])


async def test_its_vectors_are_those_that_model2vec_computes(embedder: StaticEmbedder) -> None:
    texts = ["comfortable shirts for summer", "20 cm knife", "naïve café 🧦 ☃", "Wellington boots, size 43½"]
    oracle = StaticModel(
        load_file(MODEL / "model.safetensors")["embeddings"],
        Tokenizer.from_file(str(MODEL / "tokenizer.json")),
        normalize=True,
    )

    np.testing.assert_allclose(np.stack(known(await embedder.embed(texts))), oracle.encode(texts), atol=1e-6)
