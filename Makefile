# The commands of the project. Each makes its own virtual environment from requirements.lock when it is missing or old.
# Needed: Python 3.11 to 3.13 with pip and venv, make, git.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check format bench soak mutants requirements lock clean

BIN := .venv/bin
VENV := .venv/.installed
UV := build/uv/bin/uv

# The first Python that will do. `make PYTHON=/usr/bin/python3.12 …` chooses one.
PYTHON ?=
define FIND_PYTHON
import sys
try:
    import ensurepip, venv
    sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
except ImportError:
    sys.exit(1)
endef
export FIND_PYTHON

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/\t/' | sort | expand -t 14

run: $(VENV) ## Run the shop on 127.0.0.1:8000, with everything it needs
	@exec $(BIN)/storeline run

test: $(VENV) ## Run the whole suite against real services
	$(BIN)/pytest

check: $(VENV) ## Lint, formatting, types, the rules of imports, and the table of requirements
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.requirements

format: $(VENV) ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(VENV) ## Print the figures, each beside its baseline
	$(BIN)/python -m tests.bench

soak: $(VENV) ## Run the long proofs at their full counts (hours)
	STORELINE_SOAK=1 $(BIN)/pytest -m soak --timeout 14400

mutants: $(VENV) ## Change the domain in small ways, and list the changes that no test notices
	$(BIN)/mutmut run
	$(BIN)/mutmut results

requirements: $(VENV) ## Write docs/requirements.md anew from the tests
	$(BIN)/python -m tests.requirements --write

lock: $(UV) ## Write requirements.lock anew from pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-header --no-annotate --group dev pyproject.toml -o requirements.lock

clean: ## Remove what the tools made; the data in .storeline stays
	rm -rf .venv build dist mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info

$(VENV): requirements.lock pyproject.toml
	@python=""; \
	for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if "$$candidate" -c "$$FIND_PYTHON" 2>/dev/null; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11, 3.12 or 3.13 with venv and pip is needed (on Debian: apt-get install python3-venv python3-pip)." >&2; \
		exit 1; \
	fi; \
	[ -x $(BIN)/python ] && $(BIN)/python -c "$$FIND_PYTHON" || "$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(UV):
	python3 -m venv build/uv
	build/uv/bin/pip install --quiet --disable-pip-version-check uv
