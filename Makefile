# Everything a person or the gate does here. Each target sets up .venv first, when it is not there or out of date.

PYTHON := .venv/bin/python
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo up test check chaos bench ops-check clean lock

help: ## Print what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Bring simulated assets to simulated partners, and check that all arrived; needs no account
	@.venv/bin/fleet demo

up: $(READY) ## Run the fleet against both simulated vendors until Ctrl-C
	@.venv/bin/fleet up --sandbox

test: $(READY) ## Run all tests
	@$(PYTHON) -m pytest -n auto --dist worksteal

check: $(READY) ## Compare the format, lint, check types and run the tests that need neither server nor vendor: under a minute
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/ruff check --quiet
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pytest --quiet -n auto --ignore=tests/ops --ignore=tests/vendors -m "not broker and not database and not journey and not chaos"

chaos: $(READY) ## Kill -9 every process of the fleet while it works, and check what partners end up with
	@$(PYTHON) -m pytest -m chaos

bench: $(READY) ## Measure the transport beside bare pika, and write build/bench.json
	@$(PYTHON) -m ops.bench

ops-check: $(READY) ## Test what runs the fleet: set-up, servers at hand, settings, commands, and that names agree
	@$(PYTHON) -m pytest -n auto --dist worksteal tests/ops tests/test_architecture.py tests/test_names_agree.py

clean: ## Remove all that was made here, .venv included
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## Choose the newest releases that pyproject.toml allows, and write requirements.lock; needs uv
	@printf 'hatchling\neditables\n' | uv pip compile pyproject.toml - --upgrade --group test --group lint --group bench \
		--universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements.lock

$(READY): requirements.lock pyproject.toml ops/set_up.sh
	@ops/set_up.sh
