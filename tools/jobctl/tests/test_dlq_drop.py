"""`jobctl dlq drop` and `reconcile`: what is given up leaves a trace; the ledger learns what SQS moved."""

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from deployment.errors import BadInput
from deployment.target import Target
from dlq_world import audit_lines, job, messages, move_by_sqs, read, record_of, send_dead, write_record
from job_contract import Job, JobState
from jobctl.commands.dlq_drop import confirm
from jobctl.dlq.ledger_view import Entry, Standing, entries, reconcile


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def drop(jobctl: Any, environment: Target, *options: str, **settings: Any) -> Any:
    return jobctl(
        "dlq", "drop", "--all", "--queue", "jobs", "--env", environment.environment, *options, **settings
    )


def moved(environment: Target, of: Job) -> Entry:
    """The job's letter as SQS moved it, given back already, with the ledger's word."""
    move_by_sqs(environment, "jobs", of.encode())
    hold, letters = read(environment)
    hold.close()
    (entry,) = entries(environment, [letter for letter in letters if letter.job_id == of.job_id], now_ms())
    return entry


def test_what_is_dropped_is_saved_told_to_the_ledger_and_to_auditors(
    environment: Target, jobctl: Any, tmp_path: Path
) -> None:
    dead = [job(n=number) for number in range(12)]
    send_dead(environment, dead, "no data")
    file = tmp_path / "letters.jsonl"

    done = drop(jobctl, environment, "--save", str(file), stdin="12\n")

    assert done.returncode == 0, done.stderr
    assert "12 dropped, 0 failed" in done.stdout
    assert messages(environment, "jobs", dead=True) == messages(environment, "jobs") == []
    kept = {line["jobId"]: line for line in map(json.loads, file.read_text().splitlines())}
    assert {job_id: line["body"] for job_id, line in kept.items()} == {j.job_id: j.encode() for j in dead}
    assert kept[dead[0].job_id]["attributes"]["deadLetterGeneration"]["StringValue"] == "1"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    record = record_of(environment, dead[0])
    assert record is not None
    assert record.state is JobState.DEAD
    assert record.reason.startswith("Dropped by arn:aws:")
    assert record.reason.endswith("It had died of: no data")
    dropped = [line["jobId"] for line in audit_lines(environment, "jobs")[1:]]
    assert sorted(dropped) == sorted(each.job_id for each in dead)


@pytest.mark.parametrize("typed", ["", "11\n", "yes\n"])
def test_another_word_than_the_number_drops_nothing(environment: Target, jobctl: Any, typed: str) -> None:
    send_dead(environment, [job()])

    done = drop(jobctl, environment, stdin=typed)

    assert done.returncode == 1
    assert "Nothing was dropped: '1' was not typed." in done.stderr
    assert len(messages(environment, "jobs", dead=True)) == 1


def test_a_file_that_exists_is_not_overwritten(environment: Target, jobctl: Any, tmp_path: Path) -> None:
    send_dead(environment, [job()])
    file = tmp_path / "letters.jsonl"
    file.write_text("precious")

    done = drop(jobctl, environment, "--yes", "--save", str(file))

    assert done.returncode == 2
    assert "the file exists; name a new one" in done.stderr
    assert file.read_text() == "precious"
    assert len(messages(environment, "jobs", dead=True)) == 1


