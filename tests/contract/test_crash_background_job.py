"""background_job is killed with SIGKILL at every AWS call in turn; a fresh one finishes what it left."""

from collections.abc import Callable, Sequence

import pytest
from contract_accounting import assert_result_of_the_winner, balance_jobs
from contract_crash import Case, Path
from contract_crash_session import CrashSession
from contract_messages import SUBMISSION, job, message
from contract_prepared import (
    Prepared,
    dead_letters,
    jobs_out_of_attempts,
    leased_jobs,
    outdated_dead_letters,
    succeeded_jobs,
)
from contract_services import BACKGROUND_JOB
from contract_waiting import wait_until
from contract_world import Sent
from job_contract import JobState, parse_job

CLAIM = "UpdateItem"
Wanted = Callable[[], Sequence[Sent]]


def ends(*, succeeded: int = 0, dead: int = 0, attempts: int) -> Callable[[Case], None]:
    """The books balance, with so many of each, after at most so many attempts."""

    def check(case: Case) -> None:
        books = balance_jobs(case.world, [parse_job(sent.body).job_id for sent in case.sent])
        assert (len(books.succeeded), len(books.dead)) == (succeeded, dead), books
        for record in (books.succeeded | books.dead).values():
            assert record.attempts <= attempts, f"attempts were burnt: {record}"

    return check


def path(
    name: str,
    messages: Wanted,
    check: Callable[[Case], None],
    calls: tuple[int, int],
    **options: object,
) -> Path:
    """`calls`: the fewest kills, and more calls than there are."""
    return Path(
        name=f"background_job: {name}",
        module=BACKGROUND_JOB,
        messages=lambda _: messages(),
        check=check,
        fewest_kills=calls[0],
        most_calls=calls[1],
        **options,  # type: ignore[arg-type]
    )


def simulate(**data: object) -> Sent:
    return message(job("simulate-work", data))


PATHS = [
    path("success", lambda: [message(job(data={"a": 1}))], ends(succeeded=1, attempts=2), (13, 20)),
    path("retry", lambda: [simulate(failAttempts=1)], ends(succeeded=1, attempts=3), (22, 30)),
    path("reject", lambda: [message(job("store-submission", "no data"))], ends(dead=1, attempts=2), (13, 20)),
    path(
        "last attempt fails",
        lambda: [simulate(failAttempts=9)],
        ends(dead=1, attempts=1),
        (13, 20),
        settings={"MAX_ATTEMPTS": 1},
    ),
    path(
        "shutdown, the job finishes",
        lambda: [simulate(sleepSeconds=0.5)],
        ends(succeeded=1, attempts=2),
        (12, 24),
        terminate_at=CLAIM,
    ),
    path(
        "shutdown, the job is handed back",
        lambda: [simulate(sleepSeconds=2.5)],
        ends(succeeded=1, attempts=2),
        (10, 28),
        terminate_at=CLAIM,
        # Handlers get what the reserve of five seconds leaves.
        settings={"DRAIN_TIMEOUT_SECONDS": 6.2},
        fresh_settings={},
    ),
    path(
        "shutdown with a poll out",
        lambda: [message(job()), message(job())],
        ends(succeeded=2, attempts=1),
        (2, 4),
        terminate_at="ReceiveMessage",
    ),
]
LONG_PATHS = [
    path(
        "success and reject in one batch",
        lambda: [message(job("store-submission", SUBMISSION)), message(job("store-submission", "no data"))],
        ends(succeeded=1, dead=1, attempts=2),
        (23, 40),
    ),
    path(
        "unknown job type",
        lambda: [message(job("not-known-here"))],
        ends(dead=1, attempts=2),
        (22, 40),
        settings={"MAX_ATTEMPTS": 2},
    ),
]


@pytest.mark.parametrize(
    "crashed",
    [*PATHS, *(pytest.param(each, marks=pytest.mark.slow) for each in LONG_PATHS)],
    ids=lambda crashed: crashed.name,
)
def test_a_kill_at_any_call_loses_and_doubles_nothing(crashed: Path, crash_session: CrashSession) -> None:
    # Given a path; when background_job is killed at each of its calls and a fresh one finishes
    covered = crash_session.kill_everywhere(crashed)

    # Then the books balance (each case has checked its own), and every call was a kill point.
    assert covered.calls


