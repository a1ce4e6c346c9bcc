"""`simulate-work`: fails and crashes on demand, and only where that is allowed."""

import os
import signal
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from background_job.handlers.simulate_work import handle, read
from job_contract import Job
from job_world import JobWorld, RecordedLog, a_job, message_for
from queue_worker import Reject, Retry


def run(data: dict[str, Any], *, attempt: int = 1, job: Job | None = None) -> Any:
    return handle(job or a_job(data), RecordedLog(), attempt, fault_injection=True)


def test_it_is_refused_unless_the_environment_allows_fault_injection(jobs: JobWorld) -> None:
    job = a_job({"crashRate": 1})
    outcome = jobs.outcome(message_for(job), jobs.processor(fault_injection=False))
    assert isinstance(outcome, Reject)
    assert "FAULT_INJECTION is off" in outcome.reason


def test_without_wishes_it_returns_what_it_was_given() -> None:
    assert run({"id": "a-17", "work": 3}) == {"id": "a-17", "work": 3, "attempt": 1, "sleptSeconds": 0}


def test_a_fail_rate_of_one_always_fails_and_of_zero_never() -> None:
    with pytest.raises(Retry):
        run({"failRate": 1})
    run({"failRate": 0})


def test_a_reject_rate_of_one_always_rejects() -> None:
    with pytest.raises(Reject):
        run({"rejectRate": 1})


def test_the_first_attempts_fail_as_many_as_asked() -> None:
    for attempt in (1, 2):
        with pytest.raises(Retry):
            run({"failAttempts": 2}, attempt=attempt)
    run({"failAttempts": 2}, attempt=3)


def test_a_seed_makes_a_job_behave_the_same_at_the_same_attempt() -> None:
    data = {"sleepRangeSeconds": [0, 0.01], "seed": 7}
    job = a_job(data)
    assert run(data, job=job) == run(data, job=job)
    times = {run(data, job=job, attempt=attempt)["sleptSeconds"] for attempt in range(1, 20)}
    assert len(times) > 3
    assert all(0 <= seconds <= 0.01 for seconds in times)


def test_a_rate_between_fails_about_that_often() -> None:
    data = {"failRate": 0.2, "seed": "steady"}
    job = msgspec.structs.replace(a_job(data), job_id="01K9DZ6WXR0000000000000000")
    failures = 0
    for attempt in range(1, 401):
        try:
            run(data, job=job, attempt=attempt)
        except Retry:
            failures += 1
    assert 50 < failures < 110


def test_a_long_sleep_comes_at_its_rate() -> None:
    assert run({"longSleepSeconds": 0.02, "sleepSeconds": 0.001})["sleptSeconds"] == 0.02
    slept = run({"longSleepSeconds": 9, "longSleepRate": 0, "sleepSeconds": 0.001})["sleptSeconds"]
    assert slept == 0.001


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"crashRate": 1.5}, "crash_rate is 1.5; it must be from 0 to 1."),
        ({"failRate": -1}, "fail_rate is -1"),
        ({"sleepSeconds": -3}, "sleepSeconds is -3"),
        ({"sleepSeconds": 1e9}, "sleepSeconds is 1e\\+09"),
        ({"sleepRangeSeconds": [3, 1]}, "the smaller comes first"),
        ({"sleepRangeSeconds": [1]}, "wrong shape"),
        ({"work": "much"}, "wrong shape"),
    ],
)
def test_wishes_out_of_bounds_are_rejected_with_a_sentence(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Reject, match=sentence):
        read(data)


@pytest.mark.parametrize(("exit_code", "ended_as"), [(3, 3), (137, -signal.SIGKILL)])
def test_a_crash_ends_the_process_at_once(exit_code: int, ended_as: int) -> None:
    program = (
        "from job_contract import Job, JobData, new_job_id;"
        "from background_job.handlers.simulate_work import handle;"
        "from unittest.mock import Mock;"
        f"data = {{'crashRate': 1, 'exitCode': {exit_code}}};"
        "job = Job(job_id=new_job_id(), job_type='simulate-work', timestamp='', correlation_id='',"
        " data=JobData(original_trigger={'data': data}));"
        "handle(job, Mock(), 1, fault_injection=True)"
    )
    ended = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False, timeout=60)
    assert ended.returncode == ended_as