def test_without_a_word_they_are_saved_beside_the_caller(
    environment: Target, jobctl: Any, tmp_path: Path
) -> None:
    send_dead(environment, [job()])
    (tmp_path / "infra").symlink_to(Path(__file__).resolve().parents[3] / "infra")

    done = drop(jobctl, environment, "--yes", "--json", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert len((tmp_path / answer["saved"]).read_text().splitlines()) == len(answer["dropped"]) == 1


def test_the_letter_of_another_jobs_id_leaves_that_jobs_record_alone(
    environment: Target, jobctl: Any
) -> None:
    impostor = job()
    send_dead(environment, [impostor])
    write_record(environment, impostor, state="succeeded", fingerprint="of the first one")
    before = record_of(environment, impostor)

    done = drop(jobctl, environment, "--yes", "--no-save")

    assert done.returncode == 0, done.stderr
    assert record_of(environment, impostor) == before


def test_a_job_in_work_is_not_dropped(environment: Target, jobctl: Any) -> None:
    running = job()
    move_by_sqs(environment, "jobs", running.encode())
    write_record(environment, running, state="running", leaseUntilMs=now_ms() + 600_000)

    done = drop(jobctl, environment, "--yes", "--no-save")

    assert done.returncode == 1
    assert "its job is in work, says the ledger" in done.stderr
    assert len(messages(environment, "jobs", dead=True)) == 1


def test_the_ledger_is_told_of_a_job_that_nobody_ever_began(environment: Target, jobctl: Any) -> None:
    unknown = job()
    move_by_sqs(environment, "jobs", unknown.encode())

    done = jobctl("dlq", "reconcile", "--queue", "jobs", "--env", environment.environment)

    assert done.returncode == 0, done.stderr
    assert "The ledger was told of 1 of 1 letters read." in done.stdout
    record = record_of(environment, unknown)
    assert record is not None
    assert (record.state, record.generation, record.attempts) == (JobState.DEAD, 0, 0)
    assert record.reason == "Moved by SQS after 1 receives. No attempt was ever recorded."
    assert record.fingerprint == unknown.fingerprint()
    assert record.expires_at > time.time() + 43 * 86_400


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": "running", "attempts": 5}, "Attempt 5 never reported back: its worker died."),
        ({"state": "retrying", "attempts": 2, "reason": "timeout"}, "Attempt 2 had failed: timeout"),
    ],
    ids=["running", "retrying"],
)
def test_a_job_that_was_left_open_is_dead_with_the_reason(
    environment: Target, fields: dict[str, Any], reason: str
) -> None:
    left = job()
    write_record(environment, left, **fields, generation=3, leaseUntilMs=now_ms() - 120_000, expiresAt=1)
    move_by_sqs(
        environment,
        "jobs",
        left.encode(),
        {"deadLetterGeneration": {"DataType": "String", "StringValue": "3"}},
    )
    hold, letters = read(environment)
    hold.close()
    (entry,) = entries(environment, letters, now_ms())

    assert entry.standing is Standing.LEFT_OPEN
    assert reconcile(environment, entry, now_ms())

    record = record_of(environment, left)
    assert record is not None
    # The letter carries this generation, so it reopens the job.
    assert (record.state, record.generation) == (JobState.DEAD, 3)
    assert record.reason == f"Moved by SQS after 1 receives. {reason}"
    assert record.lease_until_ms == 0


def test_a_lease_that_may_still_be_held_is_left_alone(environment: Target) -> None:
    alive = job()
    # The operator's clock may be half a minute behind.
    write_record(environment, alive, state="running", leaseUntilMs=now_ms() - 30_000)

    entry = moved(environment, alive)

    assert (entry.standing, entry.to_reconcile) == (Standing.IN_WORK, False)


@pytest.mark.parametrize(
    "progress", [{"attemptToken": "another's"}, {"leaseUntilMs": 1}, {"state": "succeeded"}]
)
def test_whoever_moved_on_meanwhile_wins(environment: Target, progress: dict[str, Any]) -> None:
    raced = job()
    before = {"state": "running", "leaseUntilMs": 0}
    write_record(environment, raced, **before)
    entry = moved(environment, raced)
    write_record(environment, raced, **before | progress)
    decided = record_of(environment, raced)

    assert not reconcile(environment, entry, now_ms())

    assert record_of(environment, raced) == decided


def test_an_older_copy_than_the_ledgers_is_not_taken_for_the_jobs_death(environment: Target) -> None:
    reopened = job()
    write_record(environment, reopened, state="running", generation=2)

    assert moved(environment, reopened).standing is Standing.OUTDATED


def test_prod_asks_for_its_name_and_takes_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("jobctl.commands.dlq_drop.ask_for_name", lambda name, _otherwise: asked.append(name))

    confirm("prod", 7, yes=False)
    confirm("dev", 7, yes=False)
    confirm("dev", 7, yes=True)

    assert asked == ["prod", "7"]
    with pytest.raises(BadInput, match="--yes does not go with prod"):
        confirm("prod", 7, yes=True)
