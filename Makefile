# make run: the demo on this machine. make test: every gate. The rest is for those who work on Maqta.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: run test setup gates base soak bench lock clean

run: $(VENV)/.base
	@exec $(BIN)/maqta run

setup: $(VENV)/.base

test: $(VENV)/.dev
	@.ci/debian
	@$(MAKE) --no-print-directory gates

gates:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

# The environment. constraints.txt locks every version; a change of either file installs again.
$(VENV)/.base: pyproject.toml constraints.txt .ci/python
	@PYTHON="$(PYTHON)" VENV="$(VENV)" .ci/python
	@echo "maqta: installing what a line and a plant need (about a minute, 0.8 GB) ..."
	@$(PIP) install --progress-bar on -c constraints.txt -e ".[plant]"
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "maqta: installing the training and test tools (a few minutes, 5 GB: torch) ..."
	@$(PIP) install --progress-bar on -c constraints.txt -e ".[plant,forecast,postgresql,basler,training,dev]"
	@touch $@

# Train the base CNN again from rendered cloth (vision/base/base.onnx): some 45 minutes on two cores.
base: $(VENV)/.dev
	$(BIN)/maqta train training/recipes/base.toml --out build/base

soak: $(VENV)/.dev
	$(BIN)/python benchmarks/demo_run.py --minutes 30 --kill-plant-every-s 30
	$(BIN)/python benchmarks/broker_outage.py --hours 72
	$(BIN)/python benchmarks/cameras.py falls --times 50
	$(BIN)/python benchmarks/sorter_soak.py --replugs 100 --minutes 60
	MAQTA_FULL_MATRIX=1 $(BIN)/pytest -q tests/service/web/test_panel_everywhere.py

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/all.py

# Lock the versions that are installed now.
lock: $(VENV)/.dev
	$(PIP) freeze --exclude-editable | sort -f > constraints.txt

clean:
	rm -rf $(VENV) build var .mypy_cache .ruff_cache .pytest_cache *.egg-info
