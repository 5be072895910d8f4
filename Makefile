# One .venv, made by `make setup`. Each target does one thing; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTHON_DONE := $(VENV)/.installed
NODE_DONE := node_modules/.installed
WORKERS ?= 2

.PHONY: help setup demo test lint format evals bench samples clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PYTHON_DONE) $(NODE_DONE) ## Install everything into .venv and node_modules; nothing to do the second time

$(PYTHON_DONE): pyproject.toml requirements.txt
	@[ -x $(BIN)/python ] || "$$(.ci/find-python)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,ocr]'
	@touch $@

$(NODE_DONE): package.json
	npm install --no-save --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

demo: setup ## Start the cloud on this laptop, ingest samples/, ask, delete, show the proof
	$(BIN)/python -m operations demo

test: setup ## Run every test (ARGS="tests/unit -k chunk" narrows it)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: $(PYTHON_DONE) ## Ruff's rules and format, and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(PYTHON_DONE) ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

evals: setup ## Measure what Greffe finds, hides and reads (ARGS picks one)
	$(BIN)/python -m evals $(ARGS)

bench: $(PYTHON_DONE) ## Measure speed, as ratios within one run (ARGS picks one)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m bench $(ARGS)

samples: $(PYTHON_DONE) ## Write samples/ again, byte for byte
	$(BIN)/python -m samples.make

clean: ## Remove what setup, the tests and the local cloud left here
	rm -rf $(VENV) node_modules .greffe .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist greffe.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
