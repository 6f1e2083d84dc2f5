# Everything runs from .venv, which `make install` builds from requirements.lock. Nothing here needs root or a server.
.DEFAULT_GOAL := help
.PHONY: help install demo test lint bench soak clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO ?=
SHORT ?=
TESTS ?= tests
PEERS_VENV := .venv-peers
PEERS_STAMP := $(PEERS_VENV)/.installed
PEERS ?=
ROUNDS ?= 5
BENCH ?=
MARKDOWN ?=

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP)  ## make .venv with everything pinned, tools included

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make install PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: apt-get install python3-venv, then try again"; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: install  ## one night, start to end: make demo DEMO="--staff 300 --once"
	@if test -t 1; then exec $(BIN)/notifier demo $(DEMO); else exec $(BIN)/notifier demo --once $(DEMO); fi

test: install lint  ## lint, then every test
	$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder $(TESTS)

lint: install  ## ruff, mypy --strict and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install $(PEERS_STAMP)  ## every figure beside its limit and the peers; BENCH="drain smtp" PEERS=all
	$(BIN)/python -m benchmarks --peers $(PEERS_VENV)/bin/python $(if $(filter all,$(PEERS)),--all-peers) $(if $(MARKDOWN),--markdown) --rounds $(ROUNDS) $(BENCH)

$(PEERS_STAMP): benchmarks/peers.lock
	test -x $(PEERS_VENV)/bin/pip || $(PYTHON) -m venv --clear $(PEERS_VENV)
	$(PEERS_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/peers.lock
	@touch $@

soak: install  ## crashes, kills and whole nights for hours; SHORT=1 for a quarter of an hour
	@$(BIN)/python -m tests.soak $(if $(SHORT),--short) $(TESTS)

clean:  ## remove what the tools leave; .venv and var/ stay
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
