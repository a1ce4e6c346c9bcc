"""SIGTERM: stop receiving, hand back, finish, exit 0 in time; nothing that was held stays invisible."""

import signal
import time

from contract_accounting import balance_jobs
from contract_deliveries import Deliveries
from contract_messages import job, message, trigger
from contract_processes import Process, send_signal, wait_for_exit, wait_for_start
from contract_services import BACKGROUND_JOB, DRAIN_SECONDS, MAIN_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import World
from embedded_aws.fault_proxy import Fault, FaultProxy, slow
from job_contract import JobState, parse_job


def exits_cleanly(process: Process, drain_seconds: float = DRAIN_SECONDS) -> None:
    """SIGTERM; exit code 0 within the drain time."""
    send_signal(process, signal.SIGTERM)
    assert wait_for_exit(process, seconds=drain_seconds + 1) == 0


def test_main_job_under_load_leaves_nothing_invisible(world: World, services: Services) -> None:
    # Given main_job in the midst of 600 triggers
    world.triggers.send(*(trigger() for _ in range(600)))
    process = services.start(MAIN_JOB, environment(world, MAIN_JOB))
    wait_until(lambda: world.jobs.counts()[0] >= 50, "some triggers are through", every=0.02)

    # When it is asked to stop
    exits_cleanly(process)

    # Then each trigger is either through or there for others, at once.
    visible, invisible, delayed = world.triggers.counts()
    jobs = {parse_job(sent.body).job_id for sent in world.jobs.take_all()}
    assert (invisible, delayed) == (0, 0)
    assert visible + len(jobs) == 600
    assert visible > 0, "The test stopped it too late to prove anything"


def test_background_job_under_load_leaves_only_retries_invisible(world: World, services: Services) -> None:
    # Given background_job in the midst of jobs of which a third fails, with long retry delays
    jobs = [job("simulate-work", {"sleepSeconds": 0.2, "failRate": 0.3, "seed": 1}) for _ in range(150)]
    world.jobs.send(*map(message, jobs))
    env = environment(world, BACKGROUND_JOB, settings={"RETRY_BASE_SECONDS": 60, "RETRY_CAP_SECONDS": 60})
    process = services.start(BACKGROUND_JOB, env)
    wait_until(lambda: world.jobs.counts()[1] > 22, "some jobs wait for their retry")

    # When it is asked to stop
    exits_cleanly(process)

    # Then what is invisible are the jobs that failed, and nothing else; no lease is left.
    visible, invisible, delayed = world.jobs.counts()
    records = [record for record in world.records([each.job_id for each in jobs]).values() if record]
    states = [record.state for record in records]
    assert JobState.RUNNING not in states
    assert (invisible, delayed) == (states.count(JobState.RETRYING), 0)
    assert visible == len(jobs) - len(records)
    assert visible > 0, "The test stopped it too late to prove anything"


def test_messages_of_a_poll_that_is_out_are_handed_back(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given an idle worker whose long poll is out
    deliveries = Deliveries(proxy)
    env = environment(world, MAIN_JOB, endpoint=proxy.endpoint, settings={"WAIT_TIME_SECONDS": 2})
    process = services.start(MAIN_JOB, env)
    polls = wait_until(lambda: len(deliveries.asked_at) >= 2 and len(deliveries.asked_at), "polls are out")
    wait_until(lambda: len(deliveries.asked_at) > polls, "a new poll has just begun", every=0.01)

    # When SIGTERM comes, and then a message, which that poll brings
    send_signal(process, signal.SIGTERM)
    time.sleep(0.3)  # it looks for signals five times a second
    ids = world.triggers.send(trigger())  # one: a poll that wakes for the first need not bring a second
    assert wait_for_exit(process, seconds=DRAIN_SECONDS) == 0

    # Then it is there for others at once, and nothing was begun.
    assert set(deliveries.by_message) == set(ids), "The poll did not bring it: nothing is proven"
    assert world.triggers.counts() == (1, 0, 0)
    assert world.jobs.is_empty()


def test_a_job_longer_than_the_drain_is_handed_back_with_its_lease(world: World, services: Services) -> None:
    # Given a job that outlives the drain time on its first attempt's worker
    wanted = job("simulate-work", {"sleepSeconds": 4})
    world.jobs.send(message(wanted))
    short = environment(world, BACKGROUND_JOB, settings={"DRAIN_TIMEOUT_SECONDS": 6.2})
    process = services.start(BACKGROUND_JOB, short)
    wait_until(lambda: world.aws.record(wanted.job_id), "the job is begun")

    # When its worker is asked to stop
    exits_cleanly(process, drain_seconds=6.2)

    # Then the message is visible and the lease free, at once
    assert world.jobs.counts() == (1, 0, 0)
    record = world.aws.record(wanted.job_id)
    assert record is not None
    assert (record.state, record.lease_until_ms) == (JobState.RETRYING, 0)
    # ... and another worker finishes the job.
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB))
    wait_until(world.jobs.is_empty, "the job is done")
    books = balance_jobs(world, [wanted.job_id])
    assert [record.attempts for record in books.succeeded.values()] == [2]


def test_a_ledger_that_hangs_does_not_delay_the_exit(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given long jobs, and a ledger that stops answering once they are begun
    jobs = [job("simulate-work", {"sleepSeconds": 4}) for _ in range(4)]
    world.jobs.send(*map(message, jobs))
    settings = {"DRAIN_TIMEOUT_SECONDS": 6.5}
    env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint, settings=settings)
    process = services.start(BACKGROUND_JOB, env)
    wait_until(lambda: all(world.aws.record(each.job_id) for each in jobs), "the jobs are begun")
    proxy.add(Fault("UpdateItem", slow(20)))

    # When the worker is asked to stop, it ends in its time, and another one does the jobs.
    exits_cleanly(process, drain_seconds=6.5)
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB))
    wait_until(world.jobs.is_empty, "the jobs are done")
    books = balance_jobs(world, [each.job_id for each in jobs])
    assert {record.attempts for record in books.succeeded.values()} == {2}


def test_an_idle_worker_stops_within_its_long_poll(world: World, services: Services) -> None:
    # Given idle workers of both services
    processes = [services.start(module, environment(world, module)) for module in (MAIN_JOB, BACKGROUND_JOB)]
    for process in processes:
        wait_for_start(process)

    # When they are asked to stop, they exit 0 without waiting for the drain time.
    started = time.monotonic()
    for process in processes:
        exits_cleanly(process)
    assert time.monotonic() - started < DRAIN_SECONDS


def test_a_stop_while_aws_is_away_ends_in_time_and_loses_nothing(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a worker whose AWS went away in the midst of jobs
    jobs = [job("simulate-work", {"sleepSeconds": 1}) for _ in range(12)]
    world.jobs.send(*map(message, jobs))
    env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint)
    process = services.start(BACKGROUND_JOB, env)
    wait_until(lambda: world.aws.record(jobs[0].job_id), "the jobs are begun")
    proxy.stop()

    # When it is asked to stop, it ends in its time; what it could not say is found out by others.
    exits_cleanly(process)
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB))
    wait_until(world.jobs.is_empty, "the jobs are done")
    assert len(balance_jobs(world, [each.job_id for each in jobs]).succeeded) == len(jobs)
