# Everything a newcomer, a developer or CI needs. `make` alone lists it.
# A distribution builds its own Python with profile-guided optimisation; one compiled without is a third slower (docs/performance.md).
PYTHON ?= $(or $(shell for p in /usr/bin/python3 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
    { $$p -c 'import ensurepip, venv' || { [ "$$(id -u)" = 0 ] && command -v apt-get; }; } >/dev/null 2>&1 && { echo $$p; break; }; done),python3)
PORT ?= 8000
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
NODE_TESTS := tests/relying_parties tests/markup tests/esia_libraries
ESIA_LIBRARIES := $(VENV)/esia_libraries
APT := apt-get -o DPkg::Lock::Timeout=400 -o Acquire::Retries=3
# The browser is Debian's; nobody downloads another one.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD = 1
export PUPPETEER_SKIP_DOWNLOAD = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export DEBIAN_FRONTEND = noninteractive

.DEFAULT_GOAL := help
.PHONY: help demo test test-tools lint bench screenshots lock clean

help: ## This list
	@echo "Школьный вход (School Sign-in)"
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime.stamp ## Start everything with invented people; PORT=9000 moves it, FRESH=1 starts over, SIGNER=openssl_engine signs faster, SECOND=1 adds another upstream, Ctrl-C stops it
	@exec $(BIN)/python -m examples.demo.run --port $(PORT) $(if $(SIGNER),--signer $(SIGNER)) $(if $(SECOND),--second) $(if $(FRESH),--fresh)

test: test-tools $(VENV)/dev.stamp $(NODE_TESTS:%=%/node_modules/.stamp) $(ESIA_LIBRARIES)/.stamp ## Every check; REQUIRE_ALL=1 fails where a server or browser is missing
	@REQUIRE_ALL=$(REQUIRE_ALL) JOBS=$(JOBS) PATH="$(CURDIR)/$(BIN):$$PATH" bash tests/run_all.sh

lint: $(VENV)/dev.stamp ## Style and types only
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/dev.stamp bench/peer/node_modules/.stamp ## CPU per operation, beside npm oidc-provider in the same run (BENCH="--seconds 3" for a quick look)
	$(BIN)/python -m bench.run $(BENCH)

screenshots: test-tools $(VENV)/dev.stamp ## Every page of the flow, ru and en, into docs/screenshots
	$(BIN)/python -m tests.browser.take_screenshots

lock: $(VENV)/dev.stamp ## Choose new versions of the dependencies and write the lock files
	$(BIN)/pip-compile -q --upgrade --allow-unsafe --generate-hashes --no-emit-find-links --no-emit-index-url --strip-extras \
	    --output-file=requirements/runtime.lock setup.cfg
	$(BIN)/pip-compile -q --upgrade --allow-unsafe --extra=dev --generate-hashes --no-emit-find-links --no-emit-index-url --strip-extras \
	    --output-file=requirements/dev.lock setup.cfg
	$(BIN)/pip-compile -q --upgrade --allow-unsafe --generate-hashes --no-emit-find-links --no-emit-index-url --strip-extras \
	    --output-file=requirements/build.lock requirements/build.in

clean: ## Remove what was installed and made here (.venv, var, node_modules)
	rm -rf $(VENV) var node_modules $(NODE_TESTS:%=%/node_modules) bench/peer/node_modules .coverage .coverage.*

# A bare Debian has Python without the part that makes virtual environments.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "Python 3.11 or newer is needed. Name it like this: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(APT) update -qq && $(APT) install -y -qq python3-venv >/dev/null; \
	    else echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second start fast: nothing is installed again until a lock changes.
$(VENV)/runtime.stamp: requirements/runtime.lock requirements/build.lock setup.cfg | $(BIN)/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements/runtime.lock
	$(BIN)/python -m pip install -q --require-hashes -r requirements/build.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock setup.cfg | $(BIN)/python
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

# An ESIA library of others that needs packages of its own time; they lie apart, so that nothing else sees them.
$(ESIA_LIBRARIES)/.stamp: tests/esia_libraries/requirements.lock | $(VENV)/dev.stamp
	rm -rf $(@D)
	$(BIN)/python -m pip install -q --require-hashes --no-build-isolation --target $(@D) -r $<
	@touch $@

# Real servers and a real browser for the tests. Installed only when missing and only by root; no system service is started.
test-tools:
	@sh tests/install_tools.sh

%/node_modules/.stamp: %/package-lock.json
	@if command -v npm >/dev/null; then \
	    npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else \
	    mkdir -p $*/node_modules; echo "npm is missing: what needs it in $* will say so"; \
	fi
	@touch $@
