# Two commands matter: `make run` serves the site, `make test` tests it. `make help` lists the rest.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run demo-sources test quick check fmt lock words pictures bench fuzz clean

help: ## list these commands
	@awk -F ': ## ' '/^[a-z-]+: ##/ {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install what is missing and serve the site with demo data (PORT=8000 HOST=127.0.0.1 DEMO=1)
	@bin/run

demo-sources: ## every platform simulated on this machine, and a site to import from them (PORT=8000)
	@bin/install dev && exec .venv/bin/python -m tests.simulators

test: ## install what the tests need and run all of them, on SQLite and on PostgreSQL + Redis
	@bin/test

quick: ## the unit tests on SQLite alone; ARGS="-k share -x" goes to pytest
	@bin/install dev && .venv/bin/python -m pytest $(ARGS)

check: ## everything a machine can say about the code without running it
	@bin/check

fmt: ## rewrite Python and templates in the house's format
	@bin/fmt

lock: ## compile requirements/*.in into locked files; ARGS="--upgrade" takes newer versions
	@bin/lock $(ARGS)

words: ## collect what is to be translated, and compile what is (needs gettext)
	@bin/words

pictures: ## make docs/pictures anew from the demo site
	@bin/pictures

bench: ## what checking, importing, picturing and searching badges costs, beside peers and floors
	@bin/install dev && .venv/bin/python -m bench.verify $(ARGS)
	@.venv/bin/python -m bench.cards
	@.venv/bin/python -m bench.transcripts
	@bin/need postgresql && .venv/bin/python -m bench.imports && .venv/bin/python -m bench.page
	@.venv/bin/python -m bench.search
	@.venv/bin/python -m bench.match
	@.venv/bin/python -m bench.directory

fuzz: ## hostile inputs, each within its limits (N=50000 SEED=1)
	@bin/install dev && .venv/bin/python -m bench.fuzz --count $(or $(N),50000) --seed $(or $(SEED),1) $(ARGS)

clean: ## delete the virtual environment and all caches, but not var/, which holds data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
