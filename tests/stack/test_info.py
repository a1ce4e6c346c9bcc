"""`make info` on the local stack: what it prints is what is there."""

import json
from typing import Any

import boto3
import pytest

pytestmark = pytest.mark.stack


def test_info_tells_queues_services_and_what_is_deployed(stack: Any) -> None:
    done = stack.jobctl("info", "dev")

    assert done.returncode == 0, done.stderr
    assert stack.outputs["sqs_background_jobs_queue_url"] in done.stdout
    assert stack.outputs["ecs_main_job_service_name"] in done.stdout
    assert "Alarms: none in ALARM" in done.stdout
    assert "Deployed: by hand; the pipeline wrote nothing down" in done.stdout
    assert "The AWS console shows nothing of the local stack." in done.stdout


def test_info_is_what_ecs_and_the_state_bucket_say(stack: Any) -> None:
    s3 = _client(stack, "s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "-state-" in each["Name"]]
    digests = {"main_job": "sha256:" + "0" * 64, "background_job": "sha256:" + "0" * 64}
    release = {
        "format": 1,
        "commit": "1" * 40,
        "tree": "2" * 40,
        "digests": digests,
        "phase": "deployed",
        "at": "2026-11-20T10:00:00Z",
    }
    s3.put_object(Bucket=bucket, Key="dev/release.json", Body=json.dumps(release))
    try:
        told = json.loads(stack.jobctl("info", "dev", "--json").stdout)
        printed = stack.jobctl("info", "dev").stdout
    finally:
        s3.delete_object(Bucket=bucket, Key="dev/release.json")

    assert told["release"] == release
    assert "Deployed: commit 111111111111, deployed at 2026-11-20T10:00:00Z" in printed
    assert "by hand" not in printed
    names = [stack.outputs[f"ecs_{service}_service_name"] for service in ("main_job", "background_job")]
    described = _client(stack, "ecs").describe_services(
        cluster=stack.outputs["ecs_cluster_name"], services=names
    )["services"]
    running = {each["serviceName"]: each["taskDefinition"].rpartition("/")[2] for each in described}
    assert {each["name"]: each["taskDefinition"] for each in told["services"]} == running
    assert {each["digest"] for each in told["services"]} == set(digests.values())
    assert [each["url"] for each in told["queues"]] == [
        stack.outputs["sqs_main_job_triggers_queue_url"],
        stack.outputs["sqs_background_jobs_queue_url"],
    ]


def _client(stack: Any, service: str) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=stack.endpoint,
        region_name=stack.env["AWS_REGION"],
        aws_access_key_id=stack.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.env["AWS_SECRET_ACCESS_KEY"],
    )
