"""Port: turns texts into vectors; texts that are close in meaning have vectors that are close."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float32]
"""One dimension, unit length: its inner product with another is the cosine. psycopg sends it with pgvector as it is."""


class EmbedderUnavailable(Exception):
    """No vectors can be had now. A search goes on with words alone and says so; a follower tries again."""


class BadVector(EmbedderUnavailable):
    """The embedder answered, but not with vectors of its model: nothing of it is kept."""


class Embedder(Protocol):
    """Port."""

    @property
    def model_id(self) -> str:
        """Names the model exactly. It is kept with each vector: vectors of two models are never compared."""

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> list[Vector | None]:
        """A vector for each text, in order; None for a text in which the model finds nothing: blank, or unknown to it.

        Raises EmbedderUnavailable, of which BadVector is one; then there are vectors for none of the texts.
        """


def unit_vectors(rows: Any, count: int, dimensions: int) -> list[Vector | None]:
    """Checks what an embedder computed, `count` rows of `dimensions` numbers, and scales each to unit length.

    A row of zeros has no direction: None. Raises BadVector for other sizes, NaN, infinities and what is not numbers.
    """
    try:
        matrix = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadVector(f"The embedder answered with something that is not {count} rows of numbers.") from error
    if count == 0 and matrix.size == 0:
        return []
    if matrix.shape != (count, dimensions):
        raise BadVector(f"The embedder answered with the shape {matrix.shape}, not ({count}, {dimensions}).")
    if not np.isfinite(matrix).all():
        raise BadVector("The embedder answered with a number that is not finite.")
    largest = np.abs(matrix).max(axis=1, keepdims=True)
    # By the largest first, so that no square overflows or vanishes.
    scaled = matrix / np.where(largest == 0, 1, largest)
    units = (scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1)).astype(np.float32)
    return [unit if known else None for unit, known in zip(units, largest[:, 0] > 0, strict=True)]
