"""The check of the requirements notices whatever could make the table lie."""

from collections.abc import Mapping

import pytest

from tests.requirement_titles import REQUIRED
from tests.requirements import Proofs, problems, table

EVERYTHING: Mapping[str, set[str]] = {id: {f"tests/test_it.py::test_{id.lower()}"} for id in REQUIRED}


def proofs(**changed: set[str]) -> Proofs:
    return {**EVERYTHING, **{id.replace("_", "-"): tests for id, tests in changed.items()}}


def everything_in(claimed: Proofs) -> set[str]:
    return set().union(*claimed.values())


def test_a_table_that_tells_the_truth_is_accepted() -> None:
    claimed = proofs()

    assert [] == problems(claimed, table(claimed), everything_in(claimed))


def test_a_required_row_without_a_test_is_named() -> None:
    claimed = proofs(P2=set())

    assert [f"P2 is proven by no test: {REQUIRED['P2']}"] == problems(claimed, table(claimed), everything_in(claimed))


def test_a_test_in_the_table_that_did_not_pass_is_named() -> None:
    claimed = proofs()
    passed = everything_in(claimed) - {"tests/test_it.py::test_p2"}

    (problem,) = problems(claimed, table(claimed), passed)

    assert "test_p2 stands in the table and did not run" in problem


def test_a_table_of_yesterday_is_named() -> None:
    claimed = proofs(P2={"tests/test_it.py::test_renamed"})

    assert ["docs/requirements.md is not up to date: run `make requirements`"] == problems(
        claimed, table(proofs()), everything_in(claimed)
    )


def test_an_id_without_a_title_is_named() -> None:
    claimed = proofs(X_99={"tests/test_it.py::test_x"})

    assert ["X-99 has no title in tests/requirement_titles.py"] == problems(
        claimed, table(claimed), everything_in(claimed)
    )


@pytest.mark.parametrize("id", ["P2", "CAT-05"])
def test_a_row_links_to_each_of_its_tests(id: str) -> None:
    assert f"[`tests/test_it.py::test_{id.lower()}`](../tests/test_it.py)" in table(proofs())
