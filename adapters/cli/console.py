"""What the commands write: results to standard output, everything else to standard error."""

import sys

from rich.console import Console

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """A line for the person at the terminal."""
    err.print(text, markup=False)


def put(text: str) -> None:
    """A line of a result, exactly as it is."""
    sys.stdout.write(f"{text}\n")
