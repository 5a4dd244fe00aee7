# What to type:
#   make run    all of the workflow, on this machine, with the embedded default configuration
#   make test   the tests
#   make test-cluster  those that start a Slurm of their own: needs root, and Debian's packages of Slurm
#   make lint   style, types and the workflow's own checks
#   make bench  speed beside comparable programs
#   make fairseq adds fairseq 0.12.2, for foundation.trainer and checkpoints of it: docs/fairseq.md
#   make mteb   adds the library mteb, for classification tasks that it fetches and evaluates: docs/downstream.md
#   make schema writes config/schema.json and docs/configuration.md anew after a change of crosstalk/config/
#
# Each first sets up what it needs in .venv/, again only when the requirements or constraints.txt changed.
# The machine has to have Python 3.11 (or newer) with pip.

PYTHON ?= $(shell for name in python3.11 python3 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Programs that rules start are found in the environment too.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: run test test-cluster lint bench fairseq mteb schema

run: $(VENV)/run.stamp
	snakemake --profile profiles/default

test: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 python -m pytest -n 2 --ignore tests/cluster tests

test-cluster: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 python -m pytest -rs tests/cluster

lint: $(VENV)/dev.stamp
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	mypy crosstalk scripts
	snakemake --lint

bench: $(VENV)/dev.stamp
	python -m benchmarks

fairseq: $(VENV)/run.stamp
	$(INSTALL) --requirement requirements/fairseq.txt
	$(INSTALL) --no-deps fairseq

mteb: $(VENV)/run.stamp
	$(INSTALL) --requirement requirements/mteb.txt

schema: $(VENV)/run.stamp
	python -m crosstalk schema > config/schema.json.part && mv config/schema.json.part config/schema.json
	python -m crosstalk schema --markdown > docs/configuration.part && mv docs/configuration.part docs/configuration.md

$(VENV)/run.stamp: requirements/run.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "crosstalk needs Python 3.11 or newer; name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --requirement requirements/run.txt
	touch $@

$(VENV)/dev.stamp: requirements/dev.txt constraints.txt $(VENV)/run.stamp
	$(INSTALL) --requirement requirements/dev.txt
	touch $@
