"""Stands for `jobctl load` where the workflow is the point: few triggers at once, seen through, and a report.

Its options, files and exit codes are those of the command; figures are as many as a test looks at.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import click
from deployment.target import Target, choose_target
from job_contract import new_job_id

_LIMIT_SECONDS = 120
_LOOK_SECONDS = 0.5
_BATCH, _AT_ONCE = 10, 100
_FINAL = {"succeeded", "dead"}


@click.command()
@click.argument("word", type=click.Choice(["load"]))
@click.option("--env", "environment", required=True)
@click.option("--scenario", type=click.Choice(["steady", "burst", "ramp", "soak"]), required=True)
@click.option("--count", type=int, required=True)
@click.option("--rate", type=float, required=True)
@click.option("--type", "job_type", required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--confirm-prod", is_flag=True)
@click.option("--baseline", type=click.Path(path_type=Path, exists=True))
def main(**options: Any) -> None:
    """Exit code 1 where a job did not succeed, 2 where it took twice as long as the baseline."""
    if options["environment"] == "prod" and not options["confirm_prod"]:
        raise click.UsageError("A load on prod delays real work; give --confirm-prod.")
    target = choose_target(None, None, options["environment"])
    began = time.monotonic()
    ids = send(target, options["count"], options["job_type"])
    see_services(target)
    states = wait(target, ids)
    report = {"sent": len(ids), "succeeded": states.count("succeeded"), "seconds": time.monotonic() - began}
    write(options["out"], report)
    if states.count("succeeded") != len(ids):
        sys.exit(1)
    if options["baseline"]:
        sys.exit(2 if report["seconds"] > 2 * json.loads(options["baseline"].read_text())["seconds"] else 0)


def send(target: Target, count: int, job_type: str) -> list[str]:
    """The ids of the jobs."""
    ids = [new_job_id() for _ in range(count)]
    bodies = [
        {"trigger": "load", "triggerBackgroundJob": True, "jobType": job_type, "jobId": each} for each in ids
    ]
    entries = [
        {"Id": str(number % _BATCH), "MessageBody": json.dumps(body)} for number, body in enumerate(bodies)
    ]
    for first in range(0, count, _BATCH):
        answer = target.client("sqs").send_message_batch(
            QueueUrl=target.outputs["sqs_main_job_triggers_queue_url"],
            Entries=entries[first : first + _BATCH],
        )
        assert not answer.get("Failed"), answer
    return ids


def see_services(target: Target) -> None:
    """Queues, tasks and images, as the report has them."""
    sqs, ecs = target.client("sqs"), target.client("ecs")
    for name in ("sqs_background_jobs_queue_url", "sqs_background_jobs_dlq_url"):
        sqs.get_queue_attributes(QueueUrl=target.outputs[name], AttributeNames=["All"])
    services = [target.outputs[f"ecs_{name}_service_name"] for name in ("main_job", "background_job")]
    answer = ecs.describe_services(cluster=target.outputs["ecs_cluster_name"], services=services)
    for service in answer["services"]:
        ecs.describe_task_definition(taskDefinition=service["taskDefinition"])


def wait(target: Target, ids: list[str]) -> list[str]:
    """The state of each job in the end, or when the time is over."""
    end = time.monotonic() + _LIMIT_SECONDS
    while len(found := _states(target, ids)) < len(ids) or not set(found) <= _FINAL:
        if time.monotonic() > end:
            break
        time.sleep(_LOOK_SECONDS)
    return found


def _states(target: Target, ids: list[str]) -> list[str]:
    table, found = target.outputs["ledger_table_name"], []
    for first in range(0, len(ids), _AT_ONCE):
        asked = {
            "Keys": [{"jobId": {"S": each}} for each in ids[first : first + _AT_ONCE]],
            "ProjectionExpression": "jobId, #state, finishedAtMs",
            "ExpressionAttributeNames": {"#state": "state"},
        }
        answer = target.client("dynamodb").batch_get_item(RequestItems={table: asked})
        found += [item["state"]["S"] for item in answer["Responses"][table]]
    return found


def write(out: Path, report: dict[str, Any]) -> None:
    """The three files."""
    out.mkdir()
    (out / "report.json").write_text(json.dumps(report))
    (out / "report.html").write_text(f"<!doctype html><title>Load</title><pre>{json.dumps(report)}</pre>")
    (out / "summary.md").write_text(f"## Load: {report['succeeded']} of {report['sent']} succeeded\n")


if __name__ == "__main__":
    main()
