# Two commands do all the set-up: `make run` and `make test`. Everything they need they bring.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv || echo $(CURDIR)/.tools/uv/bin/uv)
VENV := .venv
BIN := $(VENV)/bin
SYNCED := $(VENV)/.synced
SPARK_SYNCED := .venv-spark/.synced
# What `make run` reads: our bundled annexes, and the real PCI and PAPI files where they stand beside the project.
INPUT ?= data/input $(wildcard ../shared/data)

.PHONY: help env spark spark-build run test test-fast bench lint format up down status doctor docs annexes rules breaks dashboard lock clean site reference pictures sbom audit security nightly

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

spark: $(SPARK_SYNCED) ## Spark's own environment in .venv-spark, exactly as requirements.spark.lock says

$(SPARK_SYNCED): requirements.spark.lock | $(UV)
	@test -x .venv-spark/bin/python || $(UV) venv --quiet --python "$(PYTHON)" .venv-spark
	@echo "installing what requirements.spark.lock says into .venv-spark (Spark alone is 400 MB)"
	@$(UV) pip sync --quiet --python .venv-spark/bin/python --require-hashes requirements.spark.lock
	@sha256sum requirements.spark.lock | cut -d' ' -f1 > $@

spark-build: $(SYNCED) $(SPARK_SYNCED) ## the marts that read the lake, built on Spark into REFORM_HOME/lake_marts and compared
	@$(BIN)/reform build --target spark

run: $(SYNCED) ## real input in, published release out
	@$(BIN)/reform run --portal $(foreach folder,$(INPUT),--input $(folder))

test: $(SYNCED) $(SPARK_SYNCED) ## every test
	@$(BIN)/python tests/system_packages.py
	@$(BIN)/python tests/browser_packages.py
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup --durations 25

test-fast: $(SYNCED) ## the tests without the end-to-end ones
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup -m "not e2e"

bench: $(SYNCED) ## measurements by hand: BENCH=name, as listed in bench/README.md
	@$(BIN)/python -m bench.$(or $(BENCH),yoy)

lint: $(SYNCED) ## ruff, mypy, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(UV) tool run --quiet --python "$(PYTHON)" sqlfluff==4.5.0 lint --config dbt_project/.sqlfluff dbt_project/models dbt_project/tests

security: $(SYNCED) ## bandit over the code, and a search for secrets in every file
	@$(UV) tool run --quiet --python "$(PYTHON)" bandit==1.9.4 --quiet --configfile pyproject.toml --recursive \
		cli dags docs expectations ingestion warehouse
	@git ls-files -z | grep -zv -e '\.lock$$' -e '^data/' -e '^docs/security/secrets.baseline$$' | \
		xargs -0 sh -c '"$$@" || [ $$? -eq 3 ]' - $(UV) tool run --quiet --python "$(PYTHON)" \
		--from detect-secrets==1.5.0 detect-secrets-hook --baseline docs/security/secrets.baseline
	@# 3 is no finding: lines moved, and the baseline was brought up to date, to be committed with them.

sbom: $(SYNCED) ## sbom/: a CycloneDX bill of materials, and the licences, which must be allowed ones
	@$(BIN)/python docs/security/sbom.py "$(UV)"

audit: $(SYNCED) ## known vulnerabilities of what the lock holds; OSV=all.zip: without a network
	@$(BIN)/python docs/security/audit.py "$(UV)" $(OSV)

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

dashboard: $(SYNCED) ## write the Grafana dashboard again
	@$(BIN)/python docs/write_dashboard.py

annexes: $(SYNCED) ## write the bundled annexes again from their figures
	@$(BIN)/python data/make_annexes.py

rules: $(SYNCED) ## write docs/rules.md from the code
	@$(BIN)/python docs/write_rules.py

breaks: $(SYNCED) ## write docs/breaks.md from the current release of all real files
	@$(BIN)/python docs/write_breaks.py

reference: $(SYNCED) ## write the pages of docs/reference from the code: commands, tables, variables
	@$(BIN)/python docs/write_reference.py

pictures: $(SYNCED) ## draw docs/images again: the flow, and the current release in a browser
	@$(BIN)/python docs/write_flow.py
	@$(BIN)/python docs/write_screenshots.py

site: $(SYNCED) | $(UV) ## the documentation site in site/, strictly: a broken link fails
	@test -x .tools/site/bin/python || $(UV) venv --quiet --python "$(PYTHON)" .tools/site
	@$(UV) pip sync --quiet --python .tools/site/bin/python --require-hashes docs/site/requirements.lock
	@.tools/site/bin/python -m sphinx --quiet --fail-on-warning --keep-going -c docs/site -d .tools/site/doctrees docs site
	@echo "open site/index.html"

lock: | $(UV) ## resolve pyproject.toml into requirements.lock, and what builds the site into its own
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra celery --extra dev pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --extra celery --constraints requirements.lock pyproject.toml \
		-o docker/requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" docker/superset/requirements.in -o docker/superset/requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" docs/site/requirements.in -o docs/site/requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --group pyproject.toml:spark -o requirements.spark.lock

nightly: $(SYNCED) | $(UV) ## newer versions than the lock's: resolve, test, say what moved (BOUNDS=allowed|loosened, ARGS=--resolve-only)
	@$(BIN)/python tests/newer_versions.py --uv $(UV) --bounds $(or $(BOUNDS),allowed) $(ARGS)

clean: ## remove the environment and the tools, never REFORM_HOME
	@rm -rf $(VENV) .venv-spark .tools site .nightly .mypy_cache .ruff_cache .pytest_cache
