"""`jobctl dlq list` and `show`: what is seen, and that seeing loses nothing."""

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from deployment.target import Target
from dlq_world import (
    audit_lines,
    job,
    messages,
    move_by_sqs,
    read,
    record_of,
    send_dead,
    send_letters,
    write_record,
)
from job_contract import stream_name
from jobctl.console_pages import stream_page
from jobctl.dlq.letters import STAGES


def listed(jobctl: Any, environment: Target, *options: str) -> dict[str, Any]:
    done = jobctl("dlq", "list", "--json", "--env", environment.environment, *options)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_letters_are_grouped_by_reason_and_job_type_with_age_and_stream(
    environment: Target, jobctl: Any
) -> None:
    stored = [job() for _ in range(3)]
    simulated = [job("simulate-work") for _ in range(2)]
    send_dead(environment, stored, "no data")
    send_dead(environment, simulated, "no data")
    send_letters(environment, "triggers", [("not JSON", {"deadLetterReason": text("It is not JSON.")})])

    answer = listed(jobctl, environment)

    kinds = [(each["queue"], each["reason"], each["jobType"], each["letters"]) for each in answer["groups"]]
    assert kinds == [
        ("jobs", "no data", "store-submission", 3),
        ("jobs", "no data", "simulate-work", 2),
        ("triggers", "It is not JSON.", "", 1),
    ]
    of_jobs = {each["jobId"]: each for each in answer["groups"][0]["jobs"]}
    assert set(of_jobs) == {each.job_id for each in stored}
    for job_id, shown in of_jobs.items():
        assert shown["stream"] == stream_name(job_id)
        assert shown["logGroup"] == environment.outputs["cloudwatch_log_group_background_job"]
        assert (shown["ledger"], shown["diedAt"]) == ("dead", "2026-03-01T10:00:00.000Z")
        assert shown["ageSeconds"] > 86_400
    assert answer["queues"]["jobs"] == {"visible": 5, "hidden": 0, "read": 5}
    # Looking has changed nothing, and hides nothing afterwards.
    assert len(messages(environment, "jobs", dead=True)) == 5
    assert len(messages(environment, "triggers", dead=True)) == 1
    assert audit_lines(environment, "jobs") == []


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def test_people_read_counts_streams_and_what_to_do(environment: Target, jobctl: Any) -> None:
    dead = job()
    send_dead(environment, [dead], "The submission has no 'data' object.")
    move_by_sqs(environment, "jobs", job().encode())

    done = jobctl("dlq", "list", "--queue", "jobs", "--env", environment.environment)

    assert done.returncode == 0, done.stderr
    assert "1 jobs: The submission has no 'data' object." in done.stdout
    assert f"{dead.job_id}" in done.stdout
    assert f"job-streams/{stream_name(dead.job_id).partition('/')[2]}".replace("/", "$252F") in done.stdout
    assert "1 jobs: Moved by SQS after 1 receives." in done.stdout
    assert "jobs: 2 letters read of about 2, 2 selected" in done.stdout
    assert "The ledger does not know of 1, which SQS moved: jobctl dlq reconcile tells it." in done.stdout


def test_filters_choose_by_reason_type_id_age_and_queue(environment: Target, jobctl: Any) -> None:
    wanted, other_reason, other_type, young = job(), job(), job("simulate-work"), job()
    send_dead(environment, [wanted], "No DATA at all")
    send_dead(environment, [other_reason], "wrong shape")
    send_dead(environment, [other_type], "no data")
    send_dead(environment, [young], "no data", died="2999-01-01T00:00:00.000Z")
    options = ("--reason", "no data", "--type", "store-submission", "--older-than", "1h", "--queue", "jobs")

    answer = listed(jobctl, environment, *options)

    assert [each["jobId"] for group in answer["groups"] for each in group["jobs"]] == [wanted.job_id]
    assert answer["queues"]["jobs"]["read"] == 4
    by_id = listed(jobctl, environment, "--job-id", young.job_id.lower(), "--job-id", other_type.job_id)
    assert {each["jobId"] for group in by_id["groups"] for each in group["jobs"]} == {
        young.job_id,
        other_type.job_id,
    }


def test_show_prints_a_letter_whole(environment: Target, jobctl: Any) -> None:
    dead = job(n=17)
    send_dead(environment, [dead, job()])

    done = jobctl("dlq", "show", dead.job_id, "--json", "--env", environment.environment)
    words = jobctl("dlq", "show", dead.job_id, "--env", environment.environment)

    (shown,) = json.loads(done.stdout)
    assert (shown["body"], shown["jobId"]) == (dead.encode(), dead.job_id)
    assert shown["attributes"]["deadLetterGeneration"] == text("1")
    assert '"n": 17' in words.stdout
    assert "attribute deadLetterReason = no data" in words.stdout


