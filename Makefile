# Castmate. `make` alone lists what can be done here.
# Variables that a demo takes from the command line: MINUTES, LANG_, PLATFORM, PERSONA, PORT, ARGS.

PYTHON ?= $(or $(shell command -v python3.11),python3)
BIN := .venv/bin
# $(call option,NAME,--name): passed on only when written after `make`, never from the environment.
option = $(if $(findstring command,$(origin $(1))),$(2) '$($(1))')

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test lint unit e2e package bench eval soak prove docs sbom audit clean

help: ## List what can be done here
	@echo "Castmate"
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done
	@echo "A demo takes MINUTES=2, LANG_=zh, PLATFORM=douyin, PERSONA=sample/personas/tom.yaml, PORT=9000."

setup: ## Make .venv with the locked packages (no root, no apt)
	@$(PYTHON) scripts/setup.py base

setup-dev: ## The same with what tests and checks need
	@$(PYTHON) scripts/setup.py dev

demo: setup ## Put the sample show on the air on this machine; Ctrl-C ends it
	@$(BIN)/castmate demo $(call option,MINUTES,--minutes) $(call option,LANG_,--lang) \
		$(call option,PLATFORM,--platform) $(call option,PERSONA,--persona) $(call option,PORT,--port) $(ARGS)

test: setup-dev ## Everything that CI runs: lint, audit, unit, packaging and end-to-end tests
	@scripts/apt-packages
	@scripts/node-packages
	@scripts/s3-service
	@$(BIN)/python scripts/check.py lint audit unit package e2e

lint: setup-dev ## Ruff, its formatter, mypy --strict and the import contract
	@$(BIN)/python scripts/check.py lint

unit: setup-dev ## The quick tests alone
	@$(BIN)/python scripts/check.py unit

e2e: setup-dev ## Real servers, a real browser, real speech
	@scripts/apt-packages
	@scripts/node-packages
	@scripts/s3-service
	@$(BIN)/python scripts/check.py e2e

package: setup-dev ## Build sdist and wheel, install the wheel elsewhere and run it there
	@$(BIN)/python scripts/check.py package

bench: setup-dev ## Measure, print a table and write bench/results.json
	@$(BIN)/python -m bench

eval: setup-dev ## True words: labelled sentences, buyers' questions, attacks in the chat, a lying model on air
	@$(BIN)/python -m bench words text_day

soak: setup-dev ## Show of MINUTES (60) in real time, then one of HOURS (24) in virtual time
	@scripts/apt-packages
	@$(BIN)/python -m bench.soak --real $(or $(MINUTES),60) --save
	@$(BIN)/python -m bench.soak --virtual $(or $(HOURS),24) --save

prove: setup-dev ## The long proofs in full; docs/figures.md dates their last run
	@scripts/apt-packages
	@scripts/node-packages
	@scripts/s3-service
	@$(BIN)/python scripts/check.py prove

docs: setup-dev ## Draw and write again the pages that are made from the code
	@$(BIN)/python scripts/draw_states.py
	@$(BIN)/python scripts/write_reference.py
	@$(BIN)/python scripts/write_platforms.py
	@$(BIN)/python scripts/write_capacity.py
	@$(BIN)/python scripts/write_dashboard.py

sbom: setup ## Bill of materials of the locked packages: dist/castmate.cdx.json (CycloneDX), offline
	@$(BIN)/python scripts/sbom.py

audit: setup ## Known faults of the locked packages; asks OSV over the network
	@$(BIN)/python scripts/audit.py --must requirements/base.txt

clean: ## Remove what was built here (not .venv, not your shows)
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
