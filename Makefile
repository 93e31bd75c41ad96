# The one place that says how to set up, check and try perfcompare.
# Everything lands in .venv and .cache; nothing else on the machine is touched,
# except that `make test` installs the Debian packages of bindep.txt when it is root.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
UV := .cache/uv/bin/uv
BIN := $(VENV)/bin

# What decides is tested line by line; the rest as far as fakes and real servers reach.
JUDGING := 'perfcompare/analysis/*,perfcompare/model/*,perfcompare/report/*,perfcompare/plan/*'

.PHONY: help demo venv servers zuul peers test test-zuul check lint types layers shell format clean

help:
	@echo "make demo    set up, measure Glance 2026.1 (eventlet) against 2026.2 (threads), report"
	@echo "make test    set up and run every check and test, real services included"
	@echo "make test-zuul   start a real Zuul and let it run the jobs: some ten minutes"
	@echo "make check   lint, types and layers alone"
	@echo "make peers   other judges, for benchmarks/judges.py, in an environment of their own"

$(UV):
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .cache/uv uv

$(VENV)/demo.stamp: $(UV) pyproject.toml
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(BIN)/python --editable .
	@touch $@

venv: $(VENV)/test.stamp
$(VENV)/test.stamp: $(UV) pyproject.toml
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(BIN)/python --editable '.[openstack]' --group dev
	@touch $@ $(VENV)/demo.stamp

demo: $(VENV)/demo.stamp
	@$(BIN)/perfcompare run scenarios/glance/demo.yaml --demo

servers:
	@tools/install-servers.sh
	@tools/systemd-root.sh

# Otava pins older numpy and scipy than ours.
peers: $(UV)
	@test -x .venv-peers/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv-peers
	@$(UV) pip install --quiet --python .venv-peers/bin/python --editable . --group peers

zuul: $(UV)
	@tools/zuul-environment.sh

lint: venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: venv
	$(BIN)/mypy

layers: venv
	$(BIN)/lint-imports

# What DevStack sources has no first line that names a shell.
SHELL_FILES = $(shell git ls-files "*.sh" devstack/settings devstack/upgrade/settings)
shell: servers
	shellcheck --shell=bash --severity=style --exclude=SC1091 $(SHELL_FILES)

check: lint types layers

test: venv servers zuul check shell
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report --skip-covered --fail-under=90
	$(BIN)/coverage report --fail-under=99 --format=total --include=$(JUDGING)

test-zuul: venv servers
	$(BIN)/pytest tests/zuul/test_real_zuul.py -m zuul -s

format: venv
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .venv-* .cache dist