def test_a_job_without_a_letter_is_one_sentence(environment: Target, jobctl: Any) -> None:
    nobody = job().job_id

    done = jobctl("dlq", "show", nobody, "--env", environment.environment)

    assert done.returncode == 1
    assert f"No letter of {nobody} was read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "--older-than", "soon"], "--older-than 'soon' is no span"),
        (["list", "--queue", "nowhere"], "is not one of"),
        (["show", "nonsense"], "is not a ULID"),
        (["replay"], "Give --all, or say which letters"),
        (["replay", "--all", "--reason", "x"], "not both"),
        (["replay", "--all", "--rate", "0"], "is no rate"),
        (["drop", "--reason", ""], "Give --all, or say which letters"),
        (["drop", "--all", "--save", "x", "--no-save"], "not both"),
        (["nonsense"], "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(jobctl: Any, arguments: list[str], sentence: str) -> None:
    done = jobctl("dlq", *arguments)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.startswith("jobctl: ")


def test_the_ledgers_word_stands_beside_each_letter(environment: Target, jobctl: Any) -> None:
    succeeded, outdated, foreign, unknown = job(), job(), job(), job()
    send_dead(environment, [succeeded, outdated, foreign])
    write_record(environment, succeeded, state="succeeded", generation=1)
    write_record(environment, outdated, state="dead", generation=2)
    write_record(environment, foreign, state="dead", generation=1, fingerprint="another")
    move_by_sqs(environment, "jobs", unknown.encode())

    answer = listed(jobctl, environment, "--queue", "jobs")

    words = {each["jobId"]: each["ledger"] for group in answer["groups"] for each in group["jobs"]}
    assert words == {
        succeeded.job_id: "succeeded",
        outdated.job_id: "outdated",
        foreign.job_id: "other",
        unknown.job_id: "unknown",
    }
    assert answer["toReconcile"] == 1
    assert record_of(environment, unknown) is None


def test_a_second_reader_says_that_letters_are_hidden(environment: Target, jobctl: Any) -> None:
    send_dead(environment, [job() for _ in range(3)])
    hold, letters = read(environment, limit=2)

    second = listed(jobctl, environment, "--queue", "jobs")
    hold.close()

    assert len(letters) == 2
    assert second["queues"]["jobs"] == {"visible": 1, "hidden": 2, "read": 1}
    assert len(messages(environment, "jobs", dead=True)) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_gives_back_what_was_read(environment: Target, jobctl: Any, number: signal.Signals) -> None:
    send_dead(environment, [job() for _ in range(12)])
    sqs, url = environment.client("sqs"), environment.outputs[STAGES["jobs"].dead_letter_queue]
    command = ["dlq", "drop", "--all", "--queue", "jobs", "--env", environment.environment]
    waiting = subprocess.Popen(
        [sys.executable, "-m", "jobctl", *command],
        env=jobctl.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        # It asks for the number, with all letters in hand.
        assert waiting.stderr is not None
        asked = ""
        deadline = time.monotonic() + 90
        while "Type 12" not in asked and time.monotonic() < deadline:
            asked += waiting.stderr.read(1)
        assert not sqs.receive_message(QueueUrl=url).get("Messages")
        waiting.send_signal(number)
        waiting.communicate(timeout=90)
    finally:
        waiting.kill()
        waiting.wait()

    assert waiting.returncode == 128 + number
    assert len(messages(environment, "jobs", dead=True)) == 12


def test_what_is_held_stays_hidden_beyond_its_visibility(
    environment: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobctl.dlq.holding.HIDDEN_SECONDS", 6)
    monkeypatch.setattr("jobctl.dlq.holding._SPARE_SECONDS", 5.5)
    monkeypatch.setattr("jobctl.dlq.holding._BEAT_SECONDS", 0.2)
    send_dead(environment, [job() for _ in range(11)])

    hold, letters = read(environment)
    time.sleep(7)
    seen_by_others = messages(environment, "jobs", dead=True)
    still_held = [hold.holds(letter) for letter in letters]
    hold.close()

    assert (len(letters), seen_by_others, set(still_held)) == (11, [], {True})
    assert len(messages(environment, "jobs", dead=True)) == 11


def test_the_page_of_a_stream_quotes_its_names_as_cloudwatch_does() -> None:
    page = stream_page("us-gov-west-1", "/ecs/a/background-job", "job-streams/2026-11-02/X")

    assert page == (
        "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1"
        "#logsV2:log-groups/log-group/$252Fecs$252Fa$252Fbackground-job"
        "/log-events/job-streams$252F2026-11-02$252FX"
    )
