# One door to everything. Each target makes or mends .venv first; nothing else needs to be installed by hand.
#
#   make demo                       the whole loop on this machine, as a story
#   make test-fast | test | test-full
#   make claims ID=door-rate        measure one promised figure anew
#   TORCH_INDEX=https://download.pytorch.org/whl/cpu make demo     take the small CPU build of torch

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
ARGS ?=

export OMP_NUM_THREADS ?= 1
unexport PYTHONDONTWRITEBYTECODE  # each process would compile all that it imports, and a test run starts hundreds

.DEFAULT_GOAL := help
.PHONY: help demo up test test-fast test-full test-slice check bench claims docs lock clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

$(READY): requirements-torch.txt requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	@echo "Installing into .venv: once; some minutes, about 2 GB." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "1 of 3: torch ..." >&2
	@$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) -r requirements-torch.txt
	@echo "2 of 3: what requirements.lock names ..." >&2
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@echo "3 of 3: Upweight itself ..." >&2
	@$(PIP) --no-deps --editable .
	@touch $@

demo: $(READY) ## the story, end to end, on a free port in a fresh directory
	@$(BIN)/upweight demo $(ARGS)

up: $(READY) ## web, worker and timetable in one process
	@$(BIN)/upweight up $(ARGS)

test-fast: $(READY) ## unit tests, under 90 seconds
	$(PYTEST) -m "not slow and not full" -n $(WORKERS) --dist loadfile $(ARGS)

test: $(READY) ## what must pass before a push, under 12 minutes
	$(PYTEST) -m "not full" -n $(WORKERS) --dist loadfile $(ARGS)

test-full: $(READY) ## everything, under an hour
	$(PYTEST) -n $(WORKERS) --dist loadfile $(ARGS)

test-slice: $(READY) ## a part of the full tier: UPWEIGHT_SLICE=3/7
	$(PYTEST) -m full -n $(WORKERS) --dist loadfile $(ARGS)

check: $(READY) ## lint, format, types, import contracts, docs, claims, installed packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m benchmarks.docs --check
	$(BIN)/python -m benchmarks.claims --validate
	$(BIN)/python -m pip check

bench: $(READY) ## measure every promised figure anew, the long ones too (hours; resumes by seed)
	$(BIN)/python -m benchmarks.claims --tier all

claims: $(READY) ## met, missed or not run: ID=a,b TIER=quick, long or all, FORMAT=json
	@$(BIN)/python -m benchmarks.claims $(if $(ID),--id $(ID)) $(if $(TIER),--tier $(TIER)) $(if $(FORMAT),--format $(FORMAT))

docs: $(READY) ## write the generated pages again
	$(BIN)/python -m benchmarks.docs

lock: $(READY) ## resolve requirements.lock anew from pyproject.toml
	deploy/lock.sh

clean: ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
