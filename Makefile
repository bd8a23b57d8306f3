# Every command of the project. `make` alone prints this list.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run pipeline drain webhooks privacy app api api-keys check-sources simulator test soak test-quick lint format types docs bench lock clean

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: $(READY) ## Prepare the environment in .venv from requirements.lock
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) scripts/setup_environment.py

run: $(READY) ## Everything: simulator, one pipeline run, then the dashboards (Ctrl-C ends it)
	@$(BIN)/python scripts/run.py

pipeline: $(READY) ## One pipeline run over the connections of sources.toml (or the simulator's)
	@$(BIN)/python -m flows.pipeline

drain: $(READY) ## Read again what the webhooks named since the last time, and publish
	@$(BIN)/python -m flows.drain

webhooks: $(READY) ## Webhooks at the platforms: ARGS=list, register, remove; ARGS=inbox shows what came in
	@$(BIN)/python scripts/webhooks.py $(or $(ARGS),list)

privacy: $(READY) ## What people ask about their own data: ARGS=list, carry-out, 'export …', 'redact …' (docs/privacy.md)
	@$(BIN)/python scripts/privacy.py $(or $(ARGS),list)

app: $(READY) ## The dashboards over what was published last
	@$(BIN)/python scripts/run.py --app-only

api: $(READY) ## The HTTP API over what was published last, at http://127.0.0.1:8600
	@$(BIN)/python -m api

api-keys: $(READY) ## Make, list and revoke keys of the API: ARGS='make "what it is for"', ARGS=list, ARGS='revoke ID'
	@$(BIN)/python scripts/api_keys.py $(ARGS)

check-sources: $(READY) ## Try every connection out: reached, credentials, rights, time zone, rows (under 10 s)
	@$(BIN)/python scripts/check_sources.py $(ARGS)

simulator: $(READY) ## The pretended outside world: a merchant's shops on every platform, on 127.0.0.1:8787
	@$(BIN)/python -m simulator --port 8787 --tables data/simulator

test: $(READY) ## Every test (starts real servers; some 35 minutes on 2 cores)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: $(READY) ## The tests that repeat a claim over many random histories, and the longest roads
	@$(BIN)/python -m pytest -m soak -n 2

test-quick: $(READY) ## The tests that need no running server of their own (some 4 minutes on 2 cores)
	@$(BIN)/python -m pytest -m "not slow and not browser and not soak" -n 2 --dist loadfile --no-loadscope-reorder

lint: $(READY) ## ruff and SQLMesh's linter, formats included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@cd sqlmesh_project && COUNTINGHOUSE_DATA_DIR=$(CURDIR)/.cache/lint ../$(BIN)/sqlmesh lint
	@cd sqlmesh_project && COUNTINGHOUSE_DATA_DIR=$(CURDIR)/.cache/lint ../$(BIN)/sqlmesh format --check --append-newline

format: $(READY) ## Lay out Python and SQL
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@cd sqlmesh_project && COUNTINGHOUSE_DATA_DIR=$(CURDIR)/.cache/lint ../$(BIN)/sqlmesh format --append-newline

types: $(READY) ## Check the library's types (pyright, strict)
	@$(BIN)/pyright

docs: $(READY) ## Write docs/data_dictionary.md and docs/metrics.md from what the published tables say of themselves
	@$(BIN)/python scripts/data_dictionary.py
	@$(BIN)/python scripts/metrics_page.py

bench: $(READY) ## Measure: see benchmarks/
	@$(BIN)/python -m benchmarks

lock: $(READY) ## Resolve requirements.lock anew from pyproject.toml (hashes, no addresses)
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --extra dev --no-header --no-annotate -q -o requirements.lock pyproject.toml

clean: ## Remove caches and all data the system wrote to ./data; the environment stays
	@rm -rf data .pytest_cache .ruff_cache .hypothesis sqlmesh_project/.cache sqlmesh_project/logs
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
