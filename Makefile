# The commands people and tools rely on. Each is safe to repeat and quick when nothing changed.
# PORT (8000) and DATA_DIR (./var) say where the portal serves and where it keeps everything: `make run PORT=9000`.
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON := $(BIN)/python

.PHONY: help setup run worker beat test check format schema bench lock
help: ## Show this help
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: ## Install what is missing: Python packages, and system packages where that is allowed
	@bin/setup

run: ## Serve the portal on the embedded default and drive one order through it
	@bin/setup run
	@$(PYTHON) manage.py run_demo

worker: ## A worker process
	@bin/setup run
	@$(BIN)/celery -A nt24 worker --loglevel=INFO --concurrency=2

beat: ## The scheduler process
	@bin/setup run
	@$(BIN)/celery -A nt24 beat --loglevel=INFO

test: ## The suite on SQLite and on PostgreSQL
	@bin/setup
	@bin/test

check: ## Lint, format, types, templates, migrations, deployment, OpenAPI drift
	@bin/setup
	@bin/check

format: ## Put the code into shape
	@bin/setup
	@$(BIN)/ruff check --fix-only . && $(BIN)/ruff format .

schema: ## Write the OpenAPI document
	@bin/setup run
	@$(PYTHON) manage.py write_openapi

bench: ## The benchmarks, side by side in one run
	@bin/setup
	@$(PYTHON) -m tests.bench

lock: ## Pin the newest allowed versions, with hashes and without an index address
	@bin/setup
	@bin/lock --upgrade