def prepared_path(
    name: str,
    prepared: Prepared,
    check: Callable[[Case], None],
    calls: tuple[int, int],
    settings: dict[str, object] | None = None,
) -> Path:
    fewest_kills, most_calls = calls
    assert most_calls * 2 <= len(prepared.sent)
    return Path(
        name=f"background_job: {name}",
        module=BACKGROUND_JOB,
        messages=lambda number: [prepared.sent[number]],
        check=check,
        fewest_kills=fewest_kills,
        most_calls=most_calls,
        settings=settings or {},
    )


def test_a_kill_while_a_duplicate_is_settled_changes_nothing(crash_session: CrashSession) -> None:
    def check(case: Case) -> None:
        books = balance_jobs(case.world, [parse_job(sent.body).job_id for sent in case.sent])
        assert [record.attempts for record in books.succeeded.values()] == [1]

    # Given jobs that are done
    prepared = succeeded_jobs(crash_session)

    # When each is asked for once more, and the worker dies at each call; then nothing runs again.
    crash_session.kill_everywhere(prepared_path("duplicate", prepared, check, (5, 10)))


def test_a_kill_while_a_replayed_dead_letter_runs_ends_in_one_success(crash_session: CrashSession) -> None:
    def check(case: Case) -> None:
        books = balance_jobs(case.world, [parse_job(sent.body).job_id for sent in case.sent])
        (record,) = books.succeeded.values()
        assert record.generation == 1
        assert record.attempts <= 2

    # Given jobs that died, and their dead letters
    prepared = dead_letters(crash_session)

    # When each is replayed, and the worker dies at each call; then it succeeds, once.
    crash_session.kill_everywhere(prepared_path("replayed dead letter", prepared, check, (13, 20)))


def test_a_kill_while_an_older_dead_letter_is_dropped_leaves_the_job_dead(
    crash_session: CrashSession,
) -> None:
    def check(case: Case) -> None:
        record = case.world.aws.record(parse_job(case.sent[0].body).job_id)
        assert record is not None
        assert (record.state, record.generation, record.attempts) == (JobState.DEAD, 2, 1)
        assert case.world.jobs.take_dead_letters() == []

    # Given jobs that died, were replayed, and died again: the letters of generation 1 are outdated
    prepared = outdated_dead_letters(crash_session)

    # When those come back, and the worker dies at each call; then they go, and nothing runs.
    crash_session.kill_everywhere(prepared_path("outdated dead letter", prepared, check, (5, 10)))


def test_a_kill_while_a_used_up_job_is_buried_still_dead_letters_it(crash_session: CrashSession) -> None:
    # Given jobs whose last attempt died with its worker
    prepared = jobs_out_of_attempts(crash_session)

    # When the messages come back, and the worker dies at each call; then the jobs are dead, with a reason.
    check = ends(dead=1, attempts=1)
    crash_session.kill_everywhere(
        prepared_path("attempts used up", prepared, check, (9, 14), settings={"MAX_ATTEMPTS": 1})
    )


def test_a_kill_while_a_leased_job_is_deferred_leaves_it_to_its_worker(crash_session: CrashSession) -> None:
    # Given jobs that a living worker holds
    prepared = leased_jobs(crash_session, seconds=12)

    def check(case: Case) -> None:
        (job_id,) = [parse_job(sent.body).job_id for sent in case.sent]
        wait_until(prepared.world.jobs.is_empty, "the living worker is done")
        record = case.world.aws.record(job_id)
        assert record is not None
        assert (record.state, record.attempts) == (JobState.SUCCEEDED, 1)
        assert_result_of_the_winner(case.world, record)
        assert case.world.jobs.take_dead_letters() == []

    # When a second message of each arrives, and the worker that defers it dies at each call
    # Then the first worker's outcome stands, and the second message is deleted as a duplicate.
    covered = crash_session.kill_everywhere(prepared_path("leased", prepared, check, (5, 10)))
    deferral = ["ReceiveMessage", "UpdateItem", "ChangeMessageVisibilityBatch"]
    assert deferral in [list(calls[:3]) for calls in covered.cases], covered.cases
