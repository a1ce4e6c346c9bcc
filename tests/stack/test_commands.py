"""send, show, queues and logs against the whole stack."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from deployment.product import product
from jobctl.stack.expected import expected_outputs
from stack_processes import wait_until

pytestmark = pytest.mark.stack

PREFIX = f"{product().project_name}-dev"
MAIN_QUEUE = f"{PREFIX}-main-job-triggers"


def test_a_trigger_that_is_sent_can_be_shown_to_its_end(jobctl_json: Any) -> None:
    # given
    sent = jobctl_json("send", "--type", "store-submission", "--data", '{"email_timestream": 1749465045}')
    job_id = sent["messages"][0]["jobId"]

    # when
    shown = jobctl_json("show", job_id, "--wait", "30")

    # then
    assert (shown["state"], shown["attempts"], shown["jobType"]) == ("succeeded", 1, "store-submission")
    assert shown["stream"].endswith(f"/{job_id}")
    assert shown["lines"][0]["message"] == "Processing background job: store-submission"
    assert all(line["jobId"] == job_id for line in shown["lines"])
    assert shown["result"].endswith(f"/{job_id}/1")
    assert "2025-06-09T10:30:45" in json.dumps(shown["resultContent"])
    wait_until(lambda: jobctl_json("show", job_id)["trigger"]["state"] == "queued", "main_job's line")
    trigger = jobctl_json("show", job_id)["trigger"]
    assert trigger["messageId"] == sent["messages"][0]["messageId"]


def test_a_dead_job_says_why(jobctl_json: Any) -> None:
    job_id = jobctl_json("send", "--type", "store-submission", "--data", '{"a": 1}')["messages"][0]["jobId"]

    shown = jobctl_json("show", job_id, "--wait", "30")

    assert shown["state"] == "dead"
    assert "email_timestream" in shown["reason"]
    wait_until(
        lambda: jobctl_json("queues")[f"{PREFIX}-background-jobs"]["dead"] >= 1,
        "the dead letter",
    )


def test_a_trigger_that_wants_no_job_is_not_waited_for(stack: Any, jobctl_json: Any) -> None:
    job_id = jobctl_json("send", "--no-background-job")["messages"][0]["jobId"]

    began = time.monotonic()
    shown = jobctl_json("show", job_id, "--wait", "120")

    assert (shown["state"], shown["trigger"]["state"]) == ("unknown", "done")
    assert time.monotonic() - began < 120


def test_an_unknown_job_is_reported_and_waiting_for_it_in_vain_exits_1(stack: Any) -> None:
    job_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    shown = stack.jobctl("show", job_id, "--json")
    waited = stack.jobctl("show", job_id, "--wait", "1")

    assert (shown.returncode, json.loads(shown.stdout)["state"]) == (0, "unknown")
    assert (waited.returncode, waited.stderr.splitlines()[-1]) == (1, "jobctl: The job is unknown after 1 s.")


def test_many_triggers_all_become_jobs_of_their_own(jobctl_json: Any) -> None:
    sent = jobctl_json("send", "--count", "23")

    ids = {message["jobId"] for message in sent["messages"]}
    assert (sent["succeeded"], sent["failed"], len(ids)) == (23, 0, 23)
    assert {jobctl_json("show", job_id, "--wait", "30")["state"] for job_id in ids} == {"succeeded"}


def test_the_same_job_id_twice_is_one_job(jobctl_json: Any) -> None:
    first = jobctl_json("send", "--data", "1")["messages"][0]["jobId"]
    jobctl_json("show", first, "--wait", "30")

    jobctl_json("send", "--data", "1", "--job-id", first.lower())

    assert jobctl_json("show", first, "--wait", "30")["attempts"] == 1


def test_queues_counts_without_receiving(stack: Any, jobctl_json: Any) -> None:
    queues = jobctl_json("queues")

    assert set(queues) == {MAIN_QUEUE, f"{PREFIX}-background-jobs"}
    assert all(
        isinstance(queue[key], int) for queue in queues.values() for key in ("visible", "inFlight", "dead")
    )
    assert queues[MAIN_QUEUE]["oldestAgeSeconds"] is not None
    assert MAIN_QUEUE in stack.jobctl("queues").stdout


def test_logs_of_a_job_a_service_and_a_pattern(stack: Any, jobctl_json: Any) -> None:
    # given
    sent = jobctl_json("send", "--log-stream-pattern", "user-actions/u42", "--correlation-id", "c-42")
    job_id = sent["messages"][0]["jobId"]
    jobctl_json("show", job_id, "--wait", "30")

    # when / then
    assert "Processing background job" in stack.jobctl("logs", job_id).stdout
    by_pattern = stack.jobctl("logs", "--pattern", "user-actions/u42", "--json").stdout.splitlines()
    assert {json.loads(line)["line"]["correlationId"] for line in by_pattern} == {"c-42"}
    assert all("custom-processing" in json.loads(line)["logGroup"] for line in by_pattern)
    wait_until(lambda: job_id in stack.jobctl("logs", "main-job").stdout, "main_job's line")
    filtered = stack.jobctl("logs", "main-job", "--filter", f'"{job_id}"').stdout.splitlines()
    assert filtered
    assert all(job_id in line for line in filtered)


def test_following_logs_shows_a_line_that_comes_later(stack: Any, jobctl_json: Any) -> None:
    # given
    command = ["-m", "jobctl", "logs", "background-job", "--follow", "--since", "1s", "--json"]
    with subprocess.Popen(
        [sys.executable, *command], env=stack.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as follower:
        try:
            # when
            job_id = jobctl_json("send")["messages"][0]["jobId"]

            # then
            assert follower.stdout is not None
            assert any(job_id in line for line in follower.stdout)
        finally:
            follower.terminate()


def test_the_target_is_named_on_stderr_and_json_stands_alone_on_stdout(stack: Any) -> None:
    human, machine = stack.jobctl("queues"), stack.jobctl("queues", "--json")

    assert human.stderr.strip() == f"Target: the local stack ({stack.endpoint})"
    assert machine.stderr == ""
    json.loads(machine.stdout)


def test_the_state_of_an_environment_is_read_as_on_an_account(stack: Any) -> None:
    done = stack.jobctl("queues", "--env", "dev", "--json")

    assert done.returncode == 0, done.stderr
    assert MAIN_QUEUE in json.loads(done.stdout)


def test_an_environment_that_was_never_applied_is_one_sentence(stack: Any) -> None:
    done = stack.jobctl("send", "--env", "prod", "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("jobctl: There is no Terraform state s3://")
    assert done.stderr.count("\n") == 1


def test_a_queue_that_does_not_exist_is_one_sentence(stack: Any) -> None:
    done = stack.jobctl("send", "--queue-url", f"{stack.endpoint}/123456789012/nowhere", "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("jobctl: The queue does not exist in the local stack")


def test_the_names_that_the_demo_counts_on_are_those_of_terraform(stack: Any) -> None:
    expected = dict(expected_outputs(stack.endpoint, "123456789012").values)

    assert {name: stack.outputs[name].rpartition("/")[2] for name in expected} == {
        name: value.rpartition("/")[2] for name, value in expected.items()
    }
