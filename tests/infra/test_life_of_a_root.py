"""The life of a root on an embedded AWS of its own: applied, clean, updated as planned, clean, destroyed.

By the commands that the documents name. `make test` does it for dev, `make test-roots` for every root.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from clone_parts import lay_out_parts
from deployment.bootstrap import ensure_state_bucket
from deployment.product import LOCAL_ACCOUNT_ID, product
from deployment.target import local_target
from deployment.variables import process_environment
from inventory import added, inventory

pytestmark = pytest.mark.waits

# Each step waits for the provider, which watches some resources for a minute; a busy machine doubles it.
STEP_SECONDS = 400
LIFE_SECONDS = 5 * STEP_SECONDS
OLD, NEW = ({"main_job": f"sha256:{'1' * 64}", "background_job": f"sha256:{digit * 64}"} for digit in "12")
PREFIX = product().project_name
UPDATE = "  alarm_thresholds = { background_queue_messages = 60 }"
# Kinds of the inventory that every environment has, and those with private subnets.
MADE = {
    *(
        "queue",
        "cluster",
        "service",
        "task definition",
        "scaling target",
        "table",
        "bucket",
        "key",
        "key alias",
    ),
    *("log group", "log resource policy", "saved query", "metric alarm", "dashboard", "topic", "event rule"),
    *("role", "vpc", "subnet", "route table", "internet gateway", "security group", "endpoint"),
}
MADE_BEHIND_NAT = {"nat gateway", "public address", "flow log"}
Record = Callable[[str, object], None]
Changes = dict[str, str]


@dataclass
class Clone:
    """A copy of what `jobctl plan` and `apply` need, so that a test may edit it."""

    folder: Path
    endpoint: str
    record: Record

    def jobctl(self, command: str, root: str, digests: dict[str, str] | None = None) -> str:
        """What `jobctl plan|apply ROOT` prints; the question is answered with yes."""
        given = {"IMAGE_DIGESTS": json.dumps(digests)} if digests else {}
        return self.run("jobctl", command, root, stdin="yes\n", **given)

    def terraform(self, root: str, *arguments: str) -> str:
        """What Terraform prints, as a person calls it."""
        data = self.folder / ".local/terraform/by-hand" / root
        chdir = f"-chdir={self.folder / 'infra/envs' / root}"
        return self.run("deployment.terraform", "--", chdir, *arguments, TF_DATA_DIR=str(data))

    def edit(self, root: str, old: str, new: str) -> None:
        """Replaces a text that is in the root's main.tf exactly once."""
        main = self.folder / "infra/envs" / root / "main.tf"
        assert main.read_text().count(old) == 1, old
        main.write_text(main.read_text().replace(old, new))

    def timed(self, step: str, run: Callable[[], str]) -> str:
        """Runs a step and notes its seconds and its summary."""
        start = time.monotonic()
        printed = run()
        summary = re.findall(r"^(?:Apply|Destroy) complete! (.*)$|^(No changes)", printed, re.MULTILINE)
        assert summary, printed
        self.record(step, f"{time.monotonic() - start:.0f} s; {' '.join(summary[-1]).strip()}")
        return printed

    def run(self, module: str, *arguments: str, stdin: str = "", **environment: str) -> str:
        """What a command of ours prints, without colours; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=process_environment(os.environ, self.endpoint) | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


@pytest.fixture
def clone(tmp_path: Path, record_property: Record) -> Iterator[Clone]:
    """A clone whose commands talk to an empty embedded AWS of its own."""
    folder = tmp_path / "clone"
    lay_out_parts(folder, "infra")
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            made = Clone(folder, json.loads(server.stdout.readline())["endpoint"], record_property)
            ensure_state_bucket(
                local_target(made.endpoint).client("s3"), LOCAL_ACCOUNT_ID, product().aws_region
            )
            yield made
        finally:
            server.terminate()


def _slow(root: str) -> list[pytest.MarkDecorator]:
    # A process of its own each: they can then wait at the same time.
    return [pytest.mark.slow, pytest.mark.xdist_group(f"life of {root}")]


@pytest.mark.timeout(LIFE_SECONDS)
@pytest.mark.parametrize(
    "environment",
    ["dev", pytest.param("staging", marks=_slow("staging")), pytest.param("prod", marks=_slow("prod"))],
)
def test_an_environment_lives_as_planned_and_leaves_nothing(environment: str, clone: Clone) -> None:
    before = inventory(clone.endpoint)

    clone.timed("apply", lambda: clone.jobctl("apply", environment, OLD))
    made = added(before, inventory(clone.endpoint))
    # What the list sees come, it would see stay.
    assert set(made) >= MADE | (MADE_BEHIND_NAT if environment != "dev" else set())
    clone.timed("second plan", lambda: clone.jobctl("plan", environment))

    clone.edit(environment, f'environment   = "{environment}"', f'environment   = "{environment}"\n{UPDATE}')
    assert _changes(clone.jobctl("plan", environment, NEW)) == _of_update()
    clone.timed("update", lambda: clone.jobctl("apply", environment, NEW))
    # Without IMAGE_DIGESTS: what is deployed stays deployed.
    clone.timed("plan after it", lambda: clone.jobctl("plan", environment))

    if environment != "dev":
        _lift_protection(clone, environment)
    destroyed = clone.timed("destroy", lambda: clone.run("jobctl", "destroy", environment, stdin=environment))
    assert "0 messages are waiting or in work, 0 are dead." in destroyed
    # Revisions of task definitions stay on purpose: one of each service, and the updated one.
    left = added(before, inventory(clone.endpoint))
    assert {kind: len(names) for kind, names in left.items()} == {"task definition": 3}, left


@pytest.mark.slow
@pytest.mark.xdist_group("life of shared")
@pytest.mark.timeout(LIFE_SECONDS)
def test_shared_lives_as_planned_and_leaves_nothing(clone: Clone) -> None:
    before = inventory(clone.endpoint)

    clone.timed("apply", lambda: clone.jobctl("apply", "shared"))
    assert {"repository", "key"} <= set(added(before, inventory(clone.endpoint)))
    clone.timed("second plan", lambda: clone.jobctl("plan", "shared"))

    clone.edit(
        "shared",
        "kms_key_arn = module.encryption.key_arn",
        "kms_key_arn = module.encryption.key_arn\n  untagged_expiry_days = 3",
    )
    policies = [
        f'module.image_repository["{name}"].aws_ecr_lifecycle_policy.this'
        for name in ("main-job", "background-job")
    ]
    assert _changes(clone.jobctl("plan", "shared")) == dict.fromkeys(policies, "replaced")
    clone.timed("update", lambda: clone.jobctl("apply", "shared"))
    clone.timed("plan after it", lambda: clone.jobctl("plan", "shared"))

    _destroy_shared(clone)
    assert added(before, inventory(clone.endpoint)) == {}


def _of_update() -> Changes:
    """A new image is a new revision, which its service turns to; nothing else is touched."""
    service = "module.stack.module.background_job.module.service"
    return {
        'module.stack.module.background_queue.aws_cloudwatch_metric_alarm.depth["on"]': "updated in-place",
        f"{service}.aws_ecs_task_definition.this": "replaced",
        f'{service}.aws_ecs_service.fargate["on"]': "updated in-place",
    }


def _changes(printed: str) -> Changes:
    """Address → what is to happen, from a plan as people read it; what is only read is no change."""
    told = re.findall(r"^  # (\S+) (?:will be|must be) (.+)$", printed, re.MULTILINE)
    return {address: what for address, what in told if not what.startswith("read")}


def _lift_protection(clone: Clone, environment: str) -> None:
    """The way of docs/operations.md; until then AWS itself refuses."""
    dynamodb = local_target(clone.endpoint).client("dynamodb")
    table = {"TableName": f"{PREFIX}-{environment}-ledger"}
    with pytest.raises(dynamodb.exceptions.ClientError, match="can't be deleted while"):
        dynamodb.delete_table(**table)
    with pytest.raises(AssertionError, match=f"The records of {environment} are protected"):
        clone.run("jobctl", "destroy", environment, stdin=environment)
    clone.edit(environment, "deletion_protection = true", "deletion_protection = false")
    store = "module.stack.module.job_store"
    assert _changes(clone.jobctl("plan", environment)) == {
        f"{store}.aws_dynamodb_table.ledger": "updated in-place",
        f"{store}.aws_s3_bucket.results": "updated in-place",
    }
    clone.timed("protection off", lambda: clone.jobctl("apply", environment))


def _destroy_shared(clone: Clone) -> None:
    """The way of docs/operations.md; what is to be kept is taken out of the state first."""
    bucket = f"-backend-config=bucket={PREFIX}-state-{LOCAL_ACCOUNT_ID}"
    region = f"-backend-config=region={product().aws_region}"
    clone.terraform("shared", "init", "-input=false", "-no-color", "-lockfile=readonly", bucket, region)
    clone.terraform("shared", "state", "rm", "-no-color", "module.state_bucket")
    clone.timed("destroy", lambda: clone.terraform("shared", "destroy", "-auto-approve", "-no-color"))
