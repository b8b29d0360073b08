# Two commands: `make demo` runs the main job, `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test lint docs screenshots clean

demo: $(VENV)/.demo
	$(BIN)/youli demo $(ARGS)

# One thread a worker: two workers with two threads each get in each other's way on two cores.
test: $(VENV)/.dev
	sh tools/system_packages.sh
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/mypy

screenshots: $(VENV)/.dev
	sh tools/system_packages.sh
	$(BIN)/python tools/screenshot.py --shop $(or $(SHOP),.youli/demo)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Youli needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[demo]'
	touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[demo,dev]'
	touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) .youli dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
