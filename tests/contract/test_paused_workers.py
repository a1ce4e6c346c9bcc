"""A worker is paused (SIGSTOP), others take over, and it wakes up: what it still does changes nothing."""

import signal

from contract_accounting import balance_jobs
from contract_deliveries import At
from contract_messages import job, message, trigger
from contract_processes import Process, log_lines, send_signal, wait_for_start
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_steps import attempts_of, background, record_of
from contract_waiting import wait_until
from contract_world import World
from embedded_aws.fault_proxy import FaultProxy
from job_contract import JobState, parse_job


def test_a_worker_that_lost_its_lease_while_paused_discards_its_outcome(
    world: World, services: Services
) -> None:
    # Given a worker that is paused in the midst of a job
    wanted = job("simulate-work", {"sleepSeconds": 5})
    world.jobs.send(message(wanted))
    paused = background(services, world)
    wait_until(lambda: attempts_of(world, wanted) == 1, "the first worker begins", every=0.05)
    send_signal(paused, signal.SIGSTOP)

    # When a successor has taken the job over, and the first worker wakes up and finishes it too
    successor = background(services, world)
    wait_until(lambda: attempts_of(world, wanted) == 2, "the successor begins", every=0.05)
    send_signal(paused, signal.SIGCONT)
    wait_until(lambda: "outcome discarded" in paused.output.read_text(), "the first worker gives up")
    at_that_time = record_of(world, wanted)
    wait_until(world.jobs.is_empty, "the job is done")

    # Then the successor's outcome is the one that counts, and both workers live on.
    assert at_that_time.attempts == 2
    assert at_that_time.state is JobState.RUNNING or at_that_time.result.endswith("/2")
    books = balance_jobs(world, [wanted.job_id])
    assert books.succeeded[wanted.job_id].attempts == 2
    assert (paused.exit_code(), successor.exit_code()) == (None, None)


def test_a_worker_that_wakes_up_after_its_successor_is_done_changes_nothing(
    world: World, services: Services
) -> None:
    # Given a worker that is paused in the midst of a job, and a successor that has done it
    wanted = job("simulate-work", {"sleepSeconds": 1})
    world.jobs.send(message(wanted))
    paused = background(services, world)
    wait_until(lambda: attempts_of(world, wanted) == 1, "the first worker begins", every=0.05)
    send_signal(paused, signal.SIGSTOP)
    background(services, world)
    wait_until(world.jobs.is_empty, "the successor is done")
    decided = record_of(world, wanted)

    # When the first worker wakes up and finishes the job too
    send_signal(paused, signal.SIGCONT)
    wait_until(lambda: "outcome discarded" in paused.output.read_text(), "the first worker gives up")

    # Then the recorded outcome is what it was.
    assert record_of(world, wanted) == decided
    balance_jobs(world, [wanted.job_id])


def test_a_message_that_a_paused_workers_poll_brought_does_not_run_again(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a worker that is paused while a message comes with its long poll, and a successor that has done it
    env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint, settings={"WAIT_TIME_SECONDS": 2})
    wanted = job()
    started: list[Process] = []
    handed_out = At(
        "ReceiveMessage", lambda: send_signal(started[0], signal.SIGSTOP), in_answer=b"Messages"
    ).add_to(proxy)
    started.append(services.start(BACKGROUND_JOB, env))
    (paused,) = started
    wait_for_start(paused)
    world.jobs.send(message(wanted))
    assert handed_out.done.wait(10)
    background(services, world)
    wait_until(world.jobs.is_empty, "the successor is done")
    decided = record_of(world, wanted)

    # When it wakes up with that message in hand
    receives = proxy.calls["ReceiveMessage"]
    send_signal(paused, signal.SIGCONT)
    wait_until(lambda: proxy.calls["ReceiveMessage"] >= receives + 2, "it goes on")

    # Then nothing has run again.
    assert record_of(world, wanted) == decided
    balance_jobs(world, [wanted.job_id])


def test_a_main_job_that_wakes_up_with_old_triggers_sends_no_new_jobs(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a main_job that is paused when it has received triggers, and a successor that has settled them
    env = environment(world, MAIN_JOB, endpoint=proxy.endpoint)
    paused: list[Process] = []
    handed_out = At(
        "ReceiveMessage", lambda: send_signal(paused[0], signal.SIGSTOP), in_answer=b"Messages"
    ).add_to(proxy)
    paused.append(services.start(MAIN_JOB, env))
    wait_for_start(paused[0])
    world.triggers.send(*(trigger() for _ in range(5)))
    assert handed_out.done.wait(10)
    services.start(MAIN_JOB, environment(world, MAIN_JOB))
    wait_until(world.triggers.is_empty, "the successor is done")

    # When it wakes up and sends what it holds, or finds that it has held it for too long
    send_signal(paused[0], signal.SIGCONT)
    wait_until(
        lambda: world.jobs.counts()[0] > 5 or log_lines(paused[0], "message lapsed before its handler"),
        "it has woken up",
    )

    # Then what it sends are copies, by their ids, of the jobs that are there.
    bodies = [sent.body for sent in world.jobs.take_all()]
    assert len({parse_job(body).job_id for body in bodies}) == 5
    assert len(set(bodies)) == 5
