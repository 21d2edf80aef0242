# Every target sets up what it needs, in .venv inside the repository; the second run is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The embedded model that `make demo` fetches and uses where no key and no server is found; MODEL=none: no model at all.
MODEL ?= qwen2.5-coder-1.5b-instruct
WORKERS ?= 2
# How long `make soak` goes on.
MINUTES ?= 30

# Tests start many programs: where nothing that was compiled is kept, each of them compiles our sources anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test coverage browser check lint types imports format bench soak interop cassettes lock wheel fresh clean

define demand_python
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here: set PYTHON=/path/to/python3 (3.11 or newer)."; exit 1; }
	@"$(PYTHON)" -c '' || { echo "$(PYTHON) cannot be started (above is what it says): set PYTHON=/path/to/python3 (3.11 or newer)."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older: set PYTHON=/path/to/python3."; exit 1; }
endef

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment (.venv) with everything that is pinned

# `--no-deps`: the lock is whole, so pip resolves nothing, and no later release of anything can change what is installed.
# `--only-binary`: a source archive would fetch build back ends that no lock names.
$(READY): requirements/dev.txt pyproject.toml
	$(demand_python)
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Test the bundled streaming agent and show what comes out (MODEL=none: by rules, no model)
	$(BIN)/scenario demo --pull $(MODEL)

test: $(READY) lint types imports browser ## Lint, types, import contract, all tests
	$(BIN)/python -m pytest -n $(WORKERS)

# A target of its own: measured, the tests take more than twice as long.
coverage: $(READY) browser ## All tests again, with the figure of coverage
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term

browser: ## Install Chromium for the tests of pages, where it is missing and apt is to be had
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& timeout 180 sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium' >/dev/null 2>&1; \
	} || echo "Chromium is not here and cannot be installed: the tests of pages are skipped."

check: $(READY) lint types imports ## The quick subset of `make test`: no slow tests
	$(BIN)/python -m pytest -n $(WORKERS) -q -m "not slow"

lint: $(READY) ## Ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

imports: $(READY) ## The rooms, printed from the bottom up; they import downwards only, and in no circle
	$(BIN)/python -m house
	$(BIN)/lint-imports --no-cache

format: $(READY) ## Format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Print the benchmark table: each figure beside its baseline, in one run
	$(BIN)/python -m benchmarks

soak: $(READY) ## Good and hostile agents for MINUTES=30: does memory grow, is anything left, is every run named rightly?
	$(BIN)/python -m soak --minutes $(MINUTES)

interop: $(READY) ## Scenarios against the real servers of each dialect, installed under .interop/
	$(BIN)/python -m pytest interop -v

cassettes: $(READY) ## Record what those servers answer into interop/cassettes, which `make test` plays
	$(BIN)/python -m pytest interop/test_servers.py -v --record interop/cassettes

lock: $(READY) ## Pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile pyproject.toml --group dev --extra local --extra schema --extra language --universal --python-version 3.11 --upgrade \
		--no-emit-index-url --generate-hashes --no-strip-extras --quiet --custom-compile-command "make lock" -o requirements/dev.txt

wheel: $(READY) ## Build the package into dist/, from what is installed here alone
	rm -rf dist
	$(BIN)/python -m hatchling build -t wheel

fresh: ## Set-up, demo, quick tests and a wheel as on a new machine, with each Python that is found (committed files only)
	$(demand_python)
	"$(PYTHON)" -m fresh

clean: ## Remove what was made
	rm -rf $(VENV) .interop .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* build dist
