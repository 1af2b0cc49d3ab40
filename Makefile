# Needs Python >= 3.12 and make, nothing else. SIYU_HOME chooses the data folder (default ./data).
.DEFAULT_GOAL := demo
VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && command -v $$p && break; done)
BIN := $(VENV)/bin
ARGS ?=
export PYTHONPATH := $(CURDIR)
unexport PYTHONDONTWRITEBYTECODE  # each of many short commands would compile the house anew

.PHONY: demo test conformance proof lint lock bench pictures clean

demo: $(VENV)/.run  ## the sample brand from empty folder to console
	@$(BIN)/python -m siyu demo $(ARGS)

test: $(VENV)/.dev  ## the whole suite, on SQLite and on PostgreSQL (journeys bring a data folder of their own, browsers see no database)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)
	@SIYU_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 --dist loadgroup --ignore tests/journeys --ignore-glob '*_in_a_browser.py' $(ARGS)

conformance: $(VENV)/.dev  ## the SDKs of Segment, RudderStack and Sensors against a running house, from their registries
	@$(BIN)/python -m tests.conformance $(ARGS)

proof: $(VENV)/.dev  ## house killed at random points under load, 100 rounds; senders of a million messages killed; 10,000 races per scarce thing
	@$(BIN)/python -m tests.proof --rounds 100 $(ARGS)
	@$(BIN)/python -m tests.telling --people 1000000 --kills 20
	@$(BIN)/python -m tests.scarcity --trials 10000

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

$(VENV)/.run: requirements.lock
	@sh scripts/environment $(VENV) "$(PYTHON)" requirements.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@sh scripts/environment $(VENV) "$(PYTHON)" requirements-dev.lock
	@touch $@

pictures: $(VENV)/.dev  ## the README's pictures, in a browser (needs chromium)
	@$(BIN)/python scripts/pictures

lock:  ## after a change of dependencies in pyproject.toml
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.12 pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.12 --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache
