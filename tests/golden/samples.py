"""The samples of stored events, and the contexts whose events they are."""

import importlib
import pkgutil
from pathlib import Path

import domain
from domain.kernel import Context

SAMPLES = Path(__file__).parent

CONTEXTS = {
    context.name: context
    for module in pkgutil.iter_modules(domain.__path__, "domain.")
    if isinstance(context := getattr(importlib.import_module(module.name), "CONTEXT", None), Context)
}
TAGS = [tag for context in CONTEXTS.values() for tag in context.events]
FILES = sorted(SAMPLES.glob("*/*.json"))


def tag_of(sample: Path) -> str:
    return f"{sample.parent.name}.{sample.name.partition('.')[0]}"
