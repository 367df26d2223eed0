"""The suite. What asserts for many tests says as much as they do when it fails."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts", "tests.faults.rush", "tests.given", "tests.laws", "tests.machines.books"
)
