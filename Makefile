# Everything a person or a CI runs. `make` alone explains itself.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
BEAM   := $(VENV)/bin/pickbeam
# The MicroPython project's own build for node; the firmware core is tested under it.
MICROPYTHON_NPM := @micropython/micropython-webassembly-pyscript@1.27.0
MICROPYTHON_JS  := build/node/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs

# Without compiled modules every start and every test run would compile the whole house again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test unit slow check lint types bench docs clean test-tools

help: ## this list
	@echo "Pickbeam: pick-to-light and voice picking controller"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.setup ## make .venv with the `pickbeam` command in it (run-time and demo only)

demo: setup ## broker, simulated shelves, controller, WMS and pickers: a whole shift in a minute or two
	$(BEAM) demo

test: unit slow ## install what the tests need, run the unit tests, then the slow ones

unit: $(VENV)/.dev
	$(PY) -m pytest -q -m "not slow"

slow: $(VENV)/.dev test-tools
	HYPOTHESIS_PROFILE=ci $(PY) -m pytest -q -m "slow or hypothesis"

check: lint types test ## what CI runs: ruff, formatting, mypy --strict, all tests (the layer test among them)

lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.dev
	$(PY) -m mypy

bench: $(VENV)/.dev test-tools ## measure; a table on the screen and build/bench.json
	@mkdir -p build
	$(BEAM) bench --out build/bench.json

docs: $(VENV)/.dev ## regenerate the state diagrams in docs/STATES.md
	$(PY) -m controller.core.diagrams > docs/STATES.md

clean: ## remove build products (not .venv)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# --- how ------------------------------------------------------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Pickbeam needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 setup"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "The venv module is missing. On Debian and Raspberry Pi OS: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.setup: pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install -q --disable-pip-version-check -e ".[demo]"
	$(PY) -m compileall -q -j 0 controller devices firmware_sim
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.setup
	$(PY) -m pip install -q --disable-pip-version-check -e ".[demo,dev]"
	@touch $@

# A real mosquitto and a real MicroPython. Where one cannot be had, say so: the tests that need it then skip and say it too.
test-tools: | $(VENV)/.dev
	@if ! PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing the Debian package mosquitto"; \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mosquitto >/dev/null; } \
	      || echo "could not install mosquitto: the tests against a real broker will be skipped"; \
	  else echo "mosquitto is missing: the tests against a real broker will be skipped (sudo apt-get install mosquitto)"; fi; fi
	@if [ ! -e $(MICROPYTHON_JS) ]; then \
	  if command -v node >/dev/null && command -v npm >/dev/null; then \
	    echo "fetching MicroPython for node into build/node"; mkdir -p build/node; \
	    npm install --silent --no-fund --no-audit --prefix build/node $(MICROPYTHON_NPM) \
	      || echo "could not fetch MicroPython: the firmware tests under it will be skipped"; \
	  else echo "node or npm is missing: the firmware tests under MicroPython will be skipped (sudo apt-get install nodejs npm)"; fi; fi
