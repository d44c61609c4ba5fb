# Two commands on a fresh machine: `make demo` and `make test`. Nothing but python3, make and git is needed.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes

# Without compiled files each of the many processes of the tests would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test slow lint types layers unit lock docs site pictures clean

demo: .venv/demo
	$(BIN)/snap check v3
	$(BIN)/snap restore v3
	$(BIN)/snap show v3
	$(BIN)/snap db psql -- --pset pager=off --command "$(POPULAR)"
	@echo "A Postgres with WorldChef v3 is running. Its address: $$($(BIN)/snap db url)"
	@echo "Look around: $(BIN)/snap db psql    End it: $(BIN)/snap db stop"

POPULAR := SELECT title, likes_count AS likes, rating_average AS rating, display_name AS author, location \
	FROM active_recipes r JOIN users u ON u.id = r.author_id ORDER BY likes_count DESC LIMIT 5

# Everything that is not marked slow. Tests over 1 s are named at the end.
test: lint types layers
	$(BIN)/pytest -q -n 4 --dist loadfile --durations=0 --durations-min=1

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test
	$(BIN)/mypy

layers: .venv/test
	$(BIN)/lint-imports

# What needs no server and no process of its own.
unit: .venv/test
	$(BIN)/pytest -q -n 3 --dist loadfile -m "not slow and not server and not process"

# What is marked slow, and again what draws examples, with more of them.
slow: .venv/test
	$(BIN)/pytest -q -n 2 -m "slow or hypothesis" --hypothesis-profile thorough

docs: .venv/test
	$(BIN)/python -m snap_cli.reference > docs/cli.md
	$(BIN)/python -m snap_builder.reference > docs/words.md

# The pages as a site that needs no server: build/site/index.html.
site: .venv/test
	$(BIN)/sphinx-build -b html -W -n -q docs build/site

pictures: .venv/demo
	SNAP_DATA_DIR=/var/tmp/snap $(BIN)/python docs/pictures.py
	SNAP_DATA_DIR=/var/tmp/snap $(BIN)/snap db remove --yes

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "snap needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/python requirements.lock pyproject.toml
	$(INSTALL) -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/test: .venv/demo requirements-dev.lock
	$(INSTALL) -r requirements-dev.lock
	touch $@

# Needs uv. Pins stay where nothing forces another. The locks name no index; pip takes the one that the machine is set up for.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build --extra test --extra bench -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
