# Setia's stages. `make` alone lists them; settings are passed as ARGS="name=value ...".
# Written for GNU make 3.81 (macOS) and later, and a POSIX shell.

SHELL := /bin/sh
PYTHON ?=
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.stamp
CANDIDATES := python3.13 python3.12 python3.11 python3 python

# Taken as it was written: an id may hold what make or a shell would take for something else.
ID ?=
SETIA_ID := $(value ID)
unexport ID
ifeq ($(filter customer,$(MAKECMDGOALS))$(SETIA_ID),customer)
$(error Say which customer, as the log writes it: make customer ID=17850)
endif

.DEFAULT_GOAL := help
.PHONY: help setup features define train tune backtest notebooks ui score alert report customer retention segments ledger act readback test test-slow lint bench cluster anew

##@ Start
help: ## this list
	@colour=; [ -t 1 ] && [ -z "$${NO_COLOR:-}" ] && [ "$${TERM:-dumb}" != dumb ] && colour=1; \
	awk -v colour="$$colour" "$$SETIA_HELP" Makefile

setup: $(STAMP) ## make .venv from requirements.lock (every other target does it when needed)
	@echo ".venv is ready: $$($(BIN)/python -V)$(if $(PYTHON), (to make it with another: rm -r .venv first))"

##@ Data scientist
features: $(STAMP) ## write the table of features and its dictionary, for notebooks
	@$(BIN)/python pipelines/features.py $(ARGS)

define: $(STAMP) ## look back on a log with every definition of defection, and recommend one
	@$(BIN)/python pipelines/define.py $(ARGS)

train: $(STAMP) ## learn from a transaction log, compare with simple rules, track and register
	@$(BIN)/python pipelines/train.py $(ARGS)

tune: $(STAMP) ## search for better settings on several cutoffs and logs; goes on where it was cut off
	@$(BIN)/python pipelines/tune.py $(ARGS)

backtest: $(STAMP) ## go back in time, train on what was known, compare with what came and with the peers
	@$(BIN)/python pipelines/backtest.py $(ARGS)

