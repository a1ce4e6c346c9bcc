"""The sender on a real queue: every trigger once, its own number, and how late it went out."""

import json
from typing import Any

from botocore.exceptions import ClientError
from deployment.target import Target
from jobctl.load.schedule import due_batches
from jobctl.load.sender import Sender
from jobctl.triggers import TriggerWish

QUEUE = "sqs_main_job_triggers_queue_url"
LONG_SECONDS = 240


def bodies(environment: Target) -> list[Any]:
    sqs = environment.client("sqs")
    found: list[Any] = []
    while messages := sqs.receive_message(
        QueueUrl=environment.outputs[QUEUE], MaxNumberOfMessages=10, VisibilityTimeout=600
    ).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def test_triggers_of_all_batches_are_sent_once_with_numbers_of_their_own(environment: Target) -> None:
    sender = Sender(
        environment.client("sqs"), environment.outputs[QUEUE], TriggerWish(), due_batches([0.0] * 95)
    )

    sender.start()

    assert sender.join(LONG_SECONDS)
    sent = bodies(environment)
    assert sorted(trigger["data"]["work"] for trigger in sent) == list(range(95))
    ids = {trigger["jobId"] for trigger in sent}
    assert len(ids) == 95
    assert ids == set(sender.dispatches) == set(sender.take_new_ids())
    assert sender.take_new_ids() == []
    # 95 at once are more than go out at once: some were late, and none says that it was early.
    late_ms = [when.sent_ms - when.due_ms for when in sender.dispatches.values()]
    assert min(late_ms) >= 0
    assert max(late_ms) > 0


def test_a_queue_that_refuses_the_first_call_ends_the_load_with_its_error(environment: Target) -> None:
    sender = Sender(
        environment.client("sqs"),
        environment.outputs[QUEUE] + "-that-is-not-there",
        TriggerWish(),
        due_batches([0.0, 3600.0]),
    )

    sender.start()

    assert sender.join(LONG_SECONDS)
    assert isinstance(sender.error, ClientError)
    assert not sender.sent.message_ids
