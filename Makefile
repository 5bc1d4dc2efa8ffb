# Six verbs. Each does its own set-up first and may be run again at no harm.
.PHONY: setup run test bench lint fmt crash fuzz

PY := .venv/bin/python
VENUE ?= demo

setup:
	@scripts/setup

run: setup
	@.venv/bin/kiosk run --venue $(VENUE)

test: setup
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m pytest

bench: setup
	@for part in bench/*.py; do echo "== $$part"; PYTHONPATH=. $(PY) $$part; done

# Kill the real processes 200 times at random moments and compare the log with what the simulated people did.
crash: setup
	@KIOSK_CRASHES=200 $(PY) -m pytest -m crash -s

# 10 million inputs to everything that strangers write; FUZZ_RUNS=… for another number. Finds are in fuzz/finds.
fuzz: setup
	@$(PY) -m fuzz

lint: setup
	@$(PY) -m ruff check .
	@$(PY) -m mypy

fmt: setup
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