notebooks: $(STAMP) ## run the notebooks from top to bottom into models/notebooks (ARGS: which)
	@mkdir -p models/notebooks
	@$(BIN)/jupyter-execute --output='../models/notebooks/{notebook_name}' $(or $(ARGS),notebooks/*.ipynb)

ui: $(STAMP) ## look at runs, figures and models in the browser (MLflow, on this machine only)
	@$(BIN)/mlflow ui --backend-store-uri $(or $(ARGS),sqlite:///models/mlflow.db)

##@ Batch job
score: $(STAMP) ## write one Parquet (or CSV) of scores with the champion model
	@$(BIN)/python pipelines/score.py $(ARGS)

alert: $(STAMP) ## whose pattern has just changed for the worse, told once, and what such alerts have been worth
	@$(BIN)/python pipelines/alert.py $(ARGS)

##@ Retention manager
report: $(STAMP) ## one page to act on, for people who run no code (opens in any browser, without a network)
	@$(BIN)/python pipelines/report.py $(ARGS)

customer: $(STAMP) ## one customer: make customer ID=17850
	@asked="$$($(BIN)/python -c "$$SETIA_ASK" customer.id "$$SETIA_ID")" && \
	$(BIN)/python pipelines/customer.py "$$asked" $(ARGS)

retention: $(STAMP) ## how many stay, month by month, by cohort and by value, in customers and in money
	@$(BIN)/python pipelines/retention.py $(ARGS)

segments: $(STAMP) ## how many customers and how much money by segment, and what the most valuable began with
	@$(BIN)/python pipelines/segments.py $(ARGS)

ledger: $(STAMP) ## profit of every customer month by month, after costs: who brings it and who takes it away
	@$(BIN)/python pipelines/ledger.py $(ARGS)

act: $(STAMP) ## whom to contact within a budget, and whom to leave alone (policy=retain|win_back|grow|divest)
	@$(BIN)/python pipelines/act.py $(ARGS)

readback: $(STAMP) ## what a campaign has truly brought, beside those who were left alone
	@$(BIN)/python pipelines/readback.py $(ARGS)

##@ Developer
test: lint ## lint, then every test that is quick (3 minutes or so)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: $(STAMP) ## the tests that take longer than a few seconds each
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(ARGS)

lint: $(STAMP) ## formatting, style, types and the direction of imports
	@$(BIN)/python -m ruff format --check --quiet . || { echo 'Put right by: $(BIN)/ruff format .'; exit 1; }
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m mypy --no-error-summary
	@out=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$out"; exit 1; }

bench: $(STAMP) ## speed beside peers, into benchmarks/results.json and the README (hours: --huge; ARGS=--help)
	@$(BIN)/python benchmarks/speed.py $(ARGS)

cluster: $(STAMP) ## add Spark and Dask to .venv (500 MB more; Spark needs Java 17 or later)
	@cmp -s requirements-cluster.lock .venv/.cluster || { \
	PIP_USER=0 $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes \
		-r requirements-cluster.lock && cp requirements-cluster.lock .venv/.cluster; }

# ---- .venv ----------------------------------------------------------------------------------------
# The stamp holds the folder for which .venv was made. It is missing after an interruption and wrong
# after a copy or a move: then, or when its Python is gone, .venv is made anew.
ifneq ($(shell test -x $(BIN)/python && cat $(STAMP) 2>/dev/null),$(CURDIR))
ANEW := anew
endif

$(STAMP): requirements.lock pyproject.toml $(ANEW)
	@python="$$(sh -c "$$SETIA_PICK" pick $(or $(PYTHON),$(CANDIDATES)))" && \
	"$$python" -c "$$SETIA_LOCK" sh -c "$$SETIA_SETUP" setup "$$python"

# Prints the first of its arguments that is a Python that can make .venv, or says why none can.
define SETIA_PICK
for name; do
  if base=$$("$$name" -c "$$SETIA_PROBE" 2>/dev/null); then echo "$$base"; exit; fi
  found=$$("$$name" -c "import platform; print(platform.python_version())" 2>/dev/null) &&
    seen="$${seen:+$$seen, }$$name ($$found)"
done
echo "Setia needs Python 3.11, 3.12 or 3.13 with its venv module (Debian: apt-get install python3-venv)." >&2
echo "Looked for: $$*. Unfit: $${seen:-none of them runs}. Name another: make setup PYTHON=/path/to/python3.12" >&2
exit 1
endef

# The interpreter behind any virtual environment, so that .venv never rests on one (or on itself).
define SETIA_PROBE
import ensurepip, sys, venv
if not (3, 11) <= sys.version_info < (3, 14):
    sys.exit(1)
print(sys._base_executable)
endef

# Runs its arguments while no other make does so here. The lock ends with the process, however that ends.
define SETIA_LOCK
import fcntl, os, sys
lock = os.open("requirements.lock", os.O_RDWR)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Another make is setting up .venv; waiting for it.", flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execvp(sys.argv[1], sys.argv[1:])
endef

# pip keeps the user's settings (index, proxy, cache); only those that would put the packages
# elsewhere than in .venv are undone.
define SETIA_SETUP
set -eu
made_here() { [ -x $(BIN)/python ] && [ "$$(cat $(STAMP) 2>/dev/null)" = "$$(pwd -P)" ]; }
if made_here && [ -z "$$(find requirements.lock pyproject.toml -newer $(STAMP))" ]; then exit; fi
trap 'echo "Setting up .venv failed; the lines above say why. The next make starts it again." >&2' EXIT
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN
export PIP_USER=0
if made_here; then
  echo "requirements.lock or pyproject.toml has changed: bringing .venv up to date."
  rm $(STAMP)
else
  echo "Setting up .venv with $$("$$1" -V): about 160 packages, 1.4 GB on disk, two to five minutes."
  "$$1" -m venv --clear .venv
fi
pip="$(BIN)/python -m pip --disable-pip-version-check --no-input install -qq"
if ! cmp -s requirements.lock .venv/.installed; then
  $$pip --require-hashes -r requirements.lock
  cp requirements.lock .venv/.installed
fi
PIP_REQUIRE_HASHES=0 $$pip --no-index --no-deps --no-build-isolation -e .
pwd -P >.venv/.stamp.new
mv .venv/.stamp.new $(STAMP)
trap - EXIT
endef

define SETIA_HELP
BEGIN { if (colour) { bold = "\033[1m"; cyan = "\033[36m"; plain = "\033[0m" }
        print "Setia: who is about to leave, what they are worth, and what it pays to do.\n"
        print "  make TARGET ARGS=\"setting=value ...\"" }
/^##@ /            { printf "\n%s%s%s\n", bold, substr($$0, 5), plain }
/^[a-z-]+:.* ## /  { name = $$0; sub(/:.*/, "", name); text = $$0; sub(/.* ## /, "", text)
                     printf "  %s%-11s%s %s\n", cyan, name, plain, text }
END   { print "\nExit codes of a stage: 0 done, 1 a fault of ours, 2 the input or a setting is wrong, 3 no champion,"
        print "4 another run holds the lock, 5 the log is stale, 130 stopped. make itself ends with 2 for all but 0,"
        print "so a job calls the stage: $(BIN)/python pipelines/score.py setting=value ...   More: docs/running.md" }
endef

# The override that names a customer, quoted for Hydra.
define SETIA_ASK
import sys
from setia.report.closing import setting
print(setting(*sys.argv[1:]))
endef

export SETIA_ASK SETIA_HELP SETIA_ID SETIA_PICK SETIA_PROBE SETIA_LOCK SETIA_SETUP
