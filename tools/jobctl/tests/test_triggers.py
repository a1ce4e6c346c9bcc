"""Sending in batches without losing count."""

import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from deployment.errors import BadInput
from hypothesis import given
from hypothesis import strategies as st
from job_contract import normalize_job_id, parse_trigger
from jobctl.triggers import (
    BATCH_BYTES,
    BATCH_ENTRIES,
    Entry,
    TriggerWish,
    batches,
    entries,
    send,
    single_entry,
)


class UnreliableQueue:
    """An SQS that refuses what it is told to; `refusals` maps a job id to the answers it gets first."""

    def __init__(self, refusals: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.refusals = refusals or {}
        self.calls: list[list[str]] = []
        self.taken: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        ids = {entry["Id"]: json.loads(entry["MessageBody"])["jobId"] for entry in Entries}
        self.calls.append(list(ids.values()))
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for key, job_id in ids.items():
            if self.refusals.get(job_id):
                answer["Failed"].append({"Id": key, **self.refusals[job_id].pop(0)})
            else:
                self.taken.append(job_id)
                answer["Successful"].append({"Id": key, "MessageId": f"message-{job_id}"})
        return answer


def send_all(queue: UnreliableQueue, triggers: list[Entry], **options: Any) -> Any:
    return send(cast(Any, queue), "url", triggers, sleep=options.pop("sleep", lambda _s: None), **options)


OURS = {"Code": "InternalError", "SenderFault": False}
THEIRS = {"Code": "InvalidMessageContents", "Message": "no", "SenderFault": True}


def test_each_trigger_has_a_job_id_of_its_own_and_the_laboratory_payload() -> None:
    made = [parse_trigger(entry.body) for entry in entries(TriggerWish(), 3)]

    assert len({trigger.job_id for trigger in made}) == 3
    assert [trigger.data["work"] for trigger in made] == [0, 1, 2]
    assert all(len(trigger.data["id"]) == 36 for trigger in made)


def test_a_single_trigger_carries_what_was_asked_for_and_nothing_else() -> None:
    wish = TriggerWish(trigger="t", job_type="x", data={"a": "ä"}, correlation_id="c", background_job=False)

    entry = single_entry(wish, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    body = json.loads(entry.body)

    assert body.pop("timestamp").endswith("Z")
    assert body == {
        "trigger": "t",
        "jobId": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "triggerBackgroundJob": False,
        "jobType": "x",
        "correlationId": "c",
        "data": {"a": "ä"},
    }


@pytest.mark.parametrize(
    "wish", [TriggerWish(job_type="not a name"), TriggerWish(trigger=""), TriggerWish(data="x" * BATCH_BYTES)]
)
def test_what_no_service_would_take_is_refused_before_sending(wish: TriggerWish) -> None:
    with pytest.raises(BadInput):
        list(entries(wish, 1))


def test_an_entry_that_sqs_refused_for_no_fault_of_ours_is_sent_again_with_the_same_id() -> None:
    triggers = list(entries(TriggerWish(), 12))
    unlucky = triggers[3].job_id
    queue = UnreliableQueue({unlucky: [dict(OURS), dict(OURS)]})

    sent = send_all(queue, triggers)

    assert len(sent.message_ids) == 12
    assert sent.failures == {}
    assert sum(call.count(unlucky) for call in queue.calls) == 3
    assert sorted(queue.taken) == sorted(entry.job_id for entry in triggers), "none was sent twice"


def test_an_entry_at_fault_is_counted_and_not_sent_again() -> None:
    triggers = list(entries(TriggerWish(), 3))
    queue = UnreliableQueue({triggers[0].job_id: [dict(THEIRS)]})

    sent = send_all(queue, triggers)

    assert sent.failures == {triggers[0].job_id: "InvalidMessageContents: no"}
    assert len(sent.message_ids) == 2
    assert len(queue.calls) == 1


def test_one_that_never_gets_through_is_a_failure_after_four_tries() -> None:
    triggers = list(entries(TriggerWish(), 1))
    queue = UnreliableQueue({triggers[0].job_id: [dict(OURS)] * 9})

    assert send_all(queue, triggers).failures == {triggers[0].job_id: "InternalError"}
    assert len(queue.calls) == 4


def test_a_queue_that_goes_away_half_way_leaves_exact_counts() -> None:
    class Leaving(UnreliableQueue):
        def send_message_batch(self, **arguments: Any) -> dict[str, Any]:
            if self.taken:
                raise ClientError({"Error": {"Code": "Gone"}}, "SendMessageBatch")
            return super().send_message_batch(**arguments)

    sent = send_all(Leaving(), list(entries(TriggerWish(), 15)))

    assert (len(sent.message_ids), len(sent.failures)) == (10, 5)
    assert set(sent.failures.values()) == {"Gone"}


def test_a_rate_spreads_the_batches_over_time() -> None:
    pauses: list[float] = []

    send_all(UnreliableQueue(), list(entries(TriggerWish(), 9)), per_second=3.0, sleep=pauses.append)

    # Three batches of three: at once, after 1 s, after 2 s (the sleeps are not really slept here).
    assert [round(pause) for pause in pauses] == [0, 1, 2]


@given(st.lists(st.integers(min_value=1, max_value=BATCH_BYTES), max_size=40))
def test_every_batch_keeps_the_limits_of_sqs_and_nothing_is_lost(sizes: list[int]) -> None:
    # One string for all: the sizes matter, not the text.
    text = "x" * BATCH_BYTES
    triggers = [Entry(str(number), text[:size]) for number, size in enumerate(sizes)]

    made = list(batches(triggers))

    assert [entry for batch in made for entry in batch] == triggers
    assert all(0 < len(batch) <= BATCH_ENTRIES for batch in made)
    assert all(sum(len(entry.body) for entry in batch) <= BATCH_BYTES for batch in made)


def test_fresh_ids_are_valid() -> None:
    (entry,) = entries(TriggerWish(), 1)

    assert normalize_job_id(entry.job_id) == entry.job_id
