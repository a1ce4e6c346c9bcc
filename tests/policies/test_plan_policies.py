"""Each policy on plans: what it passes, what it finds, and why. One run of checkov judges all cases."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import deletion_cases
import pytest
from edge_cases import DATABASES, LISTENERS, SITES
from plan_cases import ALARMS, DRAINS, FAULTS, HEARTBEATS, IMAGES, INGRESS, QUEUES, Case
from role_cases import role_cases

from policy_command.completeness import our_ids
from policy_command.scanning import Scan, scan_plans

CASES = {
    "CKV_JOBS_1": ALARMS,
    "CKV_JOBS_2": QUEUES,
    "CKV_JOBS_3": HEARTBEATS,
    "CKV_JOBS_4": DRAINS,
    "CKV_JOBS_5": IMAGES,
    "CKV_JOBS_6": INGRESS,
    "CKV_JOBS_8": FAULTS,
    "CKV_JOBS_9": deletion_cases.CASES,
    "CKV_JOBS_13": DATABASES,
    "CKV_JOBS_14": LISTENERS,
    "CKV_JOBS_15": SITES,
}
ROLES = "CKV_JOBS_7"
Verdicts = dict[str, dict[tuple[str, str], tuple[str, ...]]]


@pytest.fixture(scope="module")
def cases(prod: dict[str, Any]) -> dict[str, dict[str, Case]]:
    """Policy → the name of a case → the case."""
    by_policy = {**CASES, ROLES: list(role_cases(prod))}
    return {policy: {case.name: case for case in found} for policy, found in by_policy.items()}


@pytest.fixture(scope="module")
def scan(cases: dict[str, dict[str, Case]], tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """What checkov says of all of them."""
    folder = tmp_path_factory.mktemp("cases")
    for environment, text in deletion_cases.DELETIONS.items():
        (folder / "envs" / environment).mkdir(parents=True)
        (folder / "envs" / environment / "deletions.yaml").write_text(text)
    files = {}
    for policy, found in cases.items():
        for name, case in found.items():
            file = folder / f"{policy}--{name}.json"
            file.write_text(json.dumps(case.plan))
            files[file] = file
    return scan_plans(files, folder / "envs", only=sorted(cases))


@pytest.fixture(scope="module")
def verdicts(scan: Scan) -> Verdicts:
    """Policy and case → what was judged and how → the reasons."""
    by_case: Verdicts = defaultdict(dict)
    for record in scan.records:
        case = Path(record.file).stem
        if case.startswith(f"{record.check_id}--"):
            by_case[case][record.resource, record.result] = record.reasons
    return by_case


def test_every_policy_is_loaded_and_checkov_has_nothing_to_complain_of(scan: Scan) -> None:
    assert scan.loaded == our_ids("plan")
    assert scan.complaints == []


def test_every_policy_has_cases_that_pass_and_cases_that_fail(cases: dict[str, dict[str, Case]]) -> None:
    assert set(cases) == our_ids("plan")
    for policy, found in cases.items():
        assert {bool(case.reasons) for case in found.values()} == {True, False}, policy


@pytest.mark.parametrize("policy", [*CASES, ROLES])
def test_a_policy_finds_exactly_what_is_wrong(
    policy: str, cases: dict[str, dict[str, Case]], verdicts: Verdicts
) -> None:
    for name, case in cases[policy].items():
        judged = verdicts[f"{policy}--{name}"]
        failed = {address: reasons for (address, result), reasons in judged.items() if result == "failed"}
        assert judged or not case.reasons, f"{name} was not judged"
        assert set(failed) == set(case.reasons), f"{name}: {judged}"
        for address, reason in case.reasons.items():
            assert any(reason in text for text in failed[address]), f"{name}: {failed[address]}"
