"""main_job is killed with SIGKILL at every AWS call in turn; a fresh one finishes what it left."""

from collections.abc import Sequence

import pytest
from contract_accounting import balance_triggers
from contract_crash import Case, Path
from contract_crash_session import CrashSession
from contract_messages import trigger
from contract_services import MAIN_JOB
from contract_world import Sent
from embedded_aws.fault_proxy import Behaviour, refuse_entries
from job_contract import new_job_id

JOB, BAD, NO_JOB = "job", "bad", "no job"
OWN_ID = new_job_id()


def messages_of(kinds: Sequence[str]) -> Sequence[Sent]:
    made = {JOB: trigger(), BAD: Sent("not JSON", {}), NO_JOB: trigger(triggerBackgroundJob=False)}
    return [made[kind] for kind in kinds]


def ends_as_sent(case: Case, kinds: Sequence[str]) -> None:
    def ids(kind: str) -> list[str]:
        return [
            message_id for message_id, is_kind in zip(case.message_ids, kinds, strict=True) if is_kind == kind
        ]

    balance_triggers(case.world, become_jobs=ids(JOB), dead=ids(BAD), end=ids(NO_JOB))


def path(name: str, kinds: Sequence[str], calls: tuple[int, int], terminate_at: str = "") -> Path:
    """`calls`: the fewest kills, and more calls than there are."""
    return Path(
        name=f"main_job: {name}",
        module=MAIN_JOB,
        messages=lambda _: messages_of(kinds),
        check=lambda case: ends_as_sent(case, kinds),
        fewest_kills=calls[0],
        most_calls=calls[1],
        terminate_at=terminate_at,
    )


def refuses_one_entry_once() -> Behaviour:
    """The first batch to the next queue loses an entry; its repetition passes."""
    left = [1]

    def is_chosen(entry: dict[str, object]) -> bool:
        chosen = bool(left) and entry["Id"] == "1"
        if chosen:
            left.pop()
        return chosen

    behaviour = refuse_entries(is_chosen)
    return lambda request, forward: (
        behaviour(request, forward) if request.action == "SendMessageBatch" else forward(request)
    )


def duplicates_are_one_job(case: Case) -> None:
    books = balance_triggers(case.world, become_jobs=case.message_ids, dead=[])
    assert {job.job_id for copies in books.jobs.values() for job in copies} == {OWN_ID}


PATHS = [
    path("success", [JOB, JOB, NO_JOB], (5, 6)),
    path("reject", [BAD], (5, 5)),
    path("success and reject in one batch", [JOB, BAD, NO_JOB, JOB], (7, 7)),
    Path(
        name="main_job: retry of what SQS refused",
        module=MAIN_JOB,
        messages=lambda _: messages_of([JOB, JOB, JOB]),
        check=lambda case: ends_as_sent(case, [JOB, JOB, JOB]),
        fewest_kills=7,
        most_calls=7,
        fault=refuses_one_entry_once,
    ),
    Path(
        name="main_job: duplicate",
        module=MAIN_JOB,
        messages=lambda _: [trigger(jobId=OWN_ID), trigger(jobId=OWN_ID)],
        check=duplicates_are_one_job,
        fewest_kills=5,
        most_calls=6,
    ),
    path("shutdown with a poll out", [JOB, JOB, NO_JOB], (2, 4), terminate_at="ReceiveMessage"),
    path("shutdown while settling", [JOB, BAD], (4, 5), terminate_at="SendMessageBatch"),
]


@pytest.mark.parametrize("crashed", PATHS, ids=lambda crashed: crashed.name)
def test_a_kill_at_any_call_loses_and_doubles_nothing(crashed: Path, crash_session: CrashSession) -> None:
    # Given a path; when main_job is killed at each of its calls and a fresh one finishes
    covered = crash_session.kill_everywhere(crashed)

    # Then the books balance (each case has checked its own), and every call was a kill point.
    assert covered.calls
