# Assay's commands. PORT and ASSAY_HOME are honoured.
.DEFAULT_GOAL := help
.PHONY: help run test check fuzz bench build format clean
BIN := .venv/bin

help: ## Show these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: ## Set up and start everything with the demo, on PORT (8000); Ctrl-C stops it
	@scripts/bootstrap run
	@exec $(BIN)/python manage.py up --demo

test: ## Set up and run every test, the browser's included
	@scripts/bootstrap dev
	$(BIN)/python -m tests.e2e.chromium
	$(BIN)/python -m tests.datasets.exiftool
	npm run --silent test
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: ## Format, lint, types, layers
	@scripts/bootstrap dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.:platform $(BIN)/lint-imports
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	npm run --silent check

fuzz: ## Send the API 200 made-up requests of each kind a call, others each time
	@scripts/bootstrap dev
	FUZZ_EXAMPLES=200 $(BIN)/python -m pytest -q --show-capture=no tests/security/test_fuzzing.py

bench: ## Measure; figures go to test-results/bench.json
	@scripts/bootstrap run
	@$(BIN)/python manage.py bench all --json test-results/bench.json

build: ## Set up and build the pages
	@scripts/bootstrap run

format: ## Format and repair what can be repaired by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	npm run --silent format

clean: ## Remove what was built and installed; data stay in ASSAY_HOME
	rm -rf .venv node_modules frontend/dist test-results
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
