"""The stand-ins take what the workflows give: act passes over an input that is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flow_act import STUBS
from flow_fork import REPOSITORY
from flow_instrument import STRENGTH, instrument, jobs_of, permissions_of, rights

PLACES = [
    *sorted(REPOSITORY.glob(".github/workflows/*.yml")),
    *sorted(REPOSITORY.glob(".github/actions/*/action.yml")),
]
# act has it built in; the inputs are those of the action itself.
CHECKOUT = {"fetch-depth", "persist-credentials"}


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step that uses an action: where it is, and the step."""
    for place in PLACES:
        read = yaml.safe_load(place.read_text())
        jobs = read["jobs"].values() if "jobs" in read else [read["runs"]]
        for step in (step for job in jobs for step in job.get("steps", []) if "uses" in step):
            yield f"{place.parent.name}/{place.name}: {step.get('name', step['uses'])}", step


@pytest.mark.parametrize(("step"), [pytest.param(step, id=name) for name, step in steps()])
def test_a_step_gives_what_the_action_takes(step: dict[str, Any]) -> None:
    given, used = set(step.get("with", {})), step["uses"].partition("@")[0]

    if used == "actions/checkout":
        assert given <= CHECKOUT
        return
    place = REPOSITORY / used if used.startswith("./") else STUBS / used
    inputs = yaml.safe_load((place / "action.yml").read_text()).get("inputs", {})

    assert given <= set(inputs)
    assert {name for name, each in inputs.items() if each.get("required")} <= given


def test_a_called_workflow_asks_for_no_more_than_its_caller_has() -> None:
    """GitHub refuses the whole run otherwise; act does not look."""
    called = 0
    for place in PLACES:
        if place.parent.name != "workflows":
            continue
        for name, job in jobs_of(place.read_text()).items():
            if "uses" not in job:
                continue
            called += 1
            has, text = permissions_of(place.read_text(), job), (REPOSITORY / job["uses"]).read_text()
            for inner in jobs_of(text).values():
                asked = permissions_of(text, inner)
                assert all(
                    STRENGTH[right] <= STRENGTH[has.get(scope, "none")] for scope, right in asked.items()
                ), name
    assert called > 5


def test_a_job_carries_its_environment_and_its_rights(tmp_path: Path) -> None:
    workflow = tmp_path / ".github/workflows/a.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\npermissions: {}\njobs:\n"
        "  a:\n    environment: ${{ inputs.root }}-approval\n    runs-on: x\n"
        "    permissions:\n      issues: write\n"
        "    steps:\n      - run: x\n        env:\n          T: ${{ github.token }}\n"
        "  b:\n    runs-on: x\n    env:\n      OWN: 1\n    steps: []\n"
    )

    instrument(tmp_path)

    jobs = jobs_of(workflow.read_text())
    assert jobs["a"]["env"]["FLOW_ENVIRONMENT"] == "${{ inputs.root }}-approval"
    assert rights(jobs["a"]["steps"][0]["env"]["T"]) == {"issues": "write"}
    assert jobs["b"]["env"] == {
        "OWN": 1,
        "FLOW_JOB": "a.yml:b",
        "FLOW_ENVIRONMENT": "",
        "FLOW_TOKEN": "flow-",
    }
