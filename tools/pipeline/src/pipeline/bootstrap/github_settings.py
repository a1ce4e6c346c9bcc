"""What is to be set on GitHub, as a script of `gh` commands that can be run again and again."""

import json
import shlex
from typing import Any

from deployment.product import GitHubRepository
from deployment.roots import SHARED

# https://docs.github.com/en/rest/checks: checks of GitHub Actions are those of this app, and of no other.
_ACTIONS_APP_ID = 15368
_REQUIRED_CHECK = "all-green"
_ON_MAIN = '{"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}'
_HEAD = """\
#!/usr/bin/env bash
# Settings of {repository} on GitHub. Needs gh and an administrator of the repository; safe to run again.
set -euo pipefail
export GH_REPO={repository}
api=repos/{repository}
"""
_FUNCTIONS = """\
missing=()
# unavailable WHAT: GitHub has said why; the rest is set all the same.
unavailable() {
  missing+=("$1")
}

# environment NAME BODY: made or changed; no other branch than main gets a job there.
environment() {
  gh api --silent --method PUT "$api/environments/$1" --input - <<< "$2" || return 1
  policies="$api/environments/$1/deployment-branch-policies"
  gh api "$policies" --jq '.branch_policies[].name' | grep -x main > /dev/null ||
    gh api --silent --method POST "$policies" -f name=main
}

# ruleset NAME: made or replaced from standard input.
ruleset() {
  id=$(gh api "$api/rulesets" --jq ".[] | select(.name == \\"$1\\") | .id")
  if [ -n "$id" ]; then
    gh api --silent --method PUT "$api/rulesets/$id" --input -
  else
    gh api --silent --method POST "$api/rulesets" --input -
  fi
}
"""
_TAIL = """\
if [ "${#missing[@]}" -gt 0 ]; then
  printf 'Not set: %s\\n' "${missing[@]}" >&2
  echo "docs/day-1.md says what that means (What a plan of GitHub may lack)." >&2
  exit 1
fi
echo "GitHub is set up."
"""


def github_script(
    repository: GitHubRepository, account_id: str, roots: list[str], reviewers: list[str]
) -> str:
    """The script; `reviewers` are users of GitHub who approve what nobody reviewed, at most six."""
    parts = [
        _HEAD.format(repository=shlex.quote(repository.full_name)),
        _FUNCTIONS,
        _variables(account_id),
        _reviewers(reviewers),
        *(_environment(root, f"apply-{root}") for root in roots),
        *(_environment(f"{root}-load", f"load-{root}") for root in roots if root != SHARED),
        *(_approval(f"{root}-approval", bool(reviewers)) for root in roots),
        _main_is_protected(),
        _merge_queue(),
        _TAIL,
    ]
    return "\n".join(parts)


def _variables(account_id: str) -> str:
    return (
        "# Workflows plan and deploy only where this is set. It is no secret.\n"
        f"gh variable set AWS_ACCOUNT_ID --body {account_id}\n"
        "# A workflow's own token may do no more than the workflow says.\n"
        'gh api --silent --method PUT "$api/actions/permissions/workflow" '
        "-f default_workflow_permissions=read -F can_approve_pull_request_reviews=false\n"
    )


def _reviewers(names: list[str]) -> str:
    if not names:
        return ""
    return (
        "# Who approves what nobody reviewed: GitHub wants numbers.\n"
        f"reviewers=$(printf '%s\\n' {' '.join(map(shlex.quote, names))} | while read -r name; do\n"
        '  gh api "users/$name" --jq \'{type: "User", id: .id}\'\n'
        "done | paste -sd , -)\n"
    )


def _environment(name: str, role: str) -> str:
    return (
        f"# {name}: jobs on main get the role {role}.\n"
        f"environment {name} '{_ON_MAIN}}}' || unavailable 'the environment {name}'\n"
    )


def _approval(name: str, has_reviewers: bool) -> str:
    reviewers = ', "prevent_self_review": true, "reviewers": [\'"$reviewers"\']' if has_reviewers else ""
    # Without names, whoever is set already stays.
    unless = "" if has_reviewers else f'gh api --silent "$api/environments/{name}" 2> /dev/null ||\n  '
    return (
        f"# {name}: waits for a reviewer where the changes are not those that were reviewed.\n"
        f"{unless}environment {name} '{_ON_MAIN}{reviewers}}}' || unavailable 'the environment {name}'\n"
    )


def _main_is_protected() -> str:
    review = {
        "required_approving_review_count": 1,
        "require_code_owner_review": True,
        "dismiss_stale_reviews_on_push": True,
        "require_last_push_approval": True,
        "required_review_thread_resolution": True,
    }
    checks = {
        "strict_required_status_checks_policy": True,
        "required_status_checks": [{"context": _REQUIRED_CHECK, "integration_id": _ACTIONS_APP_ID}],
    }
    rules: list[dict[str, Any]] = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": review},
        {"type": "required_status_checks", "parameters": checks},
    ]
    return f"# main: by pull request alone, reviewed, with the check {_REQUIRED_CHECK}.\n" + _ruleset(
        "main", rules
    )


def _merge_queue() -> str:
    queue = {
        "merge_method": "SQUASH",
        "grouping_strategy": "ALLGREEN",
        "check_response_timeout_minutes": 60,
        "max_entries_to_build": 5,
        "max_entries_to_merge": 1,
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 1,
    }
    return "# Merges one after another, each tested on top of the one before.\n" + _ruleset(
        "merge queue", [{"type": "merge_queue", "parameters": queue}]
    )


def _ruleset(name: str, rules: list[dict[str, Any]]) -> str:
    body = {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": rules,
    }
    heredoc = f"<<'JSON' || unavailable 'the ruleset {name}'\n{json.dumps(body, indent=2)}\nJSON\n"
    return f"ruleset {shlex.quote(name)} {heredoc}"
