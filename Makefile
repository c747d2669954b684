# Écot, from a fresh checkout. `make` lists what can be done.

PORT = 8000
ARGS =
# Where Homebrew's libraries are, and no shell left between make and the command, so that Ctrl-C reaches it alone.
PYTHON = export DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib:/usr/local/lib; exec .venv/bin/python
UV = uv
LOCK = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

.PHONY: help install demo demo-reset test check format messages bench lock clean

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)$$/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-18s %s\n", $$1, $$2 }'

install: ## Set everything up in .venv (the other commands do it by themselves)
	@.ci/install.sh run

demo: ## Run the invented town: site, worker and Stripe sandbox (PORT=8000)
	@.ci/install.sh run
	@$(PYTHON) -m ledger demo --port $(PORT)

demo-reset: ## Forget the demo's data
	@.ci/install.sh run
	@$(PYTHON) -m ledger demo --reset

test: ## Run every test, on SQLite and on PostgreSQL (ARGS="tests/books -k sqlite")
	@.ci/install.sh test
	@$(PYTHON) -m pytest -n auto --maxprocesses 8 --dist loadgroup $(ARGS)

check: ## Read the code: style, types, imports, migrations, translations
	@.ci/install.sh dev
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports
	@$(PYTHON) -m ledger.cli.checks

format: ## Lay the code out
	@.ci/install.sh dev
	@$(PYTHON) -m ruff check --fix-only
	@$(PYTHON) -m ruff format

messages: ## Bring the French catalogue up to date with the words in the code
	@.ci/install.sh dev
	@$(PYTHON) -m ledger.cli.checks messages

bench: ## Measure speed against what it is compared with (ARGS="posting sealing"; a quarter of an hour in all)
	@.ci/install.sh test
	@$(PYTHON) -m tests.benchmarks $(ARGS)

lock: ## Choose the versions again (needs uv)
	$(LOCK) pyproject.toml --extra dev --upgrade --output-file config/requirements/dev.txt
	echo 'flit_core>=3.12,<4' | $(LOCK) pyproject.toml - --constraint config/requirements/dev.txt --output-file config/requirements/run.txt

clean: ## Remove what was installed and built here; the demo's data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
