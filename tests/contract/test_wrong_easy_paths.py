"""What is easily got wrong: each has a name of its own here."""

import random
import signal

from contract_accounting import balance_jobs
from contract_deliveries import At, Deliveries
from contract_messages import job, message, trigger
from contract_processes import Process, kill, send_signal, wait_for_exit
from contract_services import BACKGROUND_JOB, MAIN_JOB, VISIBILITY_SECONDS, Services, environment
from contract_steps import background, finish, record_of
from contract_supervisor import Supervisor
from contract_waiting import GENEROUS_SECONDS, wait_until
from contract_world import Aws, Sent, World
from embedded_aws.fault_proxy import FaultProxy
from job_contract import Job, JobState, new_job_id, parse_job


def reject_that_dies(world: World, services: Services, proxy: FaultProxy, action: str, having: bytes) -> Job:
    """A job that is rejected, by a worker that dies once the server has done that step."""
    rejected = job("store-submission", "no data")
    world.jobs.send(message(rejected))
    worker: list[Process] = []
    At(action, lambda: send_signal(worker[0], signal.SIGKILL), having=having, drop=True).add_to(proxy)
    worker.append(services.start(BACKGROUND_JOB, environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint)))
    assert wait_for_exit(worker[0], seconds=GENEROUS_SECONDS) == -signal.SIGKILL
    background(services, world)
    wait_until(world.jobs.is_empty, "a fresh worker settles it")
    return rejected


