"""`jobctl dlq replay`: back to the queue, under the same job id, with who and when; nothing is lost."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from deployment.interruption import Interruption
from deployment.target import Target
from dlq_world import (
    attributes,
    audit_lines,
    job,
    messages,
    move_by_sqs,
    read,
    record_of,
    said,
    send_dead,
    send_letters,
)
from embedded_aws.fault_proxy import (
    Fault,
    FaultProxy,
    Forward,
    Request,
    Response,
    cut_after,
    cut_midway,
    refuse,
    refuse_entries,
)
from job_contract import derive_job_id
from jobctl.dlq.audit import Audit, find_operator
from jobctl.dlq.letters import STAGES, Letter, read_letter
from jobctl.dlq.replay import Outcome, Replay, replayed_attributes

WHO = "arn:aws:sts::111122223333:assumed-role/Operator/ada"
WHEN = "2026-11-28T09:30:00.000Z"


@pytest.fixture
def proxy(aws_endpoint: str) -> Iterator[FaultProxy]:
    """Between jobctl and its AWS."""
    with FaultProxy(aws_endpoint) as made:
        yield made


def replayed(
    jobctl: Any, environment: Target, *options: str, code: int = 0, through: FaultProxy | None = None
) -> dict[str, Any]:
    changes = {"AWS_ENDPOINT_URL": through.endpoint} if through else {}
    done = jobctl("dlq", "replay", "--json", "--env", environment.environment, *options, **changes)
    assert done.returncode == code, done.stderr + done.stdout
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_replay_keeps_body_ids_and_generation_and_says_who_and_when(
    environment: Target, jobctl: Any
) -> None:
    dead = job()
    send_dead(environment, [dead], generation=3)

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs")

    arn = environment.client("sts").get_caller_identity()["Arn"]
    assert (answer["by"], [each["jobId"] for each in answer["replayed"]]) == (arn, [dead.job_id])
    (sent,) = messages(environment, "jobs")
    carried = said(sent)
    assert sent["Body"] == dead.encode()
    assert (carried["jobId"], carried["deadLetterGeneration"]) == (dead.job_id, "3")
    assert (carried["originalMessageId"], carried["replayedBy"]) == ("m-1", arn)
    assert carried["replayedAt"].endswith("Z")
    assert messages(environment, "jobs", dead=True) == []
    begun, line = audit_lines(environment, "jobs")
    assert begun["message"] == "dead letters: replay of 1 begins"
    assert (line["message"], line["jobId"], line["by"]) == ("dead letter replayed", dead.job_id, arn)
    assert (line["reason"], line["originalMessageId"]) == ("no data", "m-1")


def test_only_those_that_are_meant_go_back(environment: Target, jobctl: Any) -> None:
    mended, still_wrong = [job() for _ in range(2)], job()
    send_dead(environment, mended, "timeout")
    send_dead(environment, [still_wrong], "no data")

    replayed(jobctl, environment, "--reason", "timeout")

    assert {said(sent)["jobId"] for sent in messages(environment, "jobs")} == {j.job_id for j in mended}
    (left,) = messages(environment, "jobs", dead=True)
    assert said(left)["jobId"] == still_wrong.job_id


def test_a_dry_run_shows_the_same_and_touches_nothing(environment: Target, jobctl: Any) -> None:
    moved = job()
    send_dead(environment, [job()])
    move_by_sqs(environment, "jobs", moved.encode())

    answer = replayed(jobctl, environment, "--all", "--dry-run")
    words = jobctl("dlq", "replay", "--all", "--dry-run", "--env", environment.environment)

    assert (answer["dryRun"], answer["selected"], len(answer["groups"])) == (True, 2, 2)
    assert "Dry run: 2 would be sent back." in words.stdout
    assert messages(environment, "jobs") == []
    assert len(messages(environment, "jobs", dead=True)) == 2
    assert record_of(environment, moved) is None
    assert audit_lines(environment, "jobs") == []


def test_a_trigger_that_sqs_moved_keeps_the_job_id_that_its_message_gave_it(
    environment: Target, jobctl: Any
) -> None:
    message_id = move_by_sqs(environment, "triggers", '{"trigger": "test"}')
    hold, (letter,) = read(environment, "triggers")
    hold.close()

    replayed(jobctl, environment, "--all", "--queue", "triggers")

    (sent,) = messages(environment, "triggers")
    assert letter.message_id == message_id != sent["MessageId"]
    assert said(sent)["jobId"] == letter.job_id == derive_job_id(message_id, letter.sent_at_ms)
    assert said(sent)["originalMessageId"] == message_id


def test_a_rejected_trigger_keeps_the_job_id_of_its_letter(environment: Target, jobctl: Any) -> None:
    job_id = job().job_id
    rejected = attributes(deadLetterReason="wrong", jobId=job_id, originalMessageId="m")
    send_letters(environment, "triggers", [("{}", rejected)])

    replayed(jobctl, environment, "--job-id", job_id)

    (sent,) = messages(environment, "triggers")
    assert said(sent)["jobId"] == job_id
    assert audit_lines(environment, "triggers")[-1]["jobId"] == job_id


def test_a_thousand_letters_go_back_at_once(environment: Target, jobctl: Any) -> None:
    dead = [job() for _ in range(1000)]
    letter = {"deadLetterReason": "no data", "deadLetterGeneration": "1"}
    send_letters(
        environment, "jobs", [(each.encode(), attributes(**each.attributes(), **letter)) for each in dead]
    )

    done = jobctl(
        "dlq", "replay", "--all", "--queue", "jobs", "--env", environment.environment, timeout_seconds=280
    )

    assert done.returncode == 0, done.stderr
    assert "jobs: 1000 letters read of about 1000, 1000 selected" in done.stdout
    assert "1000 replayed, 0 failed" in done.stdout
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = [
        environment.client("sqs").get_queue_attributes(
            QueueUrl=environment.outputs[url], AttributeNames=counts
        )["Attributes"]
        for url in (STAGES["jobs"].queue, STAGES["jobs"].dead_letter_queue)
    ]
    assert [[int(each[count]) for count in counts] for each in found] == [[1000, 0], [0, 0]]


def run(environment: Target, outcome: Outcome, per_second: float | None = None, **settings: Any) -> None:
    """A replay of all jobs, in this process."""
    hold, letters = read(environment)
    try:
        Replay(
            environment,
            hold,
            who=WHO,
            audit=Audit(environment, hold.stage, find_operator(environment)),
            outcome=outcome,
            interruption=Interruption(),
            **settings,
        ).run(letters, per_second)
    finally:
        hold.close()


def test_the_rate_is_kept(environment: Target) -> None:
    send_dead(environment, [job() for _ in range(6)])
    waits: list[float] = []
    began = time.monotonic()

    def note(seconds: float) -> None:
        waits.append(began + seconds)

    run(environment, outcome := Outcome(), per_second=0.001, sleep=note)

    # One at a time, each due 1,000 s after the one before: the waits show it, nobody waits.
    assert len(outcome.done) == len(waits) == 6
    assert [round(wait - waits[0], -2) for wait in waits] == [0, 1000, 2000, 3000, 4000, 5000]


def test_an_entry_that_sqs_refuses_is_reported_and_stays_a_letter(
    environment: Target, jobctl: Any, proxy: FaultProxy
) -> None:
    dead = [job() for _ in range(12)]
    send_dead(environment, dead)
    refused = dead[4]
    chosen = refuse_entries(lambda entry: entry["MessageBody"] == refused.encode(), sender_fault=True)
    proxy.add(Fault("SendMessageBatch", chosen))

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs", code=1, through=proxy)

    (failed,) = answer["failed"]
    assert failed["jobId"] == refused.job_id
    assert "refused by the fault proxy" in failed["reason"]
    assert len(answer["replayed"]) == len(messages(environment, "jobs")) == 11
    assert [said(left)["jobId"] for left in messages(environment, "jobs", dead=True)] == [refused.job_id]


def test_a_letter_that_cannot_be_deleted_is_said_to_be_there_still(
    environment: Target, jobctl: Any, proxy: FaultProxy
) -> None:
    send_dead(environment, [job()])
    proxy.add(Fault("DeleteMessageBatch", refuse("AccessDenied")))

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs", code=1, through=proxy)

    assert (answer["replayed"], len(answer["notDeleted"])) == ([], 1)
    assert len(messages(environment, "jobs")) == 1


def test_throttling_is_waited_for(environment: Target, jobctl: Any, proxy: FaultProxy) -> None:
    send_dead(environment, [job()])
    proxy.add(Fault("SendMessageBatch", refuse("ThrottlingException"), times=2))
    proxy.add(Fault("DeleteMessageBatch", cut_after, times=1))

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs", through=proxy)

    assert len(answer["replayed"]) == len(messages(environment, "jobs")) == 1


def test_an_answer_that_was_cut_midway_is_no_proof_that_a_letter_was_taken(
    environment: Target, jobctl: Any, proxy: FaultProxy
) -> None:
    send_dead(environment, [job() for _ in range(3)])
    refuses_all = refuse_entries(lambda _: True)

    def refused_and_cut(request: Request, forward: Forward) -> Response | None:
        return cut_midway(request, lambda passed: refuses_all(passed, forward))  # type: ignore[arg-type, return-value]  # it answers

    proxy.add(Fault("SendMessageBatch", refused_and_cut))

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs", code=1, through=proxy)

    assert (answer["replayed"], len(answer["failed"])) == ([], 3)
    assert messages(environment, "jobs") == []
    assert len(messages(environment, "jobs", dead=True)) == 3


def test_when_sqs_takes_nothing_the_rest_is_not_tried(
    environment: Target, jobctl: Any, proxy: FaultProxy
) -> None:
    send_dead(environment, [job() for _ in range(50)])
    proxy.add(Fault("SendMessageBatch", refuse("AccessDenied")))

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs", code=1, through=proxy)

    assert proxy.calls["SendMessageBatch"] == 3
    assert len(answer["failed"]) == len(messages(environment, "jobs", dead=True)) == 50
    assert answer["failed"][-1]["reason"] == "not tried: SQS refused those before"


def test_who_may_leave_no_trace_sends_nothing_back(
    environment: Target, jobctl: Any, proxy: FaultProxy
) -> None:
    send_dead(environment, [job()])
    proxy.add(Fault("PutLogEvents", refuse("AccessDeniedException")))

    answer = replayed(jobctl, environment, "--all", "--queue", "jobs", code=1, through=proxy)

    assert (answer["replayed"], len(answer["notTried"])) == ([], 1)
    assert messages(environment, "jobs") == []
    assert len(messages(environment, "jobs", dead=True)) == 1


def test_sqs_is_never_asked_to_move_messages_by_itself(
    environment: Target, jobctl: Any, proxy: FaultProxy
) -> None:
    send_dead(environment, [job() for _ in range(3)])

    replayed(jobctl, environment, "--all", through=proxy)

    assert proxy.calls["StartMessageMoveTask"] == 0
    # One batch is sent, noted and deleted; nothing but dead letters is received.
    assert (proxy.calls["SendMessageBatch"], proxy.calls["DeleteMessageBatch"]) == (1, 1)


def test_attributes_that_do_not_fit_are_left_out_in_order() -> None:
    def letter(own: int, stage: str = "triggers", body: str = "{}") -> Letter:
        names = {f"own{number}": "x" for number in range(own)}
        letter_attributes = attributes(deadLetterReason="r", deadLetteredAt=WHEN, jobId=job().job_id, **names)
        raw = {"MessageId": "m", "ReceiptHandle": "h", "Body": body, "MessageAttributes": letter_attributes}
        return read_letter(stage, raw, 100)

    added = {own: replayed_attributes(letter(own), WHO, WHEN, 262_144) for own in range(8)}

    # Room is kept for what a worker adds at the next death: the origin's id.
    assert {"replayedBy", "replayedAt", "originalMessageId"} <= added[4].keys()
    assert added[5]["replayedBy"]["StringValue"] == f"{WHO} at {WHEN}"
    assert "replayedAt" not in added[5]
    assert "replayedBy" not in added[6]
    for own, each in added.items():
        assert len(each) <= 10
        assert {"jobId", *(f"own{number}" for number in range(own))} <= each.keys()


def test_a_letter_that_is_nearly_too_large_loses_only_what_was_added() -> None:
    own = attributes(jobId=job().job_id, deadLetterGeneration="2", deadLetterReason="r")
    size = 1000
    raw = {"MessageId": "m", "ReceiptHandle": "h", "Body": "x" * size, "MessageAttributes": own}
    letter = read_letter("jobs", raw, 100)
    room = size + sum(len(name) + len("String") + len(each["StringValue"]) for name, each in own.items())

    tight = replayed_attributes(letter, WHO, WHEN, room)
    roomy = replayed_attributes(letter, WHO, WHEN, room + 1000)

    assert tight == own
    assert roomy["replayedBy"]["StringValue"] == WHO
    assert roomy["deadLetterGeneration"]["StringValue"] == "2"


def test_another_replay_names_only_the_newest_operator() -> None:
    own = attributes(jobId=job().job_id, replayedBy="somebody before", replayedAt="2020-01-01T00:00:00.000Z")
    raw = {"MessageId": "m", "ReceiptHandle": "h", "Body": "{}", "MessageAttributes": own}

    newest = replayed_attributes(read_letter("jobs", raw, 100), WHO, WHEN, 262_144)

    assert (newest["replayedBy"]["StringValue"], newest["replayedAt"]["StringValue"]) == (WHO, WHEN)
