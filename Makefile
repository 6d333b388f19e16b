# Everything a newcomer or a developer does, one command each; `make` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE
STUDY ?= studies/example.yaml
BIN := .venv/bin
SETUP_INPUTS := pyproject.toml uv.lock tools/setup.sh
.PHONY: help report test check format lab sample docs bench pages-all trust audit coverage clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

report: .venv/ready  ## set up, run a study and say where its pages are (STUDY=studies/example.yaml)
	@$(BIN)/absence run $(STUDY)

test: .venv/ready-dev  ## set up and pass every test (ARGS='-k name' for some)
	@if [ -n "$(ARGS)" ]; then $(BIN)/pytest $(ARGS); else sh tools/tests.sh; fi

check: .venv/ready-dev  ## lint, format, types, notebooks without outputs: changes nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@set -- notebooks/*.ipynb; test ! -e "$$1" || $(BIN)/nbstripout --verify "$$@"

format: .venv/ready-dev  ## put code and notebooks in order
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@set -- notebooks/*.ipynb; test ! -e "$$1" || $(BIN)/nbstripout "$$@"

docs: .venv/ready-dev  ## write what is generated: docs/cli.md, docs/study.md, environment.yml
	@$(BIN)/python tools/docs.py
	@$(BIN)/python tools/environment.py

pages-all: .venv/ready-dev  ## look at every page of the example in every audience, and of Hartford, with axe-core (20 minutes; not in CI)
	@for audience in internal partner public; do $(BIN)/absence run studies/example.yaml --audience $$audience --out reports/example-$$audience || exit 1; done
	@$(BIN)/absence run studies/hartford.yaml --data ../shared/data
	@PAGES="reports/example-internal reports/example-partner reports/example-public reports/hartford" $(BIN)/pytest tests/pages/test_every_page.py -k reports

trust: .venv/ready-dev  ## the figures of docs/trust.md: faults found, runs recovered, tampers found, ids outside the records
	@$(BIN)/pytest --trust tests/faults tests/property/test_disclosure_attack.py

audit: .venv/ready-dev  ## ask the public list whether a locked dependency has a known weakness (needs a network; not in CI)
	@$(BIN)/uv export --frozen --quiet --all-groups --no-emit-project --output-file .venv/locked.txt
	@$(BIN)/uvx pip-audit --require-hashes --disable-pip --requirement .venv/locked.txt

coverage: .venv/ready-dev  ## lines and branches of src/ that tests run (25 minutes; fetches pytest-cov)
	@$(BIN)/uv run --frozen --no-sync --with pytest-cov pytest --cov=analysis --cov-branch --cov-report=term:skip-covered $(ARGS)

bench: .venv/ready-dev  ## measure speed and memory against peers, an hour on two cores (BENCH_ROUNDS=3)
	@cd benchmarks/speed && for one in drivers csv_to_scores school_pages many_schools more_days; do ../../$(BIN)/python $$one.py || exit; done

lab: .venv/ready  ## open the notebooks in JupyterLab
	@$(BIN)/absence lab

sample: .venv/ready-dev  ## make reports/sample and the README's picture of it
	@$(BIN)/python tools/sample.py

clean:  ## remove what can be made again: reports, interim files, caches (not .venv, not data/raw)
	@rm -rf data/interim data/synthetic .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find reports -mindepth 1 -maxdepth 1 ! -name README.md ! -name sample -exec rm -rf {} +

.venv/ready: $(SETUP_INPUTS)
	@sh tools/setup.sh run

.venv/ready-dev: $(SETUP_INPUTS)
	@sh tools/setup.sh dev
