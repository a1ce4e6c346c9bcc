"""Steps that several tests of background_job take."""

from contract_accounting import balance_jobs
from contract_processes import Process
from contract_services import BACKGROUND_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import World
from job_contract import Job, LedgerRecord


def record_of(world: World, wanted: Job) -> LedgerRecord:
    """What the ledger says; the job must be known."""
    record = world.aws.record(wanted.job_id)
    assert record is not None
    return record


def attempts_of(world: World, wanted: Job) -> int:
    """How many attempts there were."""
    record = world.aws.record(wanted.job_id)
    return record.attempts if record else 0


def background(services: Services, world: World, **settings: object) -> Process:
    """A background_job on this world."""
    return services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, settings=settings))


def finish(services: Services, world: World, *jobs: Job) -> dict[str, LedgerRecord]:
    """Lets a fresh worker settle everything; the records of those that succeeded."""
    background(services, world)
    wait_until(world.jobs.is_empty, "a fresh worker settles everything")
    return balance_jobs(world, [each.job_id for each in jobs]).succeeded
