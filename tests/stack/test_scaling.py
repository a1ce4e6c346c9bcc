"""Operation by plain AWS CLI: the processes follow what ECS is told."""

from typing import Any

import pytest
from stack_processes import tasks_running, wait_until

pytestmark = pytest.mark.stack


@pytest.fixture
def main_job(stack: Any) -> dict[str, str]:
    """The arguments that name the service."""
    return {
        "cluster": stack.outputs["ecs_cluster_name"],
        "service": stack.outputs["ecs_main_job_service_name"],
    }


def test_a_desired_count_of_3_yields_three_processes_and_0_stops_them(
    stack: Any, aws: Any, main_job: dict[str, str]
) -> None:
    def running() -> Any:
        return tasks_running(stack.paths.agent_folder, "main_job")

    try:
        aws("ecs", "update-service", **main_job, desired_count=3)
        wait_until(lambda: len(running()) == 3, "three processes")
        wait_until(lambda: _counts(aws, main_job) == (3, 3), "ECS knows of three")
        tasks = aws("ecs", "list-tasks", cluster=main_job["cluster"], service_name=main_job["service"])[
            "taskArns"
        ]
        described = aws("ecs", "describe-tasks", cluster=main_job["cluster"], tasks=tasks)["tasks"]
        assert {task["lastStatus"] for task in described} == {"RUNNING"}

        aws("ecs", "update-service", **main_job, desired_count=0)
        wait_until(lambda: not running(), "no process")
        wait_until(lambda: _counts(aws, main_job) == (0, 0), "ECS knows of none")
    finally:
        aws("ecs", "update-service", **main_job, desired_count=1)
        wait_until(lambda: _counts(aws, main_job) == (1, 1), "one again")


def test_a_forced_deployment_replaces_the_processes(stack: Any, aws: Any, main_job: dict[str, str]) -> None:
    wait_until(lambda: _counts(aws, main_job) == (1, 1), "one to begin with")
    before = tasks_running(stack.paths.agent_folder, "main_job")

    aws("ecs", "update-service", **main_job, force_new_deployment=True)

    def replaced() -> bool:
        now = tasks_running(stack.paths.agent_folder, "main_job")
        return len(now) == 1 and not now & before

    wait_until(replaced, "another process in place of the first")


def test_the_queue_attributes_and_the_job_streams_are_there_for_plain_clients(stack: Any, aws: Any) -> None:
    url = stack.outputs["sqs_main_job_triggers_queue_url"]
    attributes = aws("sqs", "get-queue-attributes", queue_url=url, attribute_names=["All"])["Attributes"]
    assert attributes["QueueArn"].endswith("-main-job-triggers")

    job_id = stack.jobctl("send").stdout.split()[2]
    stack.jobctl("show", job_id, "--wait", "30")
    streams = aws(
        "logs",
        "describe-log-streams",
        log_group_name=stack.outputs["cloudwatch_log_group_background_job"],
        log_stream_name_prefix="job-streams/",
    )["logStreams"]
    assert any(stream["logStreamName"].endswith(job_id) for stream in streams)


def _counts(aws: Any, named: dict[str, str]) -> tuple[int, int]:
    service = aws("ecs", "describe-services", cluster=named["cluster"], services=[named["service"]])[
        "services"
    ][0]
    return service["runningCount"], service["desiredCount"]
