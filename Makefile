# Two commands do all the set-up: `make run` and `make test`. Everything they need they bring.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv || echo $(CURDIR)/.tools/uv/bin/uv)
VENV := .venv
BIN := $(VENV)/bin
SYNCED := $(VENV)/.synced
# What `make run` reads: our bundled annexes, and the real PCI and PAPI files where they stand beside the project.
INPUT ?= data/input $(wildcard ../shared/data)

.PHONY: help env run test test-fast bench lint format up down status doctor docs annexes rules breaks lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(SYNCED) ## the environment in .venv, exactly as requirements.lock says

$(CURDIR)/.tools/uv/bin/uv: requirements.uv.lock
	@echo "uv is not on this machine: installing it into .tools/"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --root-user-action ignore --require-hashes --upgrade \
		--target .tools/uv -r requirements.uv.lock
	@touch $@

$(SYNCED): requirements.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" $(VENV)
	@echo "installing what requirements.lock says into $(VENV)"
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@sha256sum requirements.lock | cut -d' ' -f1 > $@

run: $(SYNCED) ## real input in, published release out
	@$(BIN)/reform run --portal $(foreach folder,$(INPUT),--input $(folder))

test: $(SYNCED) ## every test
	@$(BIN)/python tests/system_packages.py
	@$(BIN)/python tests/browser_packages.py
	@$(BIN)/python -m pytest

test-fast: $(SYNCED) ## the tests without the end-to-end ones
	@$(BIN)/python -m pytest -m "not e2e"

bench: $(SYNCED) ## measurements by hand: BENCH=yoy (100 million rows), break_detector, scorecards, validation, fuzz_readers, mutations, dossiers (20 million), survey, survey_coverage, readers, serve_api, postgres, superset, serve (an hour, 20 GB), faults (three hours)
	@$(BIN)/python -m bench.$(or $(BENCH),yoy)

lint: $(SYNCED) ## ruff, mypy, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(UV) tool run --quiet --python "$(PYTHON)" sqlfluff==4.5.0 lint --config dbt_project/.sqlfluff dbt_project/models dbt_project/tests

format: $(SYNCED) ## ruff's formatter
	@$(BIN)/ruff check --fix .

up: $(SYNCED) ## the real Airflow on 127.0.0.1
	@$(BIN)/reform airflow up

down: $(SYNCED) ## stop it, every process of it
	@$(BIN)/reform airflow down

status: $(SYNCED) ## what of it runs
	@$(BIN)/reform airflow status

doctor: $(SYNCED) ## what is missing or wrong, and how to mend it
	@$(BIN)/reform doctor

docs: $(SYNCED) ## serve the current release's docs on 127.0.0.1
	@$(BIN)/reform docs serve

annexes: $(SYNCED) ## write the bundled annexes again from their figures
	@$(BIN)/python data/make_annexes.py

rules: $(SYNCED) ## write docs/rules.md from the code
	@$(BIN)/python docs/write_rules.py

breaks: $(SYNCED) ## write docs/breaks.md from the current release of all real files
	@$(BIN)/python docs/write_breaks.py

lock: | $(UV) ## resolve pyproject.toml into requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra dev pyproject.toml -o requirements.lock

clean: ## remove the environment and the tools, never REFORM_HOME
	@rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache
