# Everything a user or CI does; `make run` and `make test` need nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 4000
EXTRAS ?= embedded
EVALS  ?= tests/evals
ROOMS  := $(addprefix tests/gateway/,core wire proxy telemetry audit)
COMPILED_TESTS ?= tests/laws tests/gateway/guards $(ROOMS)

.DEFAULT_GOAL := help
.PHONY: help run install test check compiled wheel bench bench-evals bench-evals-peers test-compiled train train-guards nightly \
  conformance test-train test-vllm test-chaos test-evals test-ragas test-lm-eval test-ray test-postgres test-litellm test-presidio \
  test-nemo test-exact test-prometheus prometheus test-grafana test-docker test-wheel clean

help:            ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

# The stamp is as old as the last install from this pyproject.toml; a later start is immediate.
$(VENV)/.run: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Wardgate needs Python 3.11 or newer: $(PYTHON) was not found"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Wardgate needs Python 3.11 or newer"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]'
	@touch $@

$(VENV)/.dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,train]'
	@touch $@

$(VENV)/.litellm: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,litellm]'
	@touch $@

$(VENV)/.presidio: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,presidio]'
	@touch $@

run: $(VENV)/.run  ## the gateway in front of the embedded custom model
	@exec $(BIN)/wardgate up --port $(PORT)

install: $(VENV)/.run  ## what `make run` installs, and nothing started (the Dockerfile's step)

test: $(VENV)/.dev  ## all tests that need no GPU, no browser and no service
	$(BIN)/python -m pytest -n logical --dist loadfile

test-chaos: $(VENV)/.dev  ## reloads, kills and random conversations at full size: minutes
	$(BIN)/python -m pytest -m chaos tests/processes
	$(BIN)/python -m pytest -m chaos -n logical tests/laws

conformance: $(VENV)/.dev  ## the official Python and Node clients, every method and parameter, with and without the gateway
	@command -v npm >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null; } || \
	  { echo "npm is not installed: install Node.js 20 or newer, or run this as root on a Debian"; exit 2; }
	$(BIN)/python -m pytest -m conformance -s tests/conformance

test-exact: $(VENV)/.dev  ## ROUGE beside rouge-score on 100,000 fuzzed and 17,000 real pairs: minutes
	$(BIN)/python -m pytest -m exact tests/evals/metrics

check: $(VENV)/.dev  ## ruff, mypy --strict, import rules, policies and their own tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/wardgate policy schema --output policies/schema.json
	$(BIN)/wardgate validate policies
	$(BIN)/wardgate policy test policies

compiled: $(VENV)/.dev  ## the gateway with its hot modules compiled to C, in build/compiled (needs a C compiler; minutes, once)
	$(BIN)/python -m deploy.compiled

bench: compiled  ## CPU per request and per chunk beside a plain pass-through, in one run, as Python and compiled
	$(BIN)/python -m benchmarks.gateway --compiled build/compiled

test-compiled: compiled  ## the laws and the compiled rooms' own tests, on what was compiled
	cd build/compiled && $(abspath $(BIN))/python -m pytest -n logical --dist loadfile $(COMPILED_TESTS)

wheel: $(VENV)/.dev  ## a wheel in dist/, compiled for this Python and platform where there is a C compiler
	$(BIN)/python -m deploy.compiled_wheel

bench-evals: $(VENV)/.dev  ## the gate's false alarms and power, and CPU per sample
	$(BIN)/python -m benchmarks.eval_gate
	$(BIN)/python -m benchmarks.eval_peers

bench-evals-peers: $(VENV)/.dev .venv-lm-eval/.ready .venv-inspect/.ready  ## CPU, time and memory of a run beside lm-eval and inspect_ai
	$(BIN)/python -m benchmarks.eval_peers --lm-eval .venv-lm-eval/bin/python --inspect .venv-inspect/bin/python

nightly: $(VENV)/.dev  ## the whole evaluation on the embedded model: numbers, report, textfile
	$(BIN)/wardgate eval nightly --resume

train: $(VENV)/.train  ## remake the shipped model from the company's documents
	$(BIN)/wardgate model prepare
	$(BIN)/wardgate model train
	$(BIN)/wardgate model export

train-guards: $(VENV)/.dev  ## remake the detectors' encoder: GUARDS and EVALS are the directories of the public sets
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,guards-train]'
	HF_HUB_OFFLINE=1 $(BIN)/wardgate model train-guards --guards $(GUARDS) --evals $(EVALS) --seed $(or $(SEED),1)

test-train: $(VENV)/.train  ## the embedded engine beside its torch reference
	$(BIN)/python -m pytest -m train

# A missing library is installed where that is ours to do; whatever cannot be installed ends in a message and a code.
test-vllm: $(VENV)/.dev  ## real vLLM behind the gateway, on the CPU; the first run installs 2.5 GB
	@$(PYTHON) -c 'import ctypes; ctypes.CDLL("libnuma.so.1")' 2>/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libnuma1; } || { \
	  echo "vLLM needs libnuma.so.1, and installing it takes root on a Debian: install libnuma1, then run this again"; exit 3; }
	@$(BIN)/wardgate model serve --engine vllm --device cpu --install-only
	$(BIN)/python -m pytest -m vllm -s tests/vllm
test-evals: $(VENV)/.dev  ## the evaluation at full size: fifty kills, a thousand gates over equal runs; many minutes
	$(BIN)/python -m pytest -m evals -s $(EVALS)

# What these pin and pull in has an environment of its own: ragas alone brings 150 packages.
.venv-ragas/.ready .venv-ray/.ready .venv-postgres/.ready .venv-lm-eval/.ready .venv-inspect/.ready: .venv-%/.ready: pyproject.toml
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[evals,$*]' pytest pytest-asyncio hypothesis
	@touch $@

test-ragas: .venv-ragas/.ready  ## ragas as a judge, on a local endpoint
	.venv-ragas/bin/python -m pytest -m ragas tests/evals/judges

test-lm-eval: .venv-lm-eval/.ready  ## perplexities beside the real lm-eval, equal to the last bit
	.venv-lm-eval/bin/python -m pytest -m lm_eval tests/evals/metrics/test_lm_eval.py

test-ray: .venv-ray/.ready  ## four shards on a real Ray beside one: the same report, byte for byte
	.venv-ray/bin/python -m pytest -m ray tests/evals/run/test_ray.py

test-postgres: .venv-postgres/.ready  ## the store of runs in a PostgreSQL that is started for it, as an unprivileged user
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { test "$$(id -u)" = 0 && \
	  command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	  --no-install-recommends postgresql >/dev/null; } || { echo "PostgreSQL is not installed: install it, or run this as \
	root on a Debian"; exit 2; }
	.venv-postgres/bin/python -m pytest -m postgres tests/evals/store
$(VENV)-nemo/.nemo: pyproject.toml
	@test -x $(VENV)-nemo/bin/python || $(PYTHON) -m venv $(VENV)-nemo
	$(VENV)-nemo/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev,nemo]'
	@touch $@

test-nemo: $(VENV)-nemo/.nemo  ## NeMo Guardrails' own rails as a rule, in an environment of their own
	$(VENV)-nemo/bin/python -m pytest -m nemo tests/gateway/detectors

test-litellm: $(VENV)/.litellm  ## upstreams of other APIs, through the real litellm
	$(BIN)/python -m pytest -m litellm tests/gateway tests/evals/run

test-presidio: $(VENV)/.presidio  ## Presidio's own engine as a detector, and beside the pii guard on made values
	$(BIN)/python -m pytest -m presidio tests/gateway
	$(BIN)/python -m benchmarks.pii_values --count 100 --presidio

test-prometheus: $(VENV)/.dev  ## every query of every dashboard, on a real Prometheus in front of a real gateway
	@for tool in prometheus promtool prometheus-node-exporter prometheus-pushgateway; do command -v $$tool >/dev/null || \
	  { $(MAKE) --no-print-directory prometheus; break; }; done
	$(BIN)/python -m pytest -m prometheus tests/dashboards tests/evals/report/test_pushgateway.py

prometheus:
	@command -v apt-get >/dev/null && test "$$(id -u)" = 0 || { echo "Prometheus, the node exporter or the \
	Pushgateway is not installed: as root on Debian, apt-get install prometheus prometheus-node-exporter \
	prometheus-pushgateway; elsewhere, put prometheus, promtool, prometheus-node-exporter and prometheus-pushgateway on \
	the PATH"; exit 2; }
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  prometheus prometheus-node-exporter prometheus-pushgateway >/dev/null

test-grafana:    ## the dashboards beside Grafana's own types
	@command -v npm >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null; } || \
	  { echo "npm is not installed: install Node.js 18 or newer, or run this as root on a Debian"; exit 2; }
	cd dashboards/check && npm install --no-package-lock --no-audit --no-fund --silent && node check.mjs

# Debian's docker-compose reads the compose file where the plugin is not there; neither needs a daemon for that.
test-docker: $(VENV)/.dev  ## the image's steps in a clean Debian, without Docker, until it answers (root, Linux; minutes)
	@command -v debootstrap >/dev/null && { docker compose version || command -v docker-compose; } >/dev/null 2>&1 || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends debootstrap docker-compose >/dev/null; } || \
	  { echo "needs debootstrap and docker compose, and root to install them on a Debian"; exit 2; }
	$(BIN)/python -m deploy.check_compose
	$(BIN)/python -m deploy.check_dockerfile
test-wheel: $(VENV)/.dev  ## the wheel in a fresh virtual environment, outside this folder
	$(BIN)/python -m pytest -s tests/wheel/installed.py

clean:           ## caches and build products (not the virtual environment)
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
