# Needs git, make and Python >= 3.11; everything else goes into .venv. `make` lists the targets.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
UI := $(BIN)/python tools/ui_build.py

# The first Python that runs, is new enough and can make a venv (a pyenv shim may exist and fail).
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
CHECK := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help demo test lint types fix ui api screenshots bench soak requirements clean
.DELETE_ON_ERROR:

help:  ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 14

demo: $(VENV)/demo.stamp  ## Run the example flows
	@$(BIN)/python examples/demo.py

test: lint types ui  ## Check style, types and layers, then run the tests
	@$(UI) npm --silent test
	@$(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/ui $(ARGS)
	@$(if $(ARGS),,$(BIN)/python -m pytest tests/ui)

lint: $(VENV)/dev.stamp  ## Check style, spelling and layers
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check
	@git ls-files -z | xargs -0 $(BIN)/codespell
	@$(BIN)/lint-imports --no-logo
	@$(UI) install && $(UI) npm --silent run lint

types: $(VENV)/dev.stamp  ## Check types
	@$(BIN)/mypy
	@$(if $(wildcard tests/typing),$(BIN)/basedpyright)
	@$(UI) install && $(UI) npm --silent run types

fix: $(VENV)/dev.stamp  ## Mend what can be mended by machine
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

ui: $(VENV)/dev.stamp  ## Build the dashboard, if it is not what its sources say
	@$(UI)

api: $(VENV)/dev.stamp  ## Write the document of the API, and the page's types of it
	@$(BIN)/python -m penstock._server.document > ui/openapi.json.new
	@mv ui/openapi.json.new ui/openapi.json
	@$(UI) npm --silent run api

screenshots: ui  ## Take the pictures of the documentation
	@$(BIN)/python -m tools.screenshots

bench: $(VENV)/dev.stamp  ## Measure what PERFORMANCE.md promises
	@$(BIN)/python -m bench $(ARGS)

soak: ui  ## Run the tests that take minutes
	@$(BIN)/python -m pytest -m soak $(ARGS)

requirements: $(VENV)/bin/python  ## Compile the lock files anew
	@BIN=$(BIN) ARGS="$(ARGS)" requirements/compile.sh

clean:  ## Remove the environment, caches and built files
	@rm -rf $(VENV) .*_cache .hypothesis build dist ui/node_modules src/penstock/_server/static
	@find src tests examples bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# One stamp for each lock file; a newer lock or pyproject.toml installs again.
$(VENV)/%.stamp: requirements/%.txt pyproject.toml $(VENV)/bin/python
	@echo "Installing requirements/$*.txt into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/$*.txt
	@$(if $(filter dev,$*),$(UI) install)
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/bin/python:
	@for python in $(PYTHONS); do \
		if "$$python" -c '$(CHECK)' >/dev/null 2>&1; then exec "$$python" -m venv --clear $(VENV); fi; \
	done; echo "No Python >= 3.11 with venv found. Name one: make PYTHON=/path/to/python" >&2; exit 1
