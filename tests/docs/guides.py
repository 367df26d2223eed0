"""The guides as tests read them: their snippets, their tables, and what they name."""

import re
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
GUIDES = DOCS / "guides"
ALL = sorted(GUIDES.glob("*.md"))

_SNIPPET = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([^`\n]+)`")


class Snippet(NamedTuple):
    language: str
    code: str


def guide(name: str) -> str:
    return (GUIDES / f"{name}.md").read_text()


def snippets(text: str) -> list[Snippet]:
    """In their order; a snippet that names no language has an empty one."""
    return [Snippet(*found) for found in _SNIPPET.findall(text)]


def named(text: str) -> list[str]:
    """What stands `like this` outside of snippets."""
    return _NAMED.findall(_SNIPPET.sub("", text))
