"""policies/authorization agrees with AWS's Service Authorization Reference; checkov brings a copy of it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "policies/authorization"
# Checkov's own environment, which `make test` sets up.
CHECKOV_PYTHON = ROOT / ".local/policies/bin/python"
SCRIPT = Path(__file__).with_name("authorization_reference.py")
TABLE: dict[str, Any] = yaml.safe_load((FOLDER / "actions.yaml").read_text())
CALLS: dict[str, list[dict[str, str]]] = json.loads((FOLDER / "service_calls.json").read_text())
EXCEPTIONS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "exceptions.yaml").read_text())
KEY = "arn:aws:kms:{region}:{account}:key/1"

Reference = dict[str, dict[str, list[str]]]


def every_action() -> set[str]:
    """The table's, those of the exceptions, and the operations, which may be actions as well."""
    entries = [item for entry in TABLE.values() for item in entry["actions"] + entry["encryption"]]
    explained = [action for entry in EXCEPTIONS for action in entry["actions"]]
    return {item["action"] for item in entries} | set(explained) | set(TABLE)


@pytest.fixture(scope="module")
def reference() -> Reference:
    """Action => resource type => ARN formats; {} for what is no action."""
    done = subprocess.run(
        [str(CHECKOV_PYTHON), str(SCRIPT)],
        input=json.dumps(sorted(every_action())),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: Reference = json.loads(done.stdout)
    return answers


def fits(arn: str, formats: list[str]) -> bool:
    """Whether an ARN, with our placeholders, has one of AWS's formats."""
    patterns = (
        re.sub(r"\\\$\\\{\w+\\\}", "[^:]+", re.escape(form)) if form != "*" else r"\*" for form in formats
    )
    return any(re.fullmatch(pattern, arn) for pattern in patterns)


@pytest.mark.parametrize("operation", sorted(TABLE))
def test_each_action_of_the_table_is_one_and_takes_such_a_resource(
    operation: str, reference: Reference
) -> None:
    called = [call for calls in CALLS.values() for call in calls if call["operation"] == operation]
    for item in TABLE[operation]["actions"]:
        types = reference[item["action"]]
        assert item["resource_type"] in types, f"{item['action']} takes {sorted(types)}"
        for call in called:
            assert fits(call["resource"], types[item["resource_type"]]), call
    for item in TABLE[operation]["encryption"]:
        assert fits(KEY, reference[item["action"]]["key"]), item


def test_an_operation_that_is_an_action_needs_that_action(reference: Reference) -> None:
    """So only batches, which are none, may stand for another."""
    strange = {
        operation
        for operation, entry in TABLE.items()
        if operation not in {item["action"] for item in entry["actions"]}
    }
    assert all(reference[operation] == {} and operation.endswith("Batch") for operation in strange), strange
    assert len(strange) == 3


def test_each_exception_is_an_action_on_such_a_resource(reference: Reference) -> None:
    for entry in EXCEPTIONS:
        assert entry["reason"].endswith(".")
        for action in entry["actions"]:
            formats = [form for forms in reference[action].values() for form in forms]
            assert fits(entry["resource"], formats), f"{action} on {entry['resource']}: {formats}"


def test_the_comparison_sees_a_wrong_resource() -> None:
    queue = ["arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"]
    assert fits("arn:aws:sqs:{region}:{account}:{prefix}-jobs", queue)
    assert not fits("arn:aws:sns:{region}:{account}:{prefix}-jobs", queue)
    assert not fits("*", queue)
