"""`jobctl queues` and `jobctl logs`, and the state bucket."""

import json
import time
from typing import Any

import pytest
from deployment.bootstrap import ensure_state_bucket, state_bucket_name
from deployment.errors import BadInput
from deployment.target import Target
from job_contract import new_job_id, stream_name
from jobctl.log_reader import LogSource, log_source, read_events, span_ms
from jobctl.queues import read_depths


def put(environment: Target, group: str, stream: str, text: str) -> None:
    logs = environment.client("logs")
    if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": time.time_ns() // 1_000_000, "message": text}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])


def test_depths_count_waiting_flying_and_dead_messages_and_receive_none(environment: Target) -> None:
    # given
    sqs, outputs = environment.client("sqs"), environment.outputs
    jobs = outputs["sqs_background_jobs_queue_url"]
    for number in range(3):
        sqs.send_message(QueueUrl=jobs, MessageBody=str(number))
    sqs.receive_message(QueueUrl=jobs, MaxNumberOfMessages=1)
    sqs.send_message(QueueUrl=outputs["sqs_background_jobs_dlq_url"], MessageBody="dead")

    # when
    triggers, background = read_depths(environment)
    again = read_depths(environment)[1]

    # then
    assert (triggers.visible, triggers.in_flight, triggers.dead) == (0, 0, 0)
    assert (background.visible, background.in_flight, background.dead) == (2, 1, 1)
    assert (again.visible, again.in_flight) == (2, 1)
    assert background.oldest_age_seconds is not None
    assert 0 <= background.oldest_age_seconds < 60


def test_queues_prints_json_by_queue_name(environment: Target, jobctl: Any) -> None:
    done = jobctl("queues", "--env", environment.environment, "--json")

    answer = json.loads(done.stdout)
    assert len(answer) == 2
    assert all({"visible", "inFlight", "dead", "oldestAgeSeconds"} <= set(queue) for queue in answer.values())


def test_logs_of_a_job_come_from_its_stream(environment: Target, jobctl: Any) -> None:
    job_id, group = new_job_id(), environment.outputs["cloudwatch_log_group_background_job"]
    put(environment, group, stream_name(job_id), '{"message": "mine", "level": "INFO"}')
    put(environment, group, stream_name(new_job_id()), '{"message": "not mine"}')

    done = jobctl("logs", job_id, "--env", environment.environment)

    assert done.stdout == "INFO    mine\n"


def test_logs_of_a_service_leave_metrics_out_for_people(environment: Target, jobctl: Any) -> None:
    group = environment.outputs["cloudwatch_log_group_main_job"]
    put(environment, group, "main-job/1", '{"message": "hello"}')
    put(environment, group, "main-job/1", '{"_aws": {}, "Received": 1}')
    put(environment, group, "main-job/1", "not json")

    human = jobctl("logs", "main-job", "--env", environment.environment)
    machine = jobctl("logs", "main-job", "--env", environment.environment, "--json")

    assert [text.strip() for text in human.stdout.splitlines()] == ["hello", "not json"]
    assert len(machine.stdout.splitlines()) == 3


def test_following_yields_each_line_once(environment: Target) -> None:
    # given
    group = environment.outputs["cloudwatch_log_group_main_job"]
    start_ms = time.time_ns() // 1_000_000 - 1000
    put(environment, group, "s", "first")

    def write_another(_seconds: float) -> None:
        put(environment, group, "s", "second")

    # when
    events = read_events(
        environment.client("logs"), LogSource((group,)), start_ms, follow=True, sleep=write_another
    )
    texts = [next(events).text for _ in range(3)]
    events.close()  # type: ignore[attr-defined]

    # then
    assert texts == ["first", "second", "second"]


def test_a_pattern_means_the_streams_of_that_pattern(environment: Target) -> None:
    outputs = environment.outputs

    default = log_source(environment, None, "job-streams", "")
    custom = log_source(environment, None, "user-actions/u42", "")

    assert default == LogSource((outputs["cloudwatch_log_group_background_job"],), "job-streams/")
    assert custom == LogSource((outputs["cloudwatch_log_group_custom_processing"],), "user-actions/u42/")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["main-job", "--pattern", "x"], ["--pattern", "a:b"], ["--since", "soon"]]
)
def test_words_that_mean_nothing_are_one_sentence_and_exit_code_2(
    environment: Target, jobctl: Any, arguments: list[str]
) -> None:
    done = jobctl("logs", *arguments, "--env", environment.environment, "--json")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(("text", "expected_ms"), [("90s", 90_000), ("10m", 600_000), ("1d", 86_400_000)])
def test_spans(text: str, expected_ms: int) -> None:
    assert span_ms(text) == expected_ms
    with pytest.raises(BadInput):
        span_ms(text + "x")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_state_bucket_is_private_and_versioned_and_made_once(environment: Target, region: str) -> None:
    account_id = {"us-east-1": "111122223333", "eu-central-1": "444455556666"}[region]
    s3 = environment.session.client("s3", endpoint_url=environment.endpoint, region_name=region)

    first = ensure_state_bucket(s3, account_id, region)
    second = ensure_state_bucket(s3, account_id, region)

    assert first == second == state_bucket_name(account_id)
    assert s3.get_bucket_versioning(Bucket=first)["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket=first)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
