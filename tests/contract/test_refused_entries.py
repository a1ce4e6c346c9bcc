"""SQS takes some entries of a batch and refuses others: none is lost, none is done twice."""

import json
import threading
from collections.abc import Callable
from typing import Any

from contract_accounting import balance_jobs, balance_triggers
from contract_deliveries import Deliveries
from contract_messages import job, message, trigger
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import World
from embedded_aws.fault_proxy import Fault, FaultProxy, refuse_entries


class SomeEntries:
    """Chooses every second entry, `times` in all (None: without end), and counts."""

    def __init__(self, times: int | None = None) -> None:
        self._lock = threading.Lock()
        self._times = times
        self._seen = 0
        self.chosen = 0

    def __call__(self, entry: dict[str, Any]) -> bool:
        with self._lock:
            self._seen += 1
            if self._seen % 2 or (self._times is not None and self.chosen >= self._times):
                return False
            self.chosen += 1
            return True


def to_queue(url: str) -> Callable[[Any], bool]:
    """A condition on a call: it goes to this queue."""
    return lambda request: bool(json.loads(request.body)["QueueUrl"] == url)


def test_jobs_that_the_next_queue_refuses_for_a_while_all_arrive(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a next queue that refuses every second entry, eight times
    some = SomeEntries(times=8)
    proxy.add(Fault("SendMessageBatch", refuse_entries(some), on=to_queue(world.jobs.url)))
    ids = world.triggers.send(*(trigger() for _ in range(20)))

    # When main_job hands them on
    services.start(MAIN_JOB, environment(world, MAIN_JOB, endpoint=proxy.endpoint))
    wait_until(world.triggers.is_empty, "all triggers are through")

    # Then each trigger became one job, and none was sent twice.
    assert some.chosen == 8
    books = balance_triggers(world, become_jobs=ids, dead=[])
    assert all(len(copies) == 1 for copies in books.jobs.values())


def test_a_trigger_stays_while_the_next_queue_refuses_its_job(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a next queue that refuses one job, again and again, and takes the others
    poison = trigger(correlationId="poison")
    refusal = Fault(
        "SendMessageBatch",
        refuse_entries(lambda entry: "poison" in entry["MessageBody"]),
        on=to_queue(world.jobs.url),
    )
    proxy.add(refusal)
    ids = world.triggers.send(poison, *(trigger() for _ in range(5)))
    services.start(MAIN_JOB, environment(world, MAIN_JOB, endpoint=proxy.endpoint))

    # When the others are through, then the refused one is still a trigger
    wait_until(lambda: sum(world.triggers.counts()) == 1, "the others are through")
    # ... and goes through once the queue takes it.
    proxy.clear()
    wait_until(world.triggers.is_empty, "all triggers are through")
    balance_triggers(world, become_jobs=ids, dead=[])


def test_a_job_that_the_next_queue_refuses_for_its_content_is_dead_lettered(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a next queue that refuses one job for what is in it
    refused = refuse_entries(
        lambda entry: "poison" in entry["MessageBody"], code="InvalidMessageContents", sender_fault=True
    )
    proxy.add(Fault("SendMessageBatch", refused, on=to_queue(world.jobs.url)))
    poison, *others = world.triggers.send(trigger(correlationId="poison"), *(trigger() for _ in range(5)))

    # When main_job has settled all
    services.start(MAIN_JOB, environment(world, MAIN_JOB, endpoint=proxy.endpoint))
    wait_until(world.triggers.is_empty, "all triggers are settled")

    # Then it alone is a dead letter, with SQS's reason.
    books = balance_triggers(world, become_jobs=others, dead=[poison])
    assert "InvalidMessageContents" in books.letters[poison][0].attributes["deadLetterReason"]


def test_deletes_that_are_refused_are_repeated(world: World, services: Services, proxy: FaultProxy) -> None:
    # Given a queue that refuses every second delete, ten times
    some = SomeEntries(times=10)
    deliveries = Deliveries(proxy)
    proxy.add(Fault("DeleteMessageBatch", refuse_entries(some)))
    jobs = [job(data={"n": number}) for number in range(20)]
    ids = world.jobs.send(*map(message, jobs))

    # When background_job has settled all
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint))
    wait_until(world.jobs.is_empty, "all jobs are settled")

    # Then no message came twice for it, and each job ran once.
    assert some.chosen == 10
    assert deliveries.by_message == dict.fromkeys(ids, 1)
    books = balance_jobs(world, [each.job_id for each in jobs])
    assert {record.attempts for record in books.succeeded.values()} == {1}


def test_a_delete_that_is_refused_for_good_makes_a_duplicate_and_no_second_run(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a queue that refuses a delete longer than the worker repeats it
    refusal = Fault("DeleteMessageBatch", refuse_entries(lambda _: True))
    deliveries = Deliveries(proxy)
    proxy.add(refusal)
    wanted = job()
    (message_id,) = world.jobs.send(message(wanted))
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint))
    wait_until(lambda: deliveries.by_message[message_id] >= 2, "it comes again")

    # When the queue takes deletes again, then it goes as a duplicate.
    proxy.clear()
    wait_until(world.jobs.is_empty, "it is deleted")
    books = balance_jobs(world, [wanted.job_id])
    assert books.succeeded[wanted.job_id].attempts == 1


def test_a_heartbeat_that_is_refused_for_some_is_repeated_in_time(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given long jobs, and a queue that refuses to extend some of them, now and then
    some = SomeEntries(times=4)
    deliveries = Deliveries(proxy)
    proxy.add(Fault("ChangeMessageVisibilityBatch", refuse_entries(some), after=2))
    jobs = [job("simulate-work", {"sleepSeconds": 5}) for _ in range(4)]
    settings = {"VISIBILITY_TIMEOUT_SECONDS": 3}
    ids = world.jobs.send(*map(message, jobs))

    # When they are done
    env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint, settings=settings)
    services.start(BACKGROUND_JOB, env)
    wait_until(world.jobs.is_empty, "all jobs are settled")

    # Then none came twice.
    assert some.chosen == 4
    assert deliveries.by_message == dict.fromkeys(ids, 1)


def test_a_retry_whose_delay_is_refused_still_comes_back(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a job that fails once, and a queue that refuses to change its visibility at first
    some = SomeEntries(times=3)
    proxy.add(Fault("ChangeMessageVisibilityBatch", refuse_entries(some)))
    jobs = [job("simulate-work", {"failAttempts": 1}) for _ in range(8)]
    world.jobs.send(*map(message, jobs))

    # When all is settled, then each succeeded at its second attempt.
    services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint))
    wait_until(world.jobs.is_empty, "all jobs are settled")
    books = balance_jobs(world, [each.job_id for each in jobs])
    assert {record.attempts for record in books.succeeded.values()} == {2}
