# Trouw. On a machine with Python 3.11 or newer, git and make:
#
#   make run      everything on http://127.0.0.1:8000 (PORT=8001 for another port); Ctrl-C stops it
#   make test     the whole suite on its own PostgreSQL (ARGS="tests/loyalty -k spend" for a part)
#   make check    format, lint, types, imports, migrations
#   make prove    the long proofs: kills, races, sabotage      make bench    the benchmarks
#   make fix      what the formatters and linters can put right by themselves
#   make clients  the API's clients in Python and TypeScript, into clients/
#   make lock     choose dependency versions anew, from pyproject.toml to requirements/*.txt
#   make install  only install

.PHONY: run test check prove bench fix clients lock install install-demo install-dev
.DEFAULT_GOAL := run
MAKEFLAGS += --no-print-directory

# The first Python that is new enough, with the tools to make a virtual environment.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PY := .venv/bin/python
UV := .venv/bin/uv

run: install-demo
	@exec $(PY) -m config.supervisor run

test: install-dev
	@$(PY) -m tests.browser
	@TROUW_ENV=test $(PY) -m pytest -n auto --dist loadgroup $(ARGS)

# Fastest first. Nothing here needs a database: this address is nobody's.
CHECKED := TROUW_ENV=test DATABASE_URL=postgres://nobody@127.0.0.1:1/none
DEPLOYED := TROUW_ENV=production DATABASE_URL=postgres://nobody@127.0.0.1:1/none ALLOWED_HOSTS=trouw.example \
	SECRET_KEY=a-key-of-fifty-characters-that-is-used-for-nothing-1234567890 \
	VOUCHER_KEY=another-key-of-fifty-characters-that-is-used-for-nothing-123
# A line per check; what a check has to say is shown only when it fails.
CHECK = @echo "  $(1)"; said=$$($(2) 2>&1) || { echo "$$said"; exit 1; }
TEMPLATES := find templates -name '*.html' -exec

check: install-dev
	$(call CHECK,format,$(PY) -m ruff format --check .)
	$(call CHECK,lint,$(PY) -m ruff check .)
	$(call CHECK,templates: order,$(TEMPLATES) .venv/bin/djade --target-version 5.2 --check {} +)
	$(call CHECK,templates: indentation,$(TEMPLATES) .venv/bin/djhtml --tabwidth 2 --check {} +)
	$(call CHECK,templates: lint,$(TEMPLATES) .venv/bin/djlint --lint --profile django {} +)
	$(call CHECK,imports,.venv/bin/lint-imports)
	$(call CHECK,types,$(CHECKED) $(PY) -m mypy)
	$(call CHECK,settings,$(DEPLOYED) $(PY) manage.py check --deploy --fail-level WARNING)
	$(call CHECK,migrations,$(CHECKED) $(PY) -W ignore manage.py makemigrations --check --dry-run)

prove: install-dev
	@TROUW_ENV=test $(PY) -m bench.prove $(ARGS)

bench: install-dev
	@TROUW_ENV=test $(PY) -m bench.run $(ARGS)

fix: install-dev
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --quiet --fix .
	@$(TEMPLATES) .venv/bin/djade --target-version 5.2 {} + || true
	@$(TEMPLATES) .venv/bin/djhtml --tabwidth 2 {} + 2>/dev/null || true

GENERATE := .venv/bin/openapi-generator-cli generate

clients: install-dev
	@$(CHECKED) $(PY) manage.py openapi --file clients/openapi.json --amounts-as-text
	@$(GENERATE) -c clients/python.yaml && $(GENERATE) -c clients/typescript.yaml

LOCK := $(UV) pip compile --quiet --universal --generate-hashes $(UPGRADE) --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# UPGRADE= keeps what is chosen already, where pyproject.toml allows it.
UPGRADE ?= --upgrade
lock: $(UV)
	@echo 'uv~=0.13' | $(LOCK) - -o requirements/tools.txt
	@$(LOCK) pyproject.toml -o requirements/run.txt
	@$(LOCK) pyproject.toml --group demo -c requirements/run.txt -o requirements/demo.txt
	@$(LOCK) pyproject.toml --group dev -c requirements/demo.txt -o requirements/dev.txt

install: install-dev

# Does nothing when .venv already holds what the lock says; for `run`, what `test` needs is enough.
# uv is quick; where it cannot reach the packages but pip can (a mirror in pip's own settings), pip.
install-demo install-dev: install-%: $(UV)
	@grep -qsxF "$* $$(cksum < requirements/$*.txt)" .venv/installed || { \
	echo "Installing requirements/$*.txt" && \
	{ $(UV) pip sync --quiet --require-hashes requirements/$*.txt 2>.venv/uv.log || \
	$(PY) -m pip install --quiet --no-deps --require-hashes -r requirements/$*.txt || { cat .venv/uv.log; false; }; } && \
	for set in $(sort demo $*); do echo "$$set $$(cksum < requirements/$$set.txt)"; done > .venv/installed; }

$(UV):
	@test -n "$(PYTHON)" || { echo "Trouw needs Python 3.11 or newer: install it, or name it with PYTHON=."; false; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { echo "Python cannot make a virtual environment (Debian: apt-get install python3-venv)."; false; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
