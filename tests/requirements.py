"""The table of requirements and the tests that prove them: `python -m tests.requirements [--write]`.

A test says what it proves with `@pytest.mark.proves("CAT-05", "P2")`. A run of the whole suite checks the table: it is
up to date, every required row is proven, and each test in it ran and was neither skipped nor failed. A run of part of
the suite checks nothing of that. With `CI` set, no test may be skipped in any run.
"""

import os
import re
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tests.requirement_titles import REQUIRED, TITLES

TABLE = Path(__file__).parent.parent / "docs" / "requirements.md"

HEADING = """# What is promised, and the tests that prove it

Written by `make requirements` from the marks on the tests; a run of the whole suite checks it.

| Id | Requirement | Proven by |
|---|---|---|
"""

Proofs = dict[str, set[str]]
"""Requirement to the tests that prove it, without their parameters."""


class ProofCheck:
    """The pytest plugin: learns what the tests prove and how they ended, and judges at the end of a whole run."""

    def __init__(self) -> None:
        self.proofs: Proofs = defaultdict(set)
        self.passed: set[str] = set()
        self.skipped: set[str] = set()
        self.failed: set[str] = set()
        self.problems: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("proves"):
                for id in mark.args:
                    self.proofs[id].add(_name(item.nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(_name(report.nodeid))
        elif report.skipped:
            self.skipped.add(_name(report.nodeid))
        elif report.when == "call":
            self.passed.add(_name(report.nodeid))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly:
            return
        if os.environ.get("CI"):
            self.problems += [f"{test} was skipped, and with CI set nothing may be" for test in sorted(self.skipped)]
        if is_whole(session.config):
            written = TABLE.read_text() if TABLE.exists() else ""
            self.problems += problems(self.proofs, written, self.passed - self.skipped - self.failed)
        if self.problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.problems:
            terminalreporter.section("requirements")
            for problem in self.problems:
                terminalreporter.line(problem)


def is_whole(config: pytest.Config) -> bool:
    """Whether this run takes in every test: no paths, no selection."""
    option = config.option
    selections = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob)
    return config.args_source is not pytest.Config.ArgsSource.ARGS and not any(
        (*selections, option.lf, option.stepwise)
    )


def problems(proofs: Proofs, written: str, passed: set[str]) -> list[str]:
    """What is wrong with the table, given what the tests claim and which of them passed in full."""
    found = [f"{id} has no title in tests/requirement_titles.py" for id in sorted(proofs) if id not in TITLES]
    found += [f"{id} is proven by no test: {REQUIRED[id]}" for id in REQUIRED if not proofs.get(id)]
    claimed = set().union(*proofs.values()) if proofs else set()
    found += [f"{test} stands in the table and did not run to its end, or was skipped" for test in claimed - passed]
    if written != table(proofs):
        found.append("docs/requirements.md is not up to date: run `make requirements`")
    return found


def table(proofs: Proofs) -> str:
    rows = [
        f"| {id} | {title} | {', '.join(map(_link, sorted(proofs.get(id, ())))) or '—'} |"
        for id, title in TITLES.items()
        if id in REQUIRED or proofs.get(id)
    ]
    return HEADING + "\n".join(rows) + "\n"


def _link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[`{file}::{name}`](../{file})"


def _name(nodeid: str) -> str:
    return re.sub(r"\[.*\]$", "", nodeid, flags=re.DOTALL)


def main(arguments: list[str]) -> int:
    check = ProofCheck()
    with redirect_stdout(StringIO()) as said:
        code = pytest.main(["--collect-only", "--quiet", "--no-header", "-p", "no:cacheprovider"], plugins=[check])
    if code != pytest.ExitCode.OK:
        print(said.getvalue())
        return int(code)
    if "--write" in arguments:
        TABLE.write_text(table(check.proofs))
    found = problems(check.proofs, TABLE.read_text(), set().union(*check.proofs.values()))
    for problem in found:
        print(problem)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
