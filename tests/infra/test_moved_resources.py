"""An environment that was applied before `container_service` was there keeps all that it has."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Protocol

import pytest
from deployment.terraform import prepare_terraform

pytestmark = pytest.mark.stack

REPOSITORY = Path(__file__).resolve().parents[2]
STEP_SECONDS = 240
INNER = ".module.service"
# What has another name, or another key, than it had in worker_service.
RENAMED = {"aws_ecs_service": ("fargate", "this")}
UNKEYED = {
    ("aws_ecs_service", "this"),
    ("aws_iam_role_policy", "task"),
    ("aws_iam_role_policy", "task_encryption"),
}
Json = dict[str, Any]


class Stack(Protocol):
    """What these tests need of the local stack."""

    @property
    def env(self) -> dict[str, str]:
        """The variables that reach the stack."""

    def terraform(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Terraform in an applied root."""


def test_a_state_from_before_is_moved_and_nothing_is_made_anew(stack: Stack, tmp_path: Path) -> None:
    # given
    state = json.loads(_printed(stack.terraform("dev", "state", "pull")))
    moved = {_address(each) for each in state["resources"] if _is_inner(each) and each["mode"] == "managed"}
    before = _as_it_was(state)

    # when
    plan = _planned_on(before, stack.env, tmp_path)

    # then
    changes = [each for each in plan["resource_changes"] if each["mode"] == "managed"]
    assert {each["address"]: each["change"]["actions"] for each in changes if _acts(each)} == {}
    from_before = {each["address"].partition("[")[0] for each in changes if each.get("previous_address")}
    assert len(moved) >= 2 * 9
    assert from_before == moved


def _as_it_was(state: Json) -> Json:
    """The state as worker_service left it when it made everything by itself, without what is only read."""
    for each in state["resources"]:
        if not _is_inner(each):
            continue
        each["module"] = each["module"].removesuffix(INNER)
        new, old = RENAMED.get(each["type"], (None, None))
        if each["name"] == new:
            each["name"] = old
        if (each["type"], each["name"]) in UNKEYED:
            for instance in each["instances"]:
                del instance["index_key"]
        for instance in each["instances"]:
            instance.pop("dependencies", None)
    state["resources"] = [each for each in state["resources"] if each["mode"] == "managed"]
    return state


def _planned_on(state: Json, env: dict[str, str], folder: Path) -> Json:
    """What Terraform would do to the stack from that state."""
    infra = folder / "infra"
    shutil.copytree(REPOSITORY / "infra", infra, ignore=shutil.ignore_patterns(".terraform"))
    root = infra / "envs/dev"
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    (root / "terraform.tfstate").write_text(json.dumps(state))
    setup = prepare_terraform(REPOSITORY, print)
    # The state is a file here, not in the bucket that the stack's own commands are told.
    here = {name: value for name, value in env.items() if not name.startswith("TF_CLI_ARGS")}

    def terraform(*arguments: str) -> str:
        return _printed(
            subprocess.run(
                [str(setup.binary), f"-chdir={root}", *arguments],
                env=setup.environment(folder / "data", here),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=STEP_SECONDS,
                check=False,
            )
        )

    terraform("init", "-lockfile=readonly", "-input=false", "-no-color")
    terraform("plan", "-out=moved.tfplan", "-input=false", "-no-color")
    shown: Json = json.loads(terraform("show", "-json", "moved.tfplan"))
    return shown


def _acts(change: Json) -> bool:
    return bool(change["change"]["actions"] != ["no-op"])


def _is_inner(resource: Json) -> bool:
    return str(resource.get("module", "")).endswith(INNER)


def _address(resource: Json) -> str:
    return f"{resource['module']}.{resource['type']}.{resource['name']}"


def _printed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
