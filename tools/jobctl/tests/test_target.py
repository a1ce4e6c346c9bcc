"""Which AWS is talked to, and what is said when it cannot be."""

from pathlib import Path
from typing import Any

import pytest
from deployment.product import product
from deployment.target import Target, local_target
from deployment.variables import write_env_file

SEND = ("send", "--json")


def one_sentence(done: Any) -> str:
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return str(done.stderr)


def test_without_a_stack_nothing_is_called(jobctl: Any, tmp_path: Path) -> None:
    done = jobctl(*SEND, AWS_ENDPOINT_URL="", JOBCTL_STATE_DIR=str(tmp_path / "none"))

    assert one_sentence(done).startswith("jobctl: No local stack is running; start one with `make up`")


def test_an_endpoint_elsewhere_is_refused_unless_an_account_was_asked_for(jobctl: Any) -> None:
    done = jobctl(*SEND, AWS_ENDPOINT_URL="https://sqs.us-east-1.amazonaws.com")

    assert "which is not this machine; give --env and --profile" in one_sentence(done)


def test_the_stack_is_found_without_sourcing(environment: Target, jobctl: Any, tmp_path: Path) -> None:
    write_env_file(tmp_path / "stack.env", {"AWS_ENDPOINT_URL": environment.endpoint or ""})

    done = jobctl(
        *SEND,
        "--queue-url",
        environment.outputs["sqs_main_job_triggers_queue_url"],
        AWS_ENDPOINT_URL="",
        JOBCTL_STATE_DIR=str(tmp_path / "stack"),
    )

    assert done.returncode == 0, done.stderr


def test_a_stack_that_does_not_answer_is_one_sentence(jobctl: Any) -> None:
    done = jobctl(*SEND, AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert one_sentence(done).startswith("jobctl: The local stack (http://127.0.0.1:9) does not answer")


def test_an_unknown_profile_is_one_sentence(jobctl: Any) -> None:
    done = jobctl(*SEND, "--profile", "nobody")

    assert "The config profile (nobody) could not be found" in one_sentence(done)


def test_missing_credentials_are_one_sentence(jobctl: Any) -> None:
    done = jobctl(*SEND, "--env", "dev", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    assert "No AWS credentials were found; set AWS_PROFILE or give --profile" in one_sentence(done)


def test_an_environment_without_state_is_one_sentence(environment: Target, jobctl: Any) -> None:
    assert "There is no Terraform state s3://" in one_sentence(jobctl(*SEND, "--env", "never"))


def test_a_profile_of_the_persons_own_does_not_disturb_the_local_stack(
    environment: Target, jobctl: Any
) -> None:
    queue_url = environment.outputs["sqs_main_job_triggers_queue_url"]

    done = jobctl(*SEND, "--queue-url", queue_url, AWS_PROFILE="does-not-exist")

    assert done.returncode == 0, done.stderr


def test_an_account_is_named_on_stderr_before_anything_is_done(environment: Target, jobctl: Any) -> None:
    done = jobctl("queues", "--env", environment.environment)

    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        f"Target: {environment.environment} in account 123456789012, {product().aws_region}"
    )


def test_a_missing_output_says_which(aws_endpoint: str, environment: Target) -> None:
    with pytest.raises(Exception, match="has no output nothing; was its apply finished"):
        _ = environment.outputs["nothing"]


def test_clients_of_the_local_stack_are_made_once(aws_endpoint: str) -> None:
    target = local_target(aws_endpoint)

    assert target.client("sqs") is target.client("sqs")
