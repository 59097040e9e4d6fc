# Everything a user or CI does; `make run` and `make test` need nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 4000

.DEFAULT_GOAL := help
.PHONY: help run test check bench train conformance test-train test-wheel clean

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

# The stamp is as old as the last install from this pyproject.toml; a later start is immediate.
$(VENV)/.run: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Wardgate needs Python 3.11 or newer: $(PYTHON) was not found"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Wardgate needs Python 3.11 or newer"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[embedded]'
	@touch $@

$(VENV)/.dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,train]'
	@touch $@

run: $(VENV)/.run  ## the gateway in front of the embedded custom model
	@exec $(BIN)/wardgate up --port $(PORT)

test: $(VENV)/.dev  ## all tests that need no GPU, no browser and no service
	$(BIN)/python -m pytest

check: $(VENV)/.dev  ## ruff, mypy --strict, import rules, policies and their own tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/wardgate policy schema --output policies/schema.json
	$(BIN)/wardgate validate policies
	$(BIN)/wardgate policy test policies

bench: $(VENV)/.dev  ## CPU per request and per chunk beside a plain pass-through, in one run
	$(BIN)/python -m benchmarks.gateway

train: $(VENV)/.train  ## remake the shipped model from the company's documents
	$(BIN)/wardgate model prepare
	$(BIN)/wardgate model train
	$(BIN)/wardgate model export

test-train: $(VENV)/.train  ## the embedded engine beside its torch reference
	$(BIN)/python -m pytest -m train

test-wheel: $(VENV)/.dev  ## the wheel in a fresh virtual environment, outside this folder
	$(BIN)/python -m pytest -s tests/wheel/installed.py

clean:           ## caches and build products (not the virtual environment)
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
