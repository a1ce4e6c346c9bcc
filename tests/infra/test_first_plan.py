"""What a first plan knows: reviewers and policies must see images and policies before anything exists."""

import json
import re
from pathlib import Path
from typing import Any

from deployment.product import product

SERVICES = Path(__file__).resolve().parents[2] / "services"
OUTPUTS = {
    "sqs_main_job_triggers_queue_url",
    "sqs_background_jobs_queue_url",
    "sqs_main_job_triggers_dlq_url",
    "sqs_background_jobs_dlq_url",
    "sqs_main_job_triggers_dlq_arn",
    "sqs_background_jobs_dlq_arn",
    "main_job_image_uri",
    "background_job_image_uri",
    "ecs_cluster_name",
    "ecs_main_job_service_name",
    "ecs_background_job_service_name",
    "cloudwatch_log_group_ecs",
    "cloudwatch_log_group_main_job",
    "cloudwatch_log_group_background_job",
    "ecr_main_job_repository_url",
    "ecr_background_job_repository_url",
    "sns_alerts_topic_arn",
    "kms_key_arn",
    "environment",
    "aws_region",
    "image_digests",
    "ledger_table_name",
    "results_bucket_name",
    "cloudwatch_log_group_custom_processing",
}
# KMS draws the ids of its keys, Application Auto Scaling those of its policies: what names them is known
# after they exist.
DRAWN_BY_AWS = {
    f"module.stack.module.{service}.{resource}"
    for service in ("main_job", "background_job")
    for resource in (
        'module.service.aws_iam_role_policy.task_encryption["on"]',
        'aws_cloudwatch_metric_alarm.wake["from-zero"]',
    )
}
# Where policies, images and event patterns are, by resource type (and name).
TELLING_ATTRIBUTES = {
    "aws_cloudwatch_dashboard": ["dashboard_body"],
    "aws_cloudwatch_event_rule": ["event_pattern"],
    "aws_cloudwatch_log_metric_filter": ["pattern"],
    "aws_cloudwatch_log_resource_policy": ["policy_document"],
    "aws_cloudwatch_metric_alarm": ["alarm_actions", "ok_actions", "alarm_description", "threshold"],
    "aws_cloudwatch_query_definition": ["query_string", "log_group_names"],
    "aws_ecs_task_definition": ["container_definitions", "task_role_arn", "execution_role_arn"],
    "aws_iam_role": ["assume_role_policy"],
    "aws_iam_role_policy": ["policy"],
    "aws_kms_key": ["policy"],
    "aws_s3_bucket_policy": ["policy"],
    "aws_sns_topic": ["policy"],
    "aws_sqs_queue.dead_letter": ["redrive_allow_policy"],
    "aws_sqs_queue_policy": ["policy"],
    "aws_sqs_queue_redrive_policy": ["redrive_policy"],
}


def test_the_first_plan_knows_images_policies_and_addresses(first_plan: dict[str, Any]) -> None:
    unknown: set[str] = set()
    looked_at: set[str] = set()
    for change in first_plan["resource_changes"]:
        kind = next(
            (
                key
                for key in (change["type"], f"{change['type']}.{change['name']}")
                if key in TELLING_ATTRIBUTES
            ),
            None,
        )
        if kind:
            looked_at.add(kind)
            missing = change["change"]["after_unknown"]
            unknown |= {change["address"] for name in TELLING_ATTRIBUTES[kind] if missing.get(name) is True}
    assert unknown == DRAWN_BY_AWS
    assert looked_at == set(TELLING_ATTRIBUTES)

    images = {
        container["image"].rpartition("/")[2]
        for change in first_plan["resource_changes"]
        if change["type"] == "aws_ecs_task_definition"
        for container in json.loads(change["change"]["after"]["container_definitions"])
    }
    placeholder = "sha256:" + "0" * 64
    assert images == {
        f"{product().project_name}-{service}@{placeholder}" for service in ("main-job", "background-job")
    }

    outputs = first_plan["output_changes"]
    assert set(outputs) == OUTPUTS
    assert {name for name, output in outputs.items() if output["after_unknown"] is not False} == {
        "kms_key_arn"
    }


def test_tasks_run_as_the_user_of_their_image_and_may_write_to_tmp(first_plan: dict[str, Any]) -> None:
    """On Fargate a mounted volume belongs to root, unless the image declares a volume in that place."""
    containers = [
        json.loads(change["change"]["after"]["container_definitions"])[0]
        for change in first_plan["resource_changes"]
        if change["type"] == "aws_ecs_task_definition"
    ]
    assert {container["name"] for container in containers} == {"main-job", "background-job"}
    for container in containers:
        dockerfile = (SERVICES / container["name"].replace("-", "_") / "Dockerfile").read_text()
        assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == [container["user"]]
        volumes = [
            place for text in re.findall(r"^VOLUME (.+)$", dockerfile, re.M) for place in json.loads(text)
        ]
        assert volumes == [mount["containerPath"] for mount in container["mountPoints"]]
        assert container["readonlyRootFilesystem"] is True
