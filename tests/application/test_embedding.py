"""What may be kept as a vector, and what may not."""

from typing import Any

import numpy as np
import pytest

from application.embedding import BadVector, unit_vectors


@pytest.mark.proves("B33")
@pytest.mark.parametrize(
    "row",
    [
        [1.0, 2.0],
        [1.0, 2.0, 3.0, 4.0],
        [1.0] * 16_001,
        [1.0, float("nan"), 1.0],
        [1.0, float("inf"), 1.0],
        [1.0, None, 1.0],
        [1.0, "two", 1.0],
        [1.0, [2.0], 1.0],
        "a text",
        None,
    ],
    ids=repr,
)
def test_what_is_no_vector_of_the_model_is_refused(row: Any) -> None:
    with pytest.raises(BadVector):
        unit_vectors([row], 1, 3)


def test_too_few_and_too_many_vectors_are_refused() -> None:
    for rows in ([], [[1.0, 0.0]], [[1.0, 0.0]] * 3):
        with pytest.raises(BadVector):
            unit_vectors(rows, 2, 2)


@pytest.mark.proves("B33")
def test_a_vector_without_direction_is_none() -> None:
    assert unit_vectors([[0.0, 0.0]], 1, 2) == [None]


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1.0, 1e30, 1e300])
def test_every_direction_keeps_unit_length_however_large_or_small_it_came(size: float) -> None:
    (vector,) = unit_vectors([[3 * size, -4 * size]], 1, 2)

    assert vector is not None
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, [0.6, -0.8], rtol=1e-6)
