# Every target sets up what it needs, in .venv and .cache, and is quick the second time.
PYTHON ?= python3
export ENS_ENGINE := $(ENGINE)
BIN := .venv/bin
READY := .venv/.ready
OLDEST := .venv-oldest
PART ?= whole
N ?= 1000
SEED ?= 0
SECONDS ?= 600
TARGET ?= probe_text
QUICK ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-oldest soak bench fuzz check format emulator wheel clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## show a callback's life on the real engine and the emulator, without an account
	@$(BIN)/python -m tools.demo

test: $(READY) ## run all tests, in three processes for two cores (ENGINE=built: with an engine built here, whatever is on PATH)
	@$(BIN)/python -m tools.engine >/dev/null
	@$(BIN)/python -m pytest -n 3 --dist loadgroup

test-oldest: $(OLDEST)/.ready ## run many of them with the oldest versions of requirements.txt (PART=short: a few)
	@$(OLDEST)/bin/python -m tools.oldest_versions
	@$(OLDEST)/bin/python -m tools.engine >/dev/null
	@$(OLDEST)/bin/python -m pytest -n 2 --dist loadgroup @tests/oldest/$(PART).txt

soak: $(READY) ## play N fault schedules, N/20 with the CLI, from SEED on, and all pairs of open questions
	@$(BIN)/python -m tests.faults.soak $(N) --seed $(SEED)

bench: $(READY) ## measure beside empty resources, and write docs/performance.md and its plots (QUICK=1: a table, in two minutes)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group bench
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

fuzz: $(READY) ## look for inputs that break TARGET, for SECONDS (Linux, Python 3.11 or newer)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group fuzz
	@$(BIN)/python -m tests.fuzz $(TARGET) --seconds $(SECONDS)

check: $(READY) ## lint, formatting and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(READY) ## put the formatting right, and what the linter can repair
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format

emulator: $(READY) ## start the emulator in the foreground, until Ctrl-C
	@$(BIN)/python -m ens_provider emulator

wheel: $(READY) ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --outdir dist >/dev/null && ls dist/*.whl

clean: ## remove what was made here; the engine stays in .cache
	@rm -rf .venv .venv-oldest .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	@find benchmarks ens_provider examples tools tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): GROUP = dev
$(OLDEST)/.ready: GROUP = tests
$(READY): VERSIONS = true
$(OLDEST)/.ready: VERSIONS = $(PYTHON) -m tools.oldest_versions
$(READY): APART = --group providers

# pip before 25.1 knows no dependency groups.
$(READY) $(OLDEST)/.ready: pyproject.toml requirements.txt
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || \
		{ echo "Python 3.10 or newer with its venv module is needed, and $(PYTHON) is not that: install it (on Debian and Ubuntu python3-venv, too), or name another one with 'make PYTHON=...'." >&2; exit 1; }
	@echo "Setting up $(@D) ..." >&2
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check 'pip>=25.1'
	@versions=$$($(VERSIONS)) && \
		$(@D)/bin/python -m pip install -qq --disable-pip-version-check --editable '.[emulator,receiver,cli]' --group $(GROUP) $$versions
	@$(if $(APART),$(@D)/bin/python -m pip install -qq --disable-pip-version-check --upgrade --no-deps --target $(@D)/providers $(APART))
	@touch $@
