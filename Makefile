# The commands people and tools rely on (contract 15). Each is safe to repeat and quick when nothing changed.
.DEFAULT_GOAL := help
VENV := .venv
PYTHON := $(VENV)/bin/python
SETUP := $(VENV)/.ready

.PHONY: help setup run worker beat test check format schema bench lock
help: ## Show this help
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(SETUP): requirements/dev.txt bin/setup
	@bin/setup
	@touch $@

setup: $(SETUP) ## Install what is missing: Python packages, and system libraries where allowed

run: $(SETUP) ## Serve the portal on the embedded default and drive one order through it
	@$(PYTHON) manage.py run_demo

worker: $(SETUP) ## A worker process
	@$(VENV)/bin/celery -A nt24 worker --loglevel=INFO --concurrency=2

beat: $(SETUP) ## The scheduler process
	@$(VENV)/bin/celery -A nt24 beat --loglevel=INFO

test: $(SETUP) ## The suite on SQLite and on PostgreSQL
	@bin/test

check: $(SETUP) ## Lint, format, types, migrations, OpenAPI drift
	@bin/check

format: $(SETUP) ## Put the code into shape
	@$(VENV)/bin/ruff check --fix-only . && $(VENV)/bin/ruff format .

schema: $(SETUP) ## Write the OpenAPI document
	@$(PYTHON) manage.py write_openapi

bench: $(SETUP) ## The benchmarks of docs/performance.md, side by side in one run
	@$(PYTHON) -m tests.bench

lock: $(SETUP) ## Pin the newest allowed versions, with hashes and without an index address
	@bin/lock
