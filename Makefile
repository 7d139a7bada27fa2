# Two commands do everything on a fresh machine with Python 3.11 to 3.13 and make:
#   make demo   environment, install, ingest of the sample documents, a table of targets by province
#   make test   environment, install, linters, types and the whole test suite
# Another Python: make test PYTHON=python3.12

SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON    ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	           "$$p" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$p"; break; }; done)
VENV      ?= .venv
BIN       := $(VENV)/bin

.PHONY: demo test lint clean

demo: $(VENV)/installed
	$(BIN)/muctieu ingest corpus --db demo.db
	$(BIN)/muctieu list --targets --db demo.db

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-for-tests: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $(VENV)/installed $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis demo.db demo.db-shm demo.db-wal
