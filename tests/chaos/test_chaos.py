"""About a minute of chaos through the real system; and the checks themselves see what they are there for."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import msgspec
import pytest
from chaos import Order, run
from chaos_accounting import READERS, drops_problems, history_problems, own_events, starts_problems
from chaos_record import Write
from chaos_schedule import FAULTS, KILLS, PROCESSES, make_schedule
from contract_world import Aws
from job_contract import JobState, LedgerRecord

SECONDS = 45.0
SEED = 20261128
RATE = 4.0


@pytest.fixture
def threads_change_often() -> Iterator[None]:
    """Python changes from thread to thread as often as it can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.waits
@pytest.mark.timeout(1800)
def test_the_books_balance_after_a_minute_of_chaos(tmp_path: Path) -> None:
    done = run(Order(SECONDS, SEED, RATE, drain_seconds=1200), tmp_path, print)
    assert not done.books.problems, done.text
    assert done.books.ends["succeeded"] > 0
    assert set(done.acts.done) >= {*KILLS, "kill agent", *FAULTS}


def test_a_seed_gives_the_same_schedule_and_a_minute_holds_every_kind() -> None:
    schedule = make_schedule(7, 60)
    assert schedule == make_schedule(7, 60)
    assert schedule != make_schedule(8, 60)
    assert {disturbance.kind for disturbance in schedule} == {*KILLS, *PROCESSES, *FAULTS}


RECORD = LedgerRecord(job_id="j", job_type="t", fingerprint="f", state=JobState.SUCCEEDED, attempts=2)
FIRST = Write(1.0, "running", "a", 1, 0, is_claim=True)
SECOND = Write(2.0, "running", "b", 2, 0, is_claim=True)
WON = Write(3.0, "succeeded", "b", 2, 0, is_claim=False)


def test_readers_at_once_find_nothing_in_a_stream_that_was_never_begun(
    aws_endpoint: str, threads_change_often: None
) -> None:
    record = msgspec.structs.replace(RECORD, log_group="/ecs/chaos/never-made", stream="never-begun")
    for _ in range(20):
        boto3.setup_default_session()  # forgets the classes of its errors
        aws, together = Aws(aws_endpoint), threading.Barrier(READERS)

        def read(_: int, aws: Aws = aws, together: threading.Barrier = together) -> list[str]:
            together.wait(30)
            return own_events(aws, record)

        with ThreadPoolExecutor(READERS) as readers:
            assert list(readers.map(read, range(READERS))) == [[]] * READERS


def test_a_history_with_one_outcome_is_in_order_and_an_answer_that_was_lost_may_be_repeated() -> None:
    assert list(history_problems(RECORD, [FIRST, SECOND, WON])) == []
    assert list(history_problems(RECORD, [FIRST, SECOND, WON, WON])) == []
    assert list(starts_problems(RECORD, [(2, "task")])) == []


@pytest.mark.parametrize(
    ("writes", "problem"),
    [
        ([FIRST, SECOND, WON, Write(4.0, "succeeded", "a", 2, 0, is_claim=False)], "decided 2 times"),
        ([FIRST, SECOND, WON, Write(4.0, "dead", "b", 2, 1, is_claim=False)], "decided 2 times"),
        ([FIRST, SECOND], "which nobody wrote"),
        ([FIRST, WON], "1 claims were written"),
        ([FIRST, WON, Write(4.0, "running", "b", 2, 0, is_claim=True)], "claimed after its end"),
    ],
)
def test_a_history_that_breaks_the_contract_is_seen(writes: list[Write], problem: str) -> None:
    assert any(problem in found for found in history_problems(RECORD, writes))


def test_an_attempt_that_began_twice_or_is_not_in_the_ledger_is_seen() -> None:
    # An agent that was killed ships a line again: the same attempt, by the same task.
    assert list(starts_problems(RECORD, [(1, "task"), (1, "task")])) == []
    assert "began more than once" in next(starts_problems(RECORD, [(1, "task"), (1, "other")]))
    assert "the ledger counts 2" in next(starts_problems(RECORD, [(3, "task")]))


def test_lines_that_are_missing_and_that_no_worker_spoke_of_are_seen() -> None:
    missing = {"one": ["a", "a", "b"], "other": ["c"]}
    assert list(drops_problems(missing, {"one": 3, "other": 1})) == []
    assert [job_id for job_id, _ in drops_problems(missing, {"one": 2, "other": 1})] == ["a", "b"]
    assert [job_id for job_id, _ in drops_problems(missing, {"one": 9})] == ["c"]
