"""What docs/disaster.md says of Terraform's state: each disaster really happens, its steps are followed."""

import json
import os
import signal
from collections.abc import Iterator

import boto3
import pytest
from deployment.target import local_target
from documented_steps import steps
from small_clone import ACCOUNT, BUCKET, LOCK, STATE, STEP_SECONDS, SmallClone, small_clone

FIRST = ("disaster.md", "First, always")
RESTORE = ("disaster.md", "The state is overwritten, corrupt or deleted")
UNLOCK = ("disaster.md", "The state is locked")
REGION = ("disaster.md", "The region is gone")
PUSH = ("disaster.md", "Terraform left errored.tfstate")

pytestmark = [
    pytest.mark.waits,
    pytest.mark.timeout(STEP_SECONDS),
    pytest.mark.aws_cli,
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallClone]:
    with small_clone(tmp_path_factory.mktemp("state") / "clone", "--enforce-iam") as made:
        # As the root `shared` has it: no version is ever deleted.
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:DeleteObjectVersion", "s3:DeleteBucket"],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        made.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        yield made


def test_a_state_that_was_deleted_is_brought_back(clone: SmallClone) -> None:
    clone.s3.delete_object(Bucket=BUCKET, Key=STATE)
    assert "2 to add" in clone.plan().stdout

    assert "No changes." in clone.follow(FIRST, RESTORE)


def test_a_state_that_is_no_json_is_told_and_brought_back(clone: SmallClone) -> None:
    clone.s3.put_object(Bucket=BUCKET, Key=STATE, Body=b'{"version": 4, "ser')
    refused = clone.plan()
    assert refused.returncode != 0
    assert f"s3://{BUCKET}/{STATE} cannot be read" in refused.stderr
    assert "docs/disaster.md" in refused.stderr

    assert "No changes." in clone.follow(FIRST, RESTORE)


def test_the_lock_of_a_run_that_was_killed_is_found_and_taken_away(clone: SmallClone) -> None:
    with clone.log_group_added("planned"):
        with clone.run_that_holds_the_lock() as run:
            # While it lives, nobody else gets in.
            refused = clone.apply()
            assert refused.returncode != 0
            assert "Error acquiring the state lock" in refused.stderr
            os.kill(run.pid, signal.SIGKILL)
            run.wait(20)
        assert "Contents" in clone.s3.list_objects_v2(Bucket=BUCKET, Prefix=LOCK)

        printed = clone.follow(FIRST, UNLOCK)

    assert "OperationTypeApply" in printed
    assert "1 to add" in printed
    assert "Contents" not in clone.s3.list_objects_v2(Bucket=BUCKET, Prefix=LOCK)


@pytest.mark.slow
def test_a_state_that_could_not_be_saved_is_pushed_later(clone: SmallClone) -> None:
    with clone.log_group_added("late"):
        failed = clone.apply_as(_somebody_who_may_not_save(clone.endpoint))
        assert failed.returncode != 0
        assert "Failed to save state" in failed.stderr
        # It was made, and the state does not know it.
        assert "late" in clone.log_groups()
        assert b"late" not in clone.s3.get_object(Bucket=BUCKET, Key=STATE)["Body"].read()

        assert "No changes." in clone.follow(FIRST, PUSH)
    assert not list((clone.folder / "infra/envs/dev").glob("errored.tfstate"))


@pytest.mark.slow
def test_everything_is_made_anew_in_another_region_by_two_values(clone: SmallClone) -> None:
    """The last of this file: the clone is another one afterwards."""

    def as_documented(script: str) -> str:
        # The variables are set anew once the values are others.
        first = "\n".join(steps(*FIRST))
        moved = script.replace(".venv/bin/pipeline bootstrap", f"{first}\n.venv/bin/pipeline bootstrap")
        return moved.replace("make apply", "echo yes | make apply")

    printed = clone.follow(FIRST, REGION, change=as_documented)

    assert "2 added" in printed
    there = boto3.Session("test", "test", region_name="us-west-2")
    groups = there.client("logs", endpoint_url=clone.endpoint).describe_log_groups()["logGroups"]
    assert {group["logGroupName"] for group in groups} == {
        "/ecs/jobs-west-dev/main-job",
        "/ecs/jobs-west-dev/background-job",
    }
    assert {"jobs-west-state-123456789012", BUCKET} <= {
        bucket["Name"] for bucket in clone.s3.list_buckets()["Buckets"]
    }


def _somebody_who_may_not_save(endpoint: str) -> dict[str, str]:
    iam = local_target(endpoint).client("iam")
    iam.create_user(UserName="half")
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/{STATE}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
    iam.put_user_policy(UserName="half", PolicyName="all-but-save", PolicyDocument=policy)
    key = iam.create_access_key(UserName="half")["AccessKey"]
    assert ACCOUNT in iam.get_user(UserName="half")["User"]["Arn"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
