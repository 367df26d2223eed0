"""The suite. Where modules besides tests assert, they say as much as tests do when that fails."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts",
    "tests.domain.ordering.examples",
    "tests.faults.rush",
    "tests.given",
    "tests.laws",
    "tests.machines.books",
)
