"""What is read from Terraform's events."""

import json
from typing import Any

from deployment.terraform.progress import ApplyProgress


def event(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "@message": kind, "@timestamp": "T", **fields})


def about(address: str, **fields: Any) -> dict[str, Any]:
    return {"hook": {"resource": {"addr": address}, **fields}}


def planned(address: str) -> str:
    return event("planned_change", change={"resource": {"addr": address}, "action": "create"})


def test_it_counts_what_is_done_and_names_what_takes_longest() -> None:
    # given
    now = [100.0]
    progress = ApplyProgress(clock=lambda: now[0])
    lines = [planned("aws_sqs_queue.a"), planned("module.x.aws_ecs_service.this")]
    lines.append(event("change_summary", changes={"operation": "plan", "add": 2, "change": 0, "remove": 0}))

    # when
    for line in lines:
        progress.read(line)
    progress.read(event("apply_start", **about("aws_sqs_queue.a")))
    now[0] += 7
    progress.read(event("apply_start", **about("module.x.aws_ecs_service.this")))

    # then
    assert (progress.done, progress.total) == (0, 2)
    assert progress.waiting_for() == "aws_sqs_queue.a (7 s)"
    assert progress.began("aws_ecs_service")
    assert progress.unfinished("aws_ecs_service")
    progress.read(event("apply_complete", **about("module.x.aws_ecs_service.this", action="create")))
    assert not progress.unfinished("aws_ecs_service")
    assert progress.done == 1


def test_everything_is_unfinished_until_the_plan_is_known() -> None:
    assert ApplyProgress().unfinished("aws_ecs_service")


def test_a_late_data_source_is_not_counted() -> None:
    progress = ApplyProgress()

    progress.read(event("apply_complete", **about("data.aws_iam_policy_document.x", action="read")))

    assert progress.done == 0


def test_errors_go_into_the_log_with_their_detail_and_the_first_is_kept() -> None:
    progress = ApplyProgress()
    diagnostic = {"severity": "error", "summary": "it broke", "detail": "because", "address": "aws_x.y"}

    text = progress.read(event("diagnostic", diagnostic=diagnostic))

    assert progress.errors == ["it broke"]
    assert text == "T diagnostic\n    aws_x.y\n    because"


def test_what_is_no_event_is_logged_as_it_is() -> None:
    assert ApplyProgress().read("Terraform crashed\n") == "Terraform crashed"
    assert ApplyProgress().read("[1]\n") == "[1]"
