"""AWS is away, or refuses: the services slow down, lose nothing, and go on by themselves."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from contract_accounting import balance_jobs, balance_triggers
from contract_deliveries import Deliveries
from contract_messages import job, message, trigger
from contract_processes import Process, log_lines
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import Aws, World, make_ledger
from embedded_aws.fault_proxy import Behaviour, Fault, FaultProxy, cut_after, cut_before, refuse

JOBS = 12


def start_both(
    world: World, services: Services, proxy: FaultProxy, settings: Mapping[str, object] | None = None
) -> list[Process]:
    """Both services behind the proxy."""
    return [
        services.start(module, environment(world, module, endpoint=proxy.endpoint, settings=settings))
        for module in (MAIN_JOB, BACKGROUND_JOB)
    ]


def everything_arrives(world: World, processes: list[Process]) -> None:
    """Both queues drain, and no process has ended meanwhile."""
    wait_until(lambda: world.triggers.is_empty() and world.jobs.is_empty(), "everything is settled")
    assert [process.exit_code() for process in processes] == [None] * len(processes)


def some_triggers(world: World) -> list[str]:
    """Triggers whose job ids are known beforehand; the ids."""
    wanted = [job().job_id for _ in range(JOBS)]
    world.triggers.send(*(trigger(jobId=job_id) for job_id in wanted))
    return wanted


def test_while_the_ledger_is_away_polling_pauses_and_receives_are_not_burnt(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a ledger that does not answer, for four visibility timeouts
    deliveries = Deliveries(proxy)
    jobs = [job(data={"n": number}) for number in range(30)]
    ids = world.jobs.send(*map(message, jobs))
    away = proxy.add(Fault("UpdateItem", cut_before))
    env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint)
    worker = services.start(BACKGROUND_JOB, env)
    wait_until(lambda: log_lines(worker, "polling paused"), "polling pauses")
    settled = time.monotonic() + 2  # polls that were out already
    time.sleep(8)  # the outage

    # Then nothing more is received meanwhile, and what is held is held.
    assert deliveries.asked_between(settled, time.monotonic()) == 0
    assert world.jobs.counts()[1] == len(deliveries.by_message) <= 20

    # When it answers again, then all jobs succeed, each at its first receive and first attempt.
    assert away.hits > 0
    away.times = 0
    wait_until(world.jobs.is_empty, "all jobs are done")
    books = balance_jobs(world, [each.job_id for each in jobs])
    assert {record.attempts for record in books.succeeded.values()} == {1}
    assert set(deliveries.by_message.values()) == {1}
    assert set(deliveries.by_message) <= set(ids)


def test_a_ledger_whose_answers_get_lost_counts_no_attempt_twice(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a ledger that does as it is told, and whose answers get lost now and then
    jobs = [job(data={"n": number}) for number in range(JOBS)]
    proxy.add(Fault("UpdateItem", cut_after, times=7))
    world.jobs.send(*map(message, jobs))

    # When all is settled, then each job ran once.
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint))
    wait_until(world.jobs.is_empty, "all jobs are done")
    books = balance_jobs(world, [each.job_id for each in jobs])
    assert {record.attempts for record in books.succeeded.values()} == {1}


@pytest.mark.parametrize("fast_calls", ["on", "off"])
def test_sends_and_deletes_whose_answers_get_lost_lose_nothing(
    world: World, services: Services, proxy: FaultProxy, fast_calls: str
) -> None:
    # Given queues whose answers to sends and deletes get lost now and then
    proxy.add(Fault("SendMessageBatch", cut_after, times=3))
    proxy.add(Fault("DeleteMessageBatch", cut_after, times=3))
    wanted = some_triggers(world)

    # When all is settled, then each job succeeded once.
    processes = start_both(world, services, proxy, {"FAST_CALLS": fast_calls})
    everything_arrives(world, processes)
    books = balance_jobs(world, wanted)
    assert set(books.succeeded) == set(wanted)


# All kinds at once are 16 processes before one embedded AWS: a call may take a second, and a message must
# outlast its receive, its handler and its deletion.
PATIENT = {"VISIBILITY_TIMEOUT_SECONDS": 6, "HEARTBEAT_SECONDS": 1.5}
REFUSALS: dict[str, tuple[str, Behaviour]] = {
    "throttling of everything": ("*", refuse("ThrottlingException")),
    "throttling of the ledger": ("UpdateItem", refuse("ProvisionedThroughputExceededException")),
    "expired credentials": ("*", refuse("ExpiredTokenException", text="The security token has expired")),
    "access denied to everything": ("*", refuse("AccessDeniedException")),
    "access denied to the results": ("PUT *", refuse("AccessDenied", status=403)),
    "access denied to the logs": ("*Log*", refuse("AccessDeniedException")),
    "internal errors": ("*", refuse("InternalFailure", status=500)),
    "answers that never come": ("*", cut_before),
}


def test_refusals_for_a_while_lose_nothing_and_end_nobody(aws: Aws, services: Services) -> None:
    # Each kind on queues of its own, all at the same time: they wait most of the time.
    with ThreadPoolExecutor(len(REFUSALS)) as pool:
        runs = {name: pool.submit(refused_for_a_while, aws, services, *REFUSALS[name]) for name in REFUSALS}
    wrong = []
    for name, run in runs.items():
        if error := run.exception():
            error.add_note(name)
            wrong.append(error)
    if wrong:
        raise BaseExceptionGroup("refusals that were not survived", wrong)


def refused_for_a_while(aws: Aws, services: Services, calls: str, behaviour: Behaviour) -> None:
    """Two visibility timeouts of refusals, while triggers come."""
    world = World(aws)
    with FaultProxy(aws.endpoint) as proxy:
        # Given running services
        processes = start_both(world, services, proxy, PATIENT)
        wait_until(lambda: proxy.calls["ReceiveMessage"] >= 3, "they poll")

        # When AWS refuses, while triggers come
        fault = proxy.add(Fault(calls, behaviour))
        wanted = some_triggers(world)
        time.sleep(2 * PATIENT["VISIBILITY_TIMEOUT_SECONDS"])  # the outage
        proxy.clear()

        # Then all jobs succeed by themselves, and no process has ended.
        everything_arrives(world, processes)
        assert fault.hits > 0
        assert set(balance_jobs(world, wanted).succeeded) == set(wanted)


def away_and_back(world: World, services: Services, proxy: FaultProxy, *, seconds: float) -> None:
    """Connections are refused for a time in the midst of work; then everything arrives."""
    # Given work in progress
    wanted = some_triggers(world)
    long_job = job("simulate-work", {"sleepSeconds": 3})
    world.jobs.send(message(long_job))
    processes = start_both(world, services, proxy)
    wait_until(lambda: world.aws.record(long_job.job_id), "work has begun")

    # When every connection is refused, while triggers come
    proxy.stop()
    wanted += some_triggers(world)
    time.sleep(seconds)  # the outage
    assert [process.exit_code() for process in processes] == [None, None]

    # Then all jobs succeed once there are connections again.
    proxy.start()
    everything_arrives(world, processes)
    assert set(balance_jobs(world, [long_job.job_id, *wanted]).succeeded) == {long_job.job_id, *wanted}


def test_refused_connections_for_ten_seconds_lose_nothing(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    away_and_back(world, services, proxy, seconds=10)


@pytest.mark.slow
def test_refused_connections_for_a_minute_lose_nothing(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    away_and_back(world, services, proxy, seconds=60)


def test_a_ledger_table_that_is_gone_holds_the_jobs_until_it_is_there(
    aws: Aws, world: World, services: Services
) -> None:
    # Given a service whose table does not exist
    table = f"{world.name}-ledger"
    jobs = [job(data={"n": number}) for number in range(JOBS)]
    ids = [each.job_id for each in jobs]
    world.jobs.send(*map(message, jobs))
    env = environment(world, BACKGROUND_JOB, settings={"LEDGER_TABLE": table})
    worker = services.start(BACKGROUND_JOB, env)
    wait_until(lambda: log_lines(worker, "polling paused"), "polling pauses")
    assert sum(world.jobs.counts()) == JOBS

    # When somebody makes it, then all jobs are done.
    make_ledger(aws, table)
    wait_until(world.jobs.is_empty, "all jobs are done")
    records = [aws.record(job_id, table) for job_id in ids]
    assert [record.state for record in records if record] == ["succeeded"] * JOBS
    assert worker.exit_code() is None


def test_a_visibility_that_may_not_be_changed_holds_nothing_up(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a role that may not change visibility, and a job that fails once
    refused = proxy.add(Fault("ChangeMessageVisibilityBatch", refuse("AccessDenied", status=403)))
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint))
    failing = job("simulate-work", {"failAttempts": 1})
    world.jobs.send(message(failing))
    wait_until(lambda: refused.hits, "its delay is refused")

    # When good ones come, more than the worker may hold at once, then all are settled, the failing one, too.
    good = [job() for _ in range(3 * JOBS)]
    world.jobs.send(*map(message, good))
    wait_until(world.jobs.is_empty, "all jobs are settled")
    books = balance_jobs(world, [failing.job_id, *(each.job_id for each in good)])
    assert books.succeeded[failing.job_id].attempts == 2


def test_a_dead_letter_queue_that_is_away_holds_its_messages_and_no_others(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a dead-letter queue that refuses everything
    dead_letters = world.triggers.dead_letter_url.encode()
    refusal = refuse("AccessDenied", status=403)
    away = proxy.add(Fault("SendMessageBatch", refusal, on=lambda request: dead_letters in request.body))
    services.start(MAIN_JOB, environment(world, MAIN_JOB, endpoint=proxy.endpoint))
    (bad,) = world.triggers.send(trigger(jobId="no ULID"))
    wait_until(lambda: away.hits, "the bad one is refused")

    # When good ones come, more than the worker may hold at once, then they pass while the bad one is held
    good = world.triggers.send(*(trigger() for _ in range(3 * JOBS)))
    wait_until(lambda: sum(world.triggers.counts()) == 1, "the good ones pass")
    assert world.triggers.take_dead_letters() == []
    # ... and it is dead-lettered when the queue is back.
    proxy.clear()
    wait_until(world.triggers.is_empty, "the bad one is settled")
    balance_triggers(world, become_jobs=good, dead=[bad])