def test_a_reject_that_dies_after_the_ledger_is_sent_on_without_running_again(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a Reject whose worker dies when the ledger says dead, and a fresh worker
    rejected = reject_that_dies(world, services, proxy, "UpdateItem", b'"dead"')

    # Then there is one dead letter with the reason, and the handler ran once.
    books = balance_jobs(world, [rejected.job_id])
    assert books.dead[rejected.job_id].attempts == 1
    (letter,) = books.letters[rejected.job_id]
    assert letter.attributes["deadLetterReason"] == "The submission has no 'data' object."


def test_a_reject_that_dies_after_the_dead_letter_repeats_only_sending_and_deleting(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given a Reject whose worker dies when the dead letter is sent, and a fresh worker
    rejected = reject_that_dies(world, services, proxy, "SendMessageBatch", b"")

    # Then the dead letter is there twice, alike, and the handler ran once.
    books = balance_jobs(world, [rejected.job_id])
    assert books.dead[rejected.job_id].attempts == 1
    first, second = books.letters[rejected.job_id]
    same = ("deadLetterReason", "deadLetterGeneration", "originalMessageId", "jobId", "jobType")
    assert [first.attributes[name] for name in same] == [second.attributes[name] for name in same]


def test_a_message_that_sqs_moved_by_itself_runs_when_it_is_replayed(aws: Aws, services: Services) -> None:
    # Given a queue that moves at the second receive, and a job that nobody ever began
    world = World(aws, max_receive_count=1)
    wanted = job()
    world.jobs.send(message(wanted))
    for _ in range(2):
        for taken in world.jobs.take_all():
            aws.sqs.change_message_visibility(
                QueueUrl=world.jobs.url, ReceiptHandle=taken.receipt_handle, VisibilityTimeout=0
            )
    (moved,) = world.jobs.take_dead_letters()
    assert "deadLetterReason" not in moved.attributes
    assert aws.record(wanted.job_id) is None

    # When it comes back as it is, then it runs.
    world.jobs.send(Sent(moved.body, moved.attributes))
    assert finish(services, world, wanted)[wanted.job_id].attempts == 1


def test_a_retry_that_sqs_moved_by_itself_goes_on_counting_attempts_when_replayed(
    aws: Aws, services: Services
) -> None:
    # Given a job whose first attempt failed, and whose message SQS moved instead of handing it out again
    world = World(aws, max_receive_count=1)
    wanted = job("simulate-work", {"failAttempts": 1})
    world.jobs.send(message(wanted))
    worker = background(services, world)
    moved = wait_until(world.jobs.take_dead_letters, "SQS moves the message")
    kill(worker)
    assert record_of(world, wanted).state is JobState.RETRYING

    # When it is replayed, then the second attempt succeeds.
    world.jobs.send(Sent(moved[0].body, moved[0].attributes))
    assert finish(services, world, wanted)[wanted.job_id].attempts == 2


def test_a_copy_that_sqs_moved_by_itself_is_a_duplicate_once_the_job_succeeded(
    aws: Aws, services: Services
) -> None:
    # Given a job that has succeeded, and an older copy of its message in the dead-letter queue
    world, wanted = World(aws), job()
    world.jobs.send(message(wanted))
    decided = finish(services, world, wanted)

    # When the copy comes back, then it is deleted and nothing runs.
    world.jobs.send(message(wanted))
    wait_until(world.jobs.is_empty, "the copy is deleted")
    assert balance_jobs(world, [wanted.job_id]).succeeded == decided


def test_a_job_that_outlives_the_visibility_timeout_is_delivered_once(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given two workers, and jobs of three visibility timeouts
    deliveries = Deliveries(proxy)
    jobs = [job("simulate-work", {"sleepSeconds": 3 * VISIBILITY_SECONDS}) for _ in range(6)]
    env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint, settings={"CONCURRENCY": 8})
    for _ in range(2):
        services.start(BACKGROUND_JOB, env)
    ids = world.jobs.send(*map(message, jobs))

    # When they are done
    wait_until(world.jobs.is_empty, "the jobs are done")

    # Then each was handed out once, and ran once.
    assert deliveries.by_message == dict.fromkeys(ids, 1)
    books = balance_jobs(world, [each.job_id for each in jobs])
    assert [record.attempts for record in books.succeeded.values()] == [1] * 6


def hangs_once(job_type_seconds: float) -> Job:
    """A job whose first attempt hangs and whose second does not."""
    job_id = new_job_id()
    for seed in range(1000):
        first, second = (random.Random(f"{seed}/{job_id}/{attempt}").random() for attempt in (1, 2))
        if first < 0.5 <= second:
            data = {"longSleepSeconds": job_type_seconds, "longSleepRate": 0.5, "seed": seed}
            return job("simulate-work", data, job_id=job_id)
    raise AssertionError("no seed hangs once")


def test_a_hung_handler_ends_its_worker_and_the_job_runs_elsewhere(world: World, services: Services) -> None:
    # Given a job that hangs, and others beside it
    hung, others = hangs_once(300), [job("simulate-work", {"sleepSeconds": 1}) for _ in range(3)]
    world.jobs.send(message(hung), *map(message, others))

    # When it overruns its maximum duration
    worker = background(services, world, MAX_DURATION_SECONDS=5)
    code = wait_for_exit(worker, seconds=GENEROUS_SECONDS)

    # Then the others are done, the process says that it is broken, and the job runs on a fresh worker.
    assert code == 1
    states = {record_of(world, each).state for each in others}
    assert states == {JobState.SUCCEEDED}
    assert finish(services, world, hung, *others)[hung.job_id].attempts == 2


def test_a_job_that_kills_its_workers_dies_and_the_others_succeed(world: World, services: Services) -> None:
    # Given a job that ends its whole process, each time, among harmless ones
    poison, others = job("simulate-work", {"crashRate": 1}), [job(data={"n": n}) for n in range(30)]
    world.jobs.send(*map(message, [*others[:15], poison, *others[15:]]))

    # When workers, each with four jobs at a time, are started again and again
    with Supervisor(*[lambda: background(services, world, MAX_ATTEMPTS=3)] * 2):
        wait_until(world.jobs.is_empty, "all is settled")

    # Then only the poison is dead, after its attempts.
    books = balance_jobs(world, [each.job_id for each in [poison, *others]])
    assert set(books.dead) == {poison.job_id}
    assert books.dead[poison.job_id].attempts == 3
    assert "attempts are used up" in books.letters[poison.job_id][0].attributes["deadLetterReason"]


def test_what_runs_beside_jobs_that_kill_their_workers_succeeds(world: World, services: Services) -> None:
    # Given two such jobs among longer ones that run beside them: a crash costs those an attempt as well
    poison = [job("simulate-work", {"crashRate": 1, "sleepSeconds": 0.2}) for _ in range(2)]
    others = [job("simulate-work", {"sleepSeconds": 0.3}) for _ in range(10)]
    world.jobs.send(*map(message, [*poison, *others]))

    # When workers with four jobs at a time are started again and again
    with Supervisor(*[lambda: background(services, world, MAX_ATTEMPTS=3)] * 2):
        wait_until(world.jobs.is_empty, "all is settled")

    # Then only the poison is dead: who lost two attempts in company ran alone.
    books = balance_jobs(world, [each.job_id for each in [*poison, *others]])
    assert set(books.dead) == {each.job_id for each in poison}


def test_a_producer_that_repeats_itself_gets_one_job(world: World, services: Services) -> None:
    # Given a trigger with a job id of its own, sent three times
    job_id = new_job_id()
    world.triggers.send(*(trigger(jobId=job_id, data={"order": 17}) for _ in range(3)))

    # When it has gone through both stages
    services.start(MAIN_JOB, environment(world, MAIN_JOB))
    background(services, world)
    wait_until(lambda: world.triggers.is_empty() and world.jobs.is_empty(), "all is settled")

    # Then one job ran, once.
    books = balance_jobs(world, [job_id])
    assert [record.attempts for record in books.succeeded.values()] == [1]


def test_a_job_id_that_comes_with_other_content_is_rejected(world: World, services: Services) -> None:
    # Given a job that is done, and its id again for another job
    job_id = new_job_id()
    first, other = job(data={"order": 17}, job_id=job_id), job(data={"order": 18}, job_id=job_id)
    world.jobs.send(message(first))
    decided = finish(services, world, first)
    world.jobs.send(message(other))
    wait_until(world.jobs.is_empty, "the other one is settled")

    # Then the other one is a dead letter with its reason, and the first one's outcome stands.
    (letter,) = world.jobs.take_dead_letters()
    assert parse_job(letter.body).data.original_trigger["data"] == {"order": 18}
    assert "belongs to another job" in letter.attributes["deadLetterReason"]
    assert record_of(world, first) == decided[job_id]
