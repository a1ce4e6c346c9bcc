"""500 messages flow through the whole stack while its services' processes are killed at random."""

import json
import os
import random
import signal
import time
from typing import Any

import pytest
from deployment.target import local_target
from job_contract import JobState, LedgerRecord, new_job_id, record_from_item
from stack_processes import tasks_running, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

SEED = 20261120
MESSAGES = 500
REJECTED = 20
MESSAGES_PER_KILL = 60
MODULES = ("main_job", "background_job")
# A killed worker's messages come back after the visibility timeout (30 s); retries wait 5 s and more.
SETTLED_WITHIN_SECONDS = 300


def triggers() -> list[dict[str, Any]]:
    """Jobs that succeed, that succeed at the second attempt, and that never can; each with its own id."""
    submission = {"jobType": "store-submission", "data": {"email_timestream": "2025-06-09T10:30:45.123Z"}}
    slow = {"jobType": "simulate-work", "data": {"sleepRangeSeconds": [0, 1], "seed": SEED}}
    second_try = {"jobType": "simulate-work", "data": {"failAttempts": 1}}
    never = {"jobType": "store-submission", "data": "no object"}
    kinds: list[dict[str, Any]] = (
        [{}] * 280 + [submission] * 100 + [slow] * 70 + [second_try] * 30 + [never] * REJECTED
    )
    made = [{"trigger": "storm", "jobId": new_job_id(), **kind} for kind in kinds]
    random.Random(SEED).shuffle(made)
    assert len(made) == MESSAGES
    return made


def test_what_is_sent_succeeds_or_is_dead_lettered_while_processes_are_killed(stack: Any, aws: Any) -> None:
    chance = random.Random(SEED)
    sent = triggers()
    target = local_target(stack.endpoint)
    sqs = target.client("sqs")
    # Given two processes of each service
    scale(stack, aws, 2)
    try:
        # When all is sent, and every second or so one of the processes is killed
        for start in range(0, MESSAGES, 10):
            sqs.send_message_batch(
                QueueUrl=stack.outputs["sqs_main_job_triggers_queue_url"],
                Entries=[
                    {"Id": str(index), "MessageBody": json.dumps(trigger)}
                    for index, trigger in enumerate(sent[start : start + 10])
                ],
            )
            if start % MESSAGES_PER_KILL == 0:
                kill_one(stack, chance)
                time.sleep(chance.uniform(0.5, 1.5))  # the storm's own rhythm, not a wait for anything
        job_ids = [trigger["jobId"] for trigger in sent]
        wait_until(lambda: settled(stack, job_ids), "all jobs are settled", SETTLED_WITHIN_SECONDS)
    finally:
        scale(stack, aws, 1)

    # Then each succeeded, or is dead with its reason, and nothing waits or is held.
    records = ledger(stack)
    dead = {job_id for job_id in job_ids if records[job_id].state is JobState.DEAD}
    assert dead == {trigger["jobId"] for trigger in sent if trigger.get("data") == "no object"}
    assert all("no 'data' object" in records[job_id].reason for job_id in dead)
    wait_until(lambda: waiting(stack) == 0, "the queues are empty")
    # ... each result is the one that the ledger names, and each dead job has its letter.
    s3, bucket = target.client("s3"), stack.outputs["results_bucket_name"]
    for job_id in set(job_ids) - dead:
        s3.head_object(Bucket=bucket, Key=records[job_id].result.removeprefix(f"s3://{bucket}/"))
    assert dead <= take_dead_letters(sqs, stack.outputs["sqs_background_jobs_dlq_url"])


def kill_one(stack: Any, chance: random.Random) -> None:
    """SIGKILL to one process of a service, where one runs."""
    running = sorted(tasks_running(stack.paths.agent_folder, chance.choice(MODULES)))
    if running:
        os.kill(chance.choice(running), signal.SIGKILL)


def scale(stack: Any, aws: Any, count: int) -> None:
    for name in ("ecs_main_job_service_name", "ecs_background_job_service_name"):
        cluster = stack.outputs["ecs_cluster_name"]
        aws("ecs", "update-service", cluster=cluster, service=stack.outputs[name], desired_count=count)
    wait_until(
        lambda: all(len(tasks_running(stack.paths.agent_folder, module)) == count for module in MODULES),
        f"{count} processes of each service",
        120,
    )


def settled(stack: Any, job_ids: list[str]) -> bool:
    records = ledger(stack)
    final = (JobState.SUCCEEDED, JobState.DEAD)
    return all(job_id in records and records[job_id].state in final for job_id in job_ids)


def ledger(stack: Any) -> dict[str, LedgerRecord]:
    """Every record of the table."""
    pages = local_target(stack.endpoint).client("dynamodb").get_paginator("scan")
    found = pages.paginate(TableName=stack.outputs["ledger_table_name"])
    records = (record_from_item(item) for page in found for item in page["Items"])
    return {record.job_id: record for record in records}


def waiting(stack: Any) -> int:
    """Messages of both queues, visible or held."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    sqs = local_target(stack.endpoint).client("sqs")
    urls = [
        stack.outputs[name] for name in ("sqs_main_job_triggers_queue_url", "sqs_background_jobs_queue_url")
    ]
    answers = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
    return sum(int(value) for attributes in answers for value in attributes.values())


def take_dead_letters(sqs: Any, queue_url: str) -> set[str]:
    """Receives and deletes the dead letters; their job ids."""
    found: set[str] = set()
    while messages := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            found.add(message["MessageAttributes"]["jobId"]["StringValue"])
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return found
