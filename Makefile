# The two commands of the README are `make run` and `make test`; `make help` lists the rest.
VENV ?= .venv
BIN := $(VENV)/bin
SETUP := sh .ci/setup $(VENV)
# For two cores: so many tests wait for processes that there is room for a third worker. WORKERS=auto takes a worker a core.
WORKERS ?= 3

.PHONY: help run test check lint format snap bench torture picture lock clean

help: ## Say what each target does.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/run-ready ## Set up and open the demo workspace (headless where there is no terminal).
	@$(BIN)/oficina demo

test: $(VENV)/dev-ready ## Run every test and hold the coverage floors.
	@rm -f .coverage .coverage.*
	@# The tests start hundreds of processes: where Python keeps no bytecode, each would compile everything.
	@$(BIN)/python -m compileall -q app screens store jobs seeds tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=
	@echo "coverage, everything (floor 80 %)" && $(BIN)/coverage report --fail-under=80 | tail -n 3
	@echo "coverage, store/ (floor 95 %)" && $(BIN)/coverage report --include='store/*' --fail-under=95 | tail -n 12
	@echo "coverage, jobs/ (floor 95 %)" && $(BIN)/coverage report --include='jobs/*' --fail-under=95 | tail -n 12

lint: $(VENV)/dev-ready ## Check format, lint, types and the import contract.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## All that CI checks.

format: $(VENV)/dev-ready ## Put the code into the house format.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

snap: $(VENV)/dev-ready ## Accept the screens' snapshots; look at the report it names before committing.
	$(BIN)/python -m pytest tests/screens --snapshot-update -n $(WORKERS)

bench: $(VENV)/dev-ready ## Measure: ratios and medians of one run, printed with n.
	$(BIN)/python -m bench

torture: $(VENV)/dev-ready ## Break the store and the line in every way known, thousands of times; under 40 minutes.
	$(BIN)/python tests/torture

picture: $(VENV)/dev-ready ## Take the README's pictures of the real screen anew.
	$(BIN)/python docs/picture.py

lock: $(VENV)/dev-ready ## Resolve the lock files anew from pyproject.toml (needs uv).
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -q -o requirements-dev.lock

clean: ## Remove the environment and what tests leave behind.
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .ruff_cache .import_linter_cache .hypothesis snapshot_report.html

$(VENV)/run-ready: requirements.lock pyproject.toml
	@$(SETUP) requirements.lock && touch $@

$(VENV)/dev-ready: requirements-dev.lock pyproject.toml
	@$(SETUP) requirements-dev.lock && touch $@ $(VENV)/run-ready
