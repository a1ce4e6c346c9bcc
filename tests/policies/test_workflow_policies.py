"""Each policy on workflows: what it passes, what it finds, and in which line. One run judges all."""

from pathlib import Path

import pytest

from policy_command.completeness import not_judged, our_ids
from policy_command.scanning import Scan, scan_code

SHA = "11bd7190" * 5
DIGEST = "sha256:" + "a" * 64
GOOD = f"""\
name: good
on: push
permissions: {{}}
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    container: python@{DIGEST}
    services:
      queue:
        image: ghcr.io/example/queue@{DIGEST}
    permissions:
      contents: read # to check the code out
      id-token: write # to take a role of AWS
      attestations: read # newer than checkov's schema, which we teach it
    concurrency:
      group: build
      queue: max # newer, too
    steps:
      - uses: actions/checkout@{SHA} # v4.2.2
        with:
          persist-credentials: false
      - uses: aws-actions/configure-aws-credentials@{SHA}
        with:
          role-to-assume: ${{{{ vars.ROLE }}}} # no AWS_ACCESS_KEY_ID here
      - uses: ./.github/actions/build
      - uses: docker://alpine@{DIGEST}
      - run: make test
  call:
    uses: ./.github/workflows/other.yml
    secrets:
      TOKEN: ${{{{ secrets.TOKEN }}}}
"""
# Policy → what makes GOOD bad, as (old, new, what is found: a part of the line, and of the reason).
BAD = {
    "CKV_JOBS_10": [
        (f"checkout@{SHA} # v4.2.2", "checkout@v4", "checkout@v4", "'actions/checkout@v4' is not"),
        (f"checkout@{SHA}", f"checkout@{SHA[:12]}", "checkout@", "is not pinned"),
        (f"alpine@{DIGEST}", "alpine:3", "alpine:3", "'docker://alpine:3' is not pinned"),
        (f"container: python@{DIGEST}", "container: python:3.13", "python:3.13", "image 'python:3.13'"),
        (f"queue@{DIGEST}", "queue:1", "queue:1", "image 'ghcr.io/example/queue:1'"),
        ("./.github/workflows/other.yml", "example/ci/.github/workflows/x.yml@main", "@main", "not pinned"),
    ],
    "CKV_JOBS_11": [
        ("permissions: {}\n", "", "name: good", "write `permissions: {}` on top"),
        ("permissions: {}", "permissions: read-all", "read-all", "write `permissions: {}` on top"),
        ("permissions: {}", "permissions:\n  contents: read # why", "permissions:", "on top"),
        (" # to take a role of AWS", "", "id-token: write", "is given id-token: write without a reason"),
        ("    steps:", "    steps: # many", "", ""),
    ],
    "CKV_JOBS_12": [
        ("role-to-assume:", "aws-access-key-id:", "aws-access-key-id", "take a role by OIDC"),
        ("make test", "AWS_SECRET_ACCESS_KEY=x make test", "make test", "AWS_SECRET_ACCESS_KEY is a key's"),
        ("${{ secrets.TOKEN }}", "${{ toJSON(secrets) }}", "toJSON", "hands on every secret"),
        ("secrets:\n      TOKEN: ${{ secrets.TOKEN }}", "secrets: inherit", "inherit", "'secrets: inherit'"),
    ],
    "CKV2_JOBS_1": [
        ("persist-credentials: false", "persist-credentials: true", "checkout@", "write `persist"),
        ("        with:\n          persist-credentials: false\n", "", "checkout@", ""),
        ("actions/checkout@" + SHA + " # v4.2.2\n        with:\n          persist-credentials: false",
         "Actions/Checkout@" + SHA, "Checkout@", ""),
    ],
    "CKV2_JOBS_2": [("    timeout-minutes: 5\n", "", "runs-on", "write `timeout-minutes:`")],
}  # fmt: skip


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of workflows: the good one, and each bad one under its policy's name and number."""
    folder = tmp_path_factory.mktemp("repository")
    workflows = folder / ".github/workflows"
    workflows.mkdir(parents=True)
    (workflows / "good.yml").write_text(GOOD)
    for policy, changes in BAD.items():
        for number, (old, new, _, _) in enumerate(changes):
            assert GOOD.count(old) == 1, old
            (workflows / f"{policy}-{number}.yml").write_text(GOOD.replace(old, new))
    # Neither is a workflow that checkov reads, and so neither may pass for one.
    (workflows / "broken.yml").write_text("jobs: [")
    (workflows / "schemaless.yaml").write_text("name: nothing\n")
    return folder


@pytest.fixture(scope="module")
def scan(code: Path) -> Scan:
    """What checkov says of them."""
    return scan_code(code, only=sorted(our_ids("workflows")))


def test_every_policy_is_loaded_and_has_cases(scan: Scan) -> None:
    assert scan.loaded == our_ids("workflows") == set(BAD)


def test_a_good_workflow_passes_every_policy(scan: Scan) -> None:
    judged = {(record.check_id, record.result) for record in scan.records if record.file.endswith("good.yml")}

    assert judged == {(policy, "passed") for policy in BAD}


@pytest.mark.parametrize("policy", BAD)
def test_a_policy_finds_exactly_what_is_wrong(policy: str, code: Path, scan: Scan) -> None:
    for number, (_, _, line, reason) in enumerate(BAD[policy]):
        file = f".github/workflows/{policy}-{number}.yml"
        found = [record for record in scan.records if record.file == file and record.result == "failed"]
        if not line:
            assert found == []
            continue
        assert [record.check_id for record in found] == [policy], file
        assert line in (code / file).read_text().splitlines()[found[0].line - 1]
        assert reason in "".join(found[0].reasons)


def test_a_file_that_checkov_passes_over_is_named(code: Path, scan: Scan) -> None:
    assert not_judged(scan.records, code) == [
        ".github/workflows/broken.yml was not judged: checkov does not read it",
        ".github/workflows/schemaless.yaml was not judged: checkov does not read it",
    ]
