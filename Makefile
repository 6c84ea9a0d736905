# `make app` and `make test` each work alone on a fresh machine: every target sets up what it needs.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
# A package index to take torch from, for the CPU-only build on a Linux machine without a GPU.
TORCH_INDEX ?=

# hnswlib would otherwise be compiled for this very processor and fail on an older one.
export HNSWLIB_NO_NATIVE = 1
export STREAMLIT_BROWSER_GATHER_USAGE_STATS = false

.PHONY: setup app test pytest lint bench clean
.DELETE_ON_ERROR:

setup: $(VENV)/.runtime

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Lhydra needs Python 3.11 or newer; choose one with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@command -v g++ > /dev/null || { echo "Lhydra needs g++ to build hnswlib; install it (Debian: apt-get install g++)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements.txt
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install --index-url $(TORCH_INDEX) $$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt))
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@

# Any bundle will do; without one the demo is built from a simulated world.
app: setup
	@ls artifacts/*/manifest.json > /dev/null 2>&1 || [ -n "$$LHYDRA_BUNDLE" ] || \
		$(BIN)/python -m engine build --source simulated --config engine/configs/demo.yaml --out artifacts/demo
	$(BIN)/streamlit run app.py --server.port $(PORT) --server.headless true

test: $(VENV)/.dev
	@$(MAKE) --no-print-directory --jobs 2 --keep-going lint pytest  # mypy takes a minute of one processor

# A process more than there are cores, up to four, so one thread is enough for each; tests of one file share what they set up.
pytest: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	PYTHONPATH=. $(BIN)/python benchmarks/build_quality.py
	@[ -f artifacts/demo/manifest.json ] || $(BIN)/python -m engine build --source simulated --config engine/configs/demo.yaml --out artifacts/demo
	PYTHONPATH=. $(BIN)/python benchmarks/retrieval.py
	PYTHONPATH=. $(BIN)/python benchmarks/prepare.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
