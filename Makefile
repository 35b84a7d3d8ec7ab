# The two commands of the README: `make digits` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: digits test lint bench-setup clean

digits: $(VENV)/.digits
	$(BIN)/denser digits $(ARGS)

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench-setup: $(VENV)/.test
	$(BIN)/python -m bench setup $(ARGS)

clean:
	rm -rf $(VENV) digits-report .pytest_cache .ruff_cache .hypothesis

# Each file marks that its part of the environment is installed and not older than pyproject.toml.
$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	touch $@

$(VENV)/.digits: $(VENV)/.venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[plot,learn]"
	touch $@

$(VENV)/.test: $(VENV)/.digits pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group test
	touch $@

$(VENV)/.lint: $(VENV)/.test pyproject.toml
	$(BIN)/python -m pip install --quiet --group lint
	touch $@
