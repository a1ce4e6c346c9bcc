"""The script that sets GitHub up: what it sets, that it can be run again, what it says of what is missing.

`gh` is a stand-in that keeps what it is sent; no GitHub answers here.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from deployment.product import GitHubRepository
from pipeline.bootstrap.github_settings import github_script

REPOSITORY = GitHubRepository("example-org", "jobs", "4211", "987654")
ROOTS = ["prod", "shared"]
GH = f"""#!{sys.executable} -SE
import json, pathlib, sys
store = pathlib.Path(__file__).with_name("store.json")
kept = json.loads(store.read_text()) if store.exists() else {{}}
words = sys.argv[1:]
def option(name, default=None):
    return words[words.index(name) + 1] if name in words else default
def answer(value):
    print(json.dumps(value, separators=(",", ":")))
if words[:2] == ["variable", "set"]:
    kept["variables/" + words[2]] = option("--body")
else:
    path = words[next(i for i, w in enumerate(words) if "/" in w)].replace("repos/example-org/jobs/", "")
    method = option("--method", "GET")
    if path.startswith("users/"):
        answer({{"type": "User", "id": len(path)}})
    elif method == "GET":
        if path == "rulesets":
            names = [name for name in kept if name.startswith("rulesets/")]
            wanted = option("--jq").split('"')[1]
            print("\\n".join(name.split("/")[1] for name in names if kept[name]["name"] == wanted))
        elif path.endswith("deployment-branch-policies"):
            print("\\n".join(kept.get(path, [])))
        elif path not in kept:
            sys.exit("gh: Not Found (HTTP 404)")
    else:
        sent = json.loads(sys.stdin.read()) if "--input" in words else option("-f")
        if path in REFUSED or isinstance(sent, dict) and sent.get("name") in REFUSED:
            sys.exit("gh: Upgrade to use this (HTTP 403)")
        if path.endswith("deployment-branch-policies"):
            kept[path] = [*kept.get(path, []), sent.removeprefix("name=")]
        else:
            kept[f"rulesets/{{len(kept)}}" if path == "rulesets" else path] = sent
store.write_text(json.dumps(kept))
"""


def run(folder: Path, reviewers: list[str], refused: tuple[str, ...] = ()) -> tuple[int, str, dict[str, Any]]:
    """Exit code, what was said, and what the stand-in keeps."""
    gh = folder / "gh"
    gh.write_text(GH.replace("REFUSED", repr(refused)))
    gh.chmod(0o755)
    script = folder / "set.sh"
    script.write_text(github_script(REPOSITORY, "111122223333", ROOTS, reviewers))
    done = subprocess.run(
        ["bash", str(script)],
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, json.loads((folder / "store.json").read_text())


def test_it_sets_the_account_the_environments_and_main(tmp_path: Path) -> None:
    code, said, kept = run(tmp_path, ["ada", "grace"])

    assert code == 0, said
    assert kept["variables/AWS_ACCOUNT_ID"] == "111122223333"
    assert kept["actions/permissions/workflow"] == "default_workflow_permissions=read"
    for root in ROOTS:
        for environment in (root, f"{root}-approval"):
            policy = kept[f"environments/{environment}"]["deployment_branch_policy"]
            assert policy == {"protected_branches": False, "custom_branch_policies": True}
            assert kept[f"environments/{environment}/deployment-branch-policies"] == ["main"]
        assert "reviewers" not in kept[f"environments/{root}"]
        approval = kept[f"environments/{root}-approval"]
        if root != "shared":
            assert kept[f"environments/{root}-load/deployment-branch-policies"] == ["main"]
        assert approval["prevent_self_review"] is True
        assert [each["type"] for each in approval["reviewers"]] == ["User", "User"]
    rules = {
        rule["type"]: rule.get("parameters")
        for name, ruleset in kept.items()
        if name.startswith("rulesets/")
        for rule in ruleset["rules"]
    }
    assert set(rules) == {
        *("deletion", "non_fast_forward", "pull_request", "required_status_checks", "merge_queue")
    }
    assert [each["context"] for each in rules["required_status_checks"]["required_status_checks"]] == [
        "all-green"
    ]
    assert rules["pull_request"]["require_code_owner_review"] is True


def test_the_second_time_changes_nothing(tmp_path: Path) -> None:
    _, _, first = run(tmp_path, ["ada"])

    code, said, second = run(tmp_path, ["ada"])

    assert (code, second) == (0, first), said


def test_without_names_the_reviewers_that_are_set_stay(tmp_path: Path) -> None:
    _, _, first = run(tmp_path, ["ada"])

    _, _, second = run(tmp_path, [])

    assert second["environments/prod-approval"]["reviewers"]
    assert second == first


def test_what_a_plan_of_github_lacks_is_named_and_the_rest_is_set(tmp_path: Path) -> None:
    code, said, kept = run(tmp_path, ["ada"], refused=("merge queue", "environments/prod-approval"))

    assert code == 1
    assert said.count("Upgrade to use this") == 2
    assert "Not set: the environment prod-approval\nNot set: the ruleset merge queue\n" in said
    assert "environments/shared-approval" in kept
    assert any(name.startswith("rulesets/") for name in kept)


@pytest.mark.parametrize("reviewers", [[], ["ada"]])
def test_it_is_a_sound_script(reviewers: list[str], tmp_path: Path) -> None:
    script = tmp_path / "set.sh"
    script.write_text(github_script(REPOSITORY, "111122223333", ROOTS, reviewers))

    checked = subprocess.run(
        [str(Path(sys.executable).with_name("shellcheck")), str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_the_required_check_is_a_job_of_the_pull_requests_workflow() -> None:
    workflow = Path(__file__).resolve().parents[3] / ".github/workflows/pull-request.yml"

    assert "\n    name: all-green\n" in workflow.read_text()
