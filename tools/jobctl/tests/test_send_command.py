"""`jobctl send`, against queues of the embedded AWS."""

import json
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from deployment.target import Target
from jobctl.queues import counts

QUEUE = "sqs_main_job_triggers_queue_url"


def bodies(environment: Target) -> list[dict[str, Any]]:
    answer = environment.client("sqs").receive_message(
        QueueUrl=environment.outputs[QUEUE], MaxNumberOfMessages=10
    )
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def test_the_queue_is_found_in_the_outputs_of_the_environment(environment: Target, jobctl: Any) -> None:
    done = jobctl("send", "--env", environment.environment, "--data", '{"a": 1}', "--json")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["succeeded"], answer["failed"]) == (1, 0)
    (body,) = bodies(environment)
    assert body["data"] == {"a": 1}
    assert body["jobId"] == answer["messages"][0]["jobId"]


def test_data_comes_from_a_file_or_from_stdin(environment: Target, jobctl: Any, tmp_path: Path) -> None:
    file = tmp_path / "my data.json"
    file.write_text('{"from": "file"}')
    queue_url = environment.outputs[QUEUE]

    assert jobctl("send", "--queue-url", queue_url, "--data", f"@{file}").returncode == 0
    assert jobctl("send", "--queue-url", queue_url, "--data", "-", stdin='{"from": "stdin"}').returncode == 0

    assert sorted(body["data"]["from"] for body in bodies(environment)) == ["file", "stdin"]


def test_the_counts_are_printed_for_people(environment: Target, jobctl: Any) -> None:
    done = jobctl("send", "--count", "25", "--queue-url", environment.outputs[QUEUE])

    assert "25 sent, 0 failed" in done.stdout
    assert "... and 15 more" in done.stdout


@pytest.mark.parametrize("count", ["1", "3"])
def test_as_many_as_are_counted_carry_the_laboratory_payload(
    environment: Target, jobctl: Any, count: str
) -> None:
    done = jobctl("send", "--count", count, "--rate", "50", "--queue-url", environment.outputs[QUEUE])

    assert done.returncode == 0, done.stderr
    data = [body["data"] for body in bodies(environment)]
    assert sorted(each["work"] for each in data) == list(range(int(count)))
    assert len({uuid.UUID(each["id"]) for each in data}) == int(count)


def test_ctrl_c_leaves_whole_batches_and_their_counts(environment: Target, jobctl_process: Any) -> None:
    queue_url = environment.outputs[QUEUE]
    process = jobctl_process("send", "--count", "500", "--rate", "2", "--queue-url", queue_url, "--json")
    sqs = environment.client("sqs")
    deadline = time.monotonic() + 60
    while counts(sqs, queue_url)[0] < 2:
        assert time.monotonic() < deadline, "two were not sent within a minute"
        time.sleep(0.1)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)

    answer = json.loads(stdout)
    assert process.returncode == 130, stderr
    assert "Interrupted" in stderr
    assert 2 <= answer["succeeded"] == counts(sqs, queue_url)[0] < 500
    assert answer["failed"] == 0


def test_a_refused_pattern_is_sent_with_a_note(environment: Target, jobctl: Any) -> None:
    done = jobctl("send", "--log-stream-pattern", "a:b", "--queue-url", environment.outputs[QUEUE])

    assert done.returncode == 0
    assert "will use the default stream" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "{"], "--data is not JSON"),
        (["--data", "@/no/such file"], "the file cannot be read (No such file or directory)"),
        (["--job-id", "nonsense"], "is not a ULID"),
        (["--job-id", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--count", "2"], "--count 1 only"),
        (["--count", "0"], "is not in the range"),
        (["--count", "many"], "is not a valid integer"),
        (["--rate", "0"], "is no rate"),
        (["--rate", "nan"], "is no rate"),
        (["--type", "with space"], "is not a name"),
        (["--trigger", ""], "must hold 1 to 256 characters"),
        (["--nonsense"], "No such option"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(jobctl: Any, arguments: list[str], sentence: str) -> None:
    done = jobctl("send", "--json", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.startswith("jobctl: ")
    assert done.stderr.count("\n") == 1


def test_a_queue_that_does_not_exist_is_one_sentence_and_exit_code_1(aws_endpoint: str, jobctl: Any) -> None:
    done = jobctl("send", "--json", "--queue-url", f"{aws_endpoint}/123456789012/nowhere")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("jobctl: The queue does not exist")
    assert done.stderr.count("\n") == 1
