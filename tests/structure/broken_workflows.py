"""Workflows with one fault each, made from the real ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import workflow_rules as rules
from workflow_commands import commands_exist, commands_stand_in_one_place, variables_are_set
from workflow_files import Automation

SHA = "0" * 40


@dataclass(frozen=True)
class Broken:
    """One text of one file replaced, the rule that sees it, and a part of what it says."""

    rule: Callable[[Automation], Iterator[str]]
    file: str
    old: str
    new: str
    says: str


def broken(file: str, rule: Callable[[Automation], Iterator[str]], old: str, new: str, says: str) -> Broken:
    return Broken(rule, f".github/{file}", old, new, says)


PULL, DEPLOY, ROOT_DEPLOY = "workflows/pull-request.yml", "workflows/deploy.yml", "workflows/_deploy.yml"
LOAD = "workflows/load-test.yml"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
BROKEN = [
    broken(PULL, rules.every_job_is_gated, "[checks, images, plan]", "[checks, images]", "differs in plan"),
    broken(PULL, rules.every_job_is_gated, "if: always()", "if: success()", "must run in every case"),
    broken(PULL, rules.every_job_is_gated, "name: all-green", "name: All green", "must be called all-green"),
    broken(PULL, rules.every_job_is_gated, "run: .venv/bin/pipeline gate", "run: make", "run pipeline gate"),
    broken(DEPLOY, rules.every_job_is_gated, "dev, staging, prod]", "dev, staging]", "differs in prod"),
    broken(
        PULL, rules.every_action_of_others_is_on_the_list, CHECKOUT, f"actions/checkout@{SHA} # v7.0.1", SHA
    ),
    broken(PULL, rules.every_action_of_others_is_on_the_list, "# v7.0.1", "# v7.0.0", "# v7.0.0 is not in"),
    broken(
        PULL, rules.every_action_of_others_is_on_the_list, " # v7.0.1", "", "ba90b1 is not in action-pins.txt"
    ),
    broken(PULL, rules.every_action_of_others_is_on_the_list, CHECKOUT, "actions/checkout", "has no version"),
    broken(
        "action-pins.txt",
        rules.every_action_of_others_is_on_the_list,
        CHECKOUT,
        f"{CHECKOUT}\nactions/checkout@{SHA} # v7.1.0",
        "actions/checkout has 2 versions",
    ),
    broken(
        "action-pins.txt",
        rules.every_action_of_others_is_on_the_list,
        CHECKOUT,
        f"{CHECKOUT}\nactions/cache@{SHA} # v6",
        "# v6 is not used",
    ),
    broken(PULL, rules.every_permission_is_needed, "security-events: write", "issues: write", "needs issues"),
    broken(PULL, rules.every_permission_is_needed, "      pull-requests: write", "      #", "lacks pull-req"),
    broken(
        ROOT_DEPLOY, rules.every_permission_is_needed, "actions: read", "actions: write", "actions: write"
    ),
    broken(ROOT_DEPLOY, rules.every_permission_is_needed, "attestations: read", "packages: read", "packages"),
    broken(PULL, rules.everything_has_a_name_and_an_end, "    name: Plan\n", "", "job plan: has no name"),
    broken(PULL, rules.everything_has_a_name_and_an_end, "minutes: 10", "minutes: 90", "between 1 and 60"),
    broken(PULL, rules.everything_has_a_name_and_an_end, "    timeout-minutes: 10\n", "", "between 1 and 60"),
    broken(PULL, rules.everything_has_a_name_and_an_end, "- name: Set up\n        uses", "- uses", "no name"),
    broken(PULL, rules.one_kind_of_machine, "runs-on: ubuntu-24.04", "runs-on: ubuntu-latest", "ubuntu-late"),
    broken(PULL, rules.what_is_shared_is_used, "_images.yml", "_checks.yml", "_images.yml is not used"),
    broken(PULL, rules.what_is_shared_is_used, "root: ${{", "stage: ${{", "takes no stage"),
    broken(PULL, rules.what_is_shared_is_used, "root: ${{", "stage: ${{", "needs root"),
    broken(
        PULL, rules.roots_are_those_that_exist, "[shared, dev, ", "[shared, dev, dev, ", "has shared, dev"
    ),
    broken("workflows/drift.yml", rules.roots_are_those_that_exist, "staging, prod]", "qa, prod]", "dev, qa"),
    broken(DEPLOY, rules.roots_are_those_that_exist, "root: staging", "root: prod", "deploys prod"),
    broken(DEPLOY, rules.roots_are_those_that_exist, "needs: staging", "needs: dev", "must need staging"),
    broken(
        ROOT_DEPLOY,
        rules.who_applies_is_protected,
        "environment: ${{ inputs.root }}\n",
        "env: {}\n",
        "is not in",
    ),
    broken(ROOT_DEPLOY, rules.who_applies_is_protected, "queue: max", "queue: single", "concurrency must be"),
    broken(ROOT_DEPLOY, rules.who_applies_is_protected, "progress: false", "progress: true", "concurrency"),
    broken(
        ROOT_DEPLOY,
        rules.who_applies_is_protected,
        "group: deploy-${{ inputs.root }}",
        "group: deploy",
        "conc",
    ),
    broken(
        LOAD,
        rules.who_applies_is_protected,
        "environment }}-load\n",
        "environment }}\n",
        "is not in the environment ${{ inputs.environment }}-load",
    ),
    broken(LOAD, rules.who_applies_is_protected, "group: deploy-", "group: load-", "concurrency must be"),
    broken(
        LOAD, rules.who_loads_is_approved, "environment }}-approval", "environment }}", "must be in the env"
    ),
    broken(
        LOAD, rules.who_loads_is_approved, "load-approved", "load-check", "must run pipeline load-approved"
    ),
    broken(LOAD, rules.who_loads_is_approved, "approve.result == 'success'", "true", "must ask for"),
    broken(LOAD, rules.who_loads_is_approved, "[check, approve]", "check", "must ask for"),
    broken(
        PULL, rules.strangers_get_nothing, "  pull_request:\n", "  pull_request_target:\n", "must not run on"
    ),
    broken(PULL, rules.strangers_get_nothing, "vars.AWS_ACCOUNT_ID }}", "secrets.ID }}", "names a secret"),
    broken(
        PULL, rules.strangers_get_nothing, "repo.id == github", "repo.id != github", "must ask for github.ev"
    ),
    broken(
        PULL, rules.strangers_get_nothing, "      && github.event.sender", "      || github.event.s", "type"
    ),
    broken(PULL, rules.strangers_get_nothing, "security-events: write", "id-token: write", "a token for AWS"),
    broken(
        "actions/aws/action.yml",
        rules.outputs_arrive,
        "account-id: false",
        "account-id: true",
        "must not mask the account",
    ),
    broken(
        "workflows/_images.yml",
        rules.artifacts_meet,
        "name: images\n",
        "name: built\n",
        "nothing uploads images",
    ),
    broken(
        "workflows/_plan.yml", rules.artifacts_meet, "retention-days: 90", "retention-days: 400", "1 and 90"
    ),
    broken(
        "workflows/_plan.yml", rules.artifacts_meet, "overwrite: true", "overwrite: false", "must overwrite"
    ),
    broken(
        "workflows/_images.yml",
        rules.nothing_is_cached,
        '          cache: "false"\n',
        "",
        "unless it is told",
    ),
    broken(
        "actions/setup/action.yml", rules.nothing_is_cached, "with:", "with:\n        cache: pip", "caches"
    ),
    broken(PULL, commands_exist, "pipeline gate\n", "pipeline gates\n", "no command gates"),
    broken(PULL, commands_exist, "pipeline gate\n", "pipeline gate --fast\n", "No such option '--fast'"),
    broken(PULL, commands_exist, ".venv/bin/pipeline gate", "echo fine", "must be a target of make or"),
    broken(
        PULL,
        commands_exist,
        "run: .venv/bin/pipeline gate",
        "run: |\n          make\n          make",
        "one line",
    ),
    broken(
        PULL, commands_exist, "pipeline gate\n", "pipeline gate ${{ github.ref }}\n", "without an expression"
    ),
    broken("workflows/_checks.yml", commands_exist, "make lint", "make lints", "make has no target lints"),
    broken(ROOT_DEPLOY, commands_exist, " --out record.json", "", "lacks out"),
    broken(ROOT_DEPLOY, commands_exist, 'approved "$ROOT"', "approved", "lacks root"),
    broken(
        ROOT_DEPLOY, variables_are_set, "          APPROVED: ${{ inputs.approved }}\n", "", "$APPROVED is not"
    ),
    broken(
        "workflows/_checks.yml",
        commands_stand_in_one_place,
        "make policies",
        "make lint",
        "make lint stands in 2 places",
    ),
]
