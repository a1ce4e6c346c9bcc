"""Brings jobs into a state before a crash test begins: done, dead, leased, or out of attempts.

Everything is done by the service itself, for all cases of a path in one go.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from contract_accounting import GENERATION
from contract_crash_session import CrashSession
from contract_messages import job, message
from contract_processes import Process, kill
from contract_services import BACKGROUND_JOB, environment
from contract_waiting import wait_until
from contract_world import Received, Sent, World
from job_contract import Job, JobState

MANY = 40
LEASED = 20
# All of a worker's jobs have to be leased at one moment, on a machine that may stall for seconds.
LONG_LEASES = {"VISIBILITY_TIMEOUT_SECONDS": 15, "HEARTBEAT_SECONDS": 3}


@dataclass(frozen=True)
class Prepared:
    """One message for each case, and the world in which its job got into its state."""

    world: World
    jobs: Sequence[Job]
    sent: Sequence[Sent]


def succeeded_jobs(session: CrashSession) -> Prepared:
    """Jobs that are done; the messages ask for them once more."""
    world, jobs = World(session.aws), [job(data={"n": number}) for number in range(MANY)]
    run_all(session, world, [message(each) for each in jobs], {})
    return Prepared(world, jobs, [message(each) for each in jobs])


def dead_letters(session: CrashSession) -> Prepared:
    """Dead letters of jobs that were refused then, and succeed where fault injection is on."""
    world, jobs = World(session.aws), [job("simulate-work", {}) for _ in range(MANY)]
    run_all(session, world, [message(each) for each in jobs], {"FAULT_INJECTION": "off"})
    return Prepared(world, jobs, in_order(world.jobs.take_dead_letters(), jobs))


def outdated_dead_letters(session: CrashSession) -> Prepared:
    """Dead letters of jobs that were replayed since, and have died again."""
    prepared = dead_letters(session)
    run_all(session, prepared.world, prepared.sent, {"FAULT_INJECTION": "off"})
    second = in_order(prepared.world.jobs.take_dead_letters(), prepared.jobs)
    assert {letter.attributes[GENERATION] for letter in second} == {"2"}
    return prepared


def jobs_out_of_attempts(session: CrashSession) -> Prepared:
    """Jobs whose only attempt died with its worker."""
    world, jobs = World(session.aws), [job("simulate-work", {"sleepSeconds": 60}) for _ in range(MANY)]
    worker = start_all(session, world, jobs)
    kill(worker)
    wait_until(
        lambda: all(not leased(world, each) for each in jobs), "the leases of the killed worker have ended"
    )
    return Prepared(world, jobs, [message(each) for each in jobs])


def leased_jobs(session: CrashSession, *, seconds: float) -> Prepared:
    """Jobs that a living worker holds for some seconds from now."""
    world = World(session.aws)
    jobs = [job("simulate-work", {"sleepSeconds": seconds}) for _ in range(LEASED)]
    start_all(session, world, jobs)
    return Prepared(world, jobs, [message(each) for each in jobs])


def run_all(
    session: CrashSession, world: World, messages: Sequence[Sent], settings: dict[str, object]
) -> None:
    """Lets a worker settle all messages."""
    world.jobs.send(*messages)
    worker = session.fork(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, settings=settings))
    wait_until(world.jobs.is_empty, "the preparation is done")
    kill(worker)


def start_all(session: CrashSession, world: World, jobs: Sequence[Job]) -> Process:
    """A worker that has begun all the jobs at once."""
    world.jobs.send(*(message(each) for each in jobs))
    settings = {"CONCURRENCY": MANY, "MAX_IN_FLIGHT": MANY, "MAX_ATTEMPTS": 1, **LONG_LEASES}
    worker = session.fork(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, settings=settings))
    wait_until(lambda: all(leased(world, each) for each in jobs), "all jobs are begun")
    return worker


def leased(world: World, wanted: Job) -> bool:
    """True while an attempt holds the job."""
    record = world.aws.record(wanted.job_id)
    return (
        record is not None and record.state is JobState.RUNNING and record.lease_until_ms > time.time() * 1000
    )


def in_order(letters: Sequence[Received], jobs: Sequence[Job]) -> list[Sent]:
    """The dead letters as messages to send again, in the order of their jobs."""
    by_id = {letter.attributes["jobId"]: letter for letter in letters}
    return [Sent(by_id[each.job_id].body, by_id[each.job_id].attributes) for each in jobs]
