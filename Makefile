# Two commands do everything on a fresh machine with Python 3.11 to 3.13:
#   make demo   environment, install, ingest of the sample documents, a table of targets by province
#   make test   environment, install, the whole test suite with linters and types
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO   ?= demo.db

.PHONY: demo test lint clean

$(BIN)/muctieu: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[test]'
	touch $(BIN)/muctieu

demo: $(BIN)/muctieu
	$(BIN)/muctieu ingest corpus --db $(DEMO)
	$(BIN)/muctieu list --db $(DEMO) --targets

test: $(BIN)/muctieu lint
	$(BIN)/python -m pytest

lint: $(BIN)/muctieu
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
