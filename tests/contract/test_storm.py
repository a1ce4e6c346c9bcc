"""Two processes of each service are killed at random, again and again, while 500 messages flow."""

import random
import time
from collections.abc import Callable
from functools import partial

from contract_accounting import balance_jobs
from contract_figures import Figures
from contract_messages import SUBMISSION, trigger
from contract_processes import Process
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_supervisor import Supervisor
from contract_waiting import wait_until
from contract_world import Sent, World
from job_contract import JobState, new_job_id, parse_trigger

SEED = 20260301
MESSAGES = 500
KILLS = 30
SIMULATION = {
    "sleepRangeSeconds": [0, 0.2],
    "failRate": 0.2,
    "crashRate": 0.02,
    "rejectRate": 0.1,
    "seed": SEED,
}


def storm_messages(chance: random.Random) -> list[Sent]:
    """A mix of what succeeds, fails, crashes and can never succeed; every job with an id of its own."""
    kinds: list[tuple[int, Callable[[], Sent]]] = [
        (150, lambda: trigger(jobId=new_job_id())),
        (100, lambda: trigger("store-submission", SUBMISSION, jobId=new_job_id())),
        (140, lambda: trigger("simulate-work", SIMULATION, jobId=new_job_id())),
        (40, lambda: trigger("store-submission", "no data", jobId=new_job_id())),
        (20, lambda: trigger("not-known-here", jobId=new_job_id())),
        (30, lambda: Sent("not JSON", {})),
        (20, lambda: trigger(triggerBackgroundJob=False)),
    ]
    messages = [make() for count, make in kinds for _ in range(count)]
    chance.shuffle(messages)
    assert len(messages) == MESSAGES
    return messages


def test_the_books_balance_after_a_storm_of_kills(world: World, services: Services, figures: Figures) -> None:
    chance = random.Random(SEED)
    messages = storm_messages(chance)

    def start(module: str) -> Process:
        return services.start(module, environment(world, module))

    # Given two processes of each service that are started again whenever they end
    modules = (MAIN_JOB, MAIN_JOB, BACKGROUND_JOB, BACKGROUND_JOB)
    starts = [partial(start, module) for module in modules]
    with Supervisor(*starts) as supervisor:
        # When the messages flow in, and every now and then one process is killed
        ids: list[str] = []
        for kill_number in range(KILLS):
            share = messages[kill_number * MESSAGES // KILLS : (kill_number + 1) * MESSAGES // KILLS]
            ids += world.triggers.send(*share)
            time.sleep(chance.uniform(0.2, 0.8))  # the storm's own rhythm, not a wait for anything
            supervisor.kill_one(chance)
        sent_by_id = dict(zip(ids, messages, strict=True))
        wait_until(world.triggers.is_empty, "all triggers are settled", every=0.3)
        wait_until(world.jobs.is_empty, "all jobs are settled", every=0.3)
        restarts = supervisor.restarts

    # Then each trigger became one job, or a dead letter, or wanted nothing
    wanted = {message_id: sent for message_id, sent in sent_by_id.items() if sent.body != "not JSON"}
    letters = {letter.attributes["originalMessageId"] for letter in world.triggers.take_dead_letters()}
    assert letters == set(sent_by_id) - set(wanted)
    triggers = [parse_trigger(sent.body) for sent in wanted.values()]
    job_ids = [made.job_id for made in triggers if made.trigger_background_job]
    # ... and each job succeeded or was dead-lettered with a reason, once.
    books = balance_jobs(world, [job_id for job_id in job_ids if job_id])
    assert len(books.succeeded) + len(books.dead) == 450
    expected_dead = {t.job_id for t in triggers if t.job_type == "not-known-here" or t.data == "no data"}
    assert expected_dead <= set(books.dead)
    assert all(record.state is JobState.SUCCEEDED for record in books.succeeded.values())
    figures.add(
        f"storm: {MESSAGES} messages, {KILLS} kills and {restarts} restarts, "
        f"{len(books.succeeded)} succeeded, {len(books.dead)} dead"
    )
