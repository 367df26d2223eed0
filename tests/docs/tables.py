"""The tables of the guides that come from the code: `python -m tests.docs.tables` writes them anew."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import adapters.wiring  # noqa: F401  # brings in every refusal there is
from api.problems import STATUSES
from application.contracts import CONTRACTS, routing_key
from domain.kernel import Refusal
from tests.docs.guides import GUIDES, PROJECT

MEANINGS = {
    400: "The request is not well-formed",
    401: "Nobody knows who you are",
    403: "You may not do this",
    404: "It does not exist, or not for you",
    405: "Not with this method",
    406: "Not in this media type",
    408: "The body did not arrive in time",
    409: "It does not fit the present state",
    412: "It changed since you saw it",
    413: "The body is too large",
    415: "The body is of another kind",
    422: "It can never be accepted as it stands",
    428: "Say which version you saw",
    500: "A mistake of ours",
    503: "Something is away, or not as fresh as you ask",
}

NEVER_SENT = {
    "refused": "the root of the refusals",
    "invalid": "a branch of them",
    "not-found": "a branch of them",
    "conflict": "a branch of them",
    "follower-overtaken": "between followers",
    "id-missing": "between the seed and its use case",
    "discount-too-high": "discounts come from the shop",
    "too-many-promotions": "a body with so many is none",
}
"""Codes that no client can meet, and why."""


def codes() -> dict[int, list[str]]:
    """Status to the codes that come with it."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for refusal in _refusals(Refusal):
        if not refusal.__module__.startswith(("adapters.", "tests.")):
            status = next(STATUSES[kind] for kind in refusal.__mro__ if kind in STATUSES)
            found[status].add(refusal.code)
    for file in (PROJECT / "api").rglob("*.py"):
        for status, code in _refused(ast.parse(file.read_text())):
            found[status].add(code)
    return {status: sorted(found[status] - NEVER_SENT.keys()) for status in sorted(found)}


def codes_table() -> str:
    rows = [
        f"| {status} | {MEANINGS[status]} | {', '.join(f'`{each}`' for each in found)} |"
        for status, found in codes().items()
    ]
    return "\n".join(["| Status | Meaning | `code` |", "|---|---|---|", *rows]) + "\n"


def contracts_table() -> str:
    rows = []
    for contract in CONTRACTS:
        text = " ".join((contract.__doc__ or "").split())
        other = re.search(r" eShop: (\w+)\.", text)
        meaning = text.replace(other[0], "") if other else text
        rows.append(f"| `{routing_key(contract)}` | {meaning} | {other[1] if other else ''} |")
    return "\n".join(["| Routing key | When | In eShop's words |", "|---|---|---|", *rows]) + "\n"


TABLES = {"clients": codes_table, "consumers": contracts_table}


def with_table(text: str, table: str) -> str:
    """The text with this table in the place of the one that has the same heading."""
    heading = table.partition("\n")[0]
    return re.sub(rf"^{re.escape(heading)}\n(\|.*\n)+", lambda _: table, text, count=1, flags=re.MULTILINE)


def _refusals(root: type[Refusal]) -> Iterator[type[Refusal]]:
    yield root
    for each in root.__subclasses__():
        yield from _refusals(each)


def _refused(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="Refused"), args=[ast.Constant(value=int(status)), ast.Constant(value=str(code)), *_]
            ):
                yield status, code


if __name__ == "__main__":
    for name, table in TABLES.items():
        file = GUIDES / f"{name}.md"
        file.write_text(with_table(file.read_text(), table()))
