"""Dead letters that an operator sends back with jobctl: the same job, decided once, nothing lost."""

import json

from contract_accounting import balance_jobs
from contract_messages import job, message
from contract_operator import Operator, hidden_for
from contract_processes import kill
from contract_services import Services
from contract_steps import background, finish, record_of
from contract_waiting import wait_until
from contract_world import Aws, World
from embedded_aws.fault_proxy import Fault, FaultProxy, Forward, Request, Response
from job_contract import Job, JobState


def die_of_a_setting(world: World, services: Services, count: int) -> list[Job]:
    """Jobs that a release with the wrong setting rejects; every other worker here has the right one."""
    dead = [job("simulate-work", {"n": number}) for number in range(count)]
    world.jobs.send(*map(message, dead))
    worker = background(services, world, FAULT_INJECTION="off")
    wait_until(lambda: all(_is_dead(world, each) for each in dead), "the jobs die")
    wait_until(world.jobs.is_empty, "their messages are moved")
    kill(worker)
    return dead


def _is_dead(world: World, wanted: Job) -> bool:
    record = world.aws.record(wanted.job_id)
    return record is not None and record.state is JobState.DEAD


def test_a_replay_after_the_cause_is_mended_succeeds_under_the_same_id(
    world: World, services: Services
) -> None:
    # Given dead jobs, and a mended release
    dead = die_of_a_setting(world, services, 3)

    # When an operator sends them back
    answer = Operator(world).run("replay", "--all", "--queue", "jobs")

    # Then each succeeds under its own id, with attempts anew, and its stream says who sent it back.
    assert {each["jobId"] for each in answer["replayed"]} == {each.job_id for each in dead}
    succeeded = finish(services, world, *dead)
    for record in succeeded.values():
        assert (record.attempts, record.generation) == (1, 1)
        lines = [json.loads(event["message"]) for event in world.aws.log_events(record)]
        assert answer["by"] in {line.get("replayedBy") for line in lines}


def test_a_replay_that_is_killed_half_way_loses_and_doubles_nothing(
    world: World, services: Services, proxy: FaultProxy
) -> None:
    # Given dead jobs, and an operator whose command is killed between sending and deleting
    dead = die_of_a_setting(world, services, 3)
    proxy.add(Fault("ReceiveMessage", hidden_for(3)))
    operator = Operator(world, proxy.endpoint)
    command = operator.start("replay", "--all", "--queue", "jobs")

    def die(_request: Request, _forward: Forward) -> Response | None:
        command.kill()
        command.wait()
        return None

    proxy.add(Fault("DeleteMessageBatch", die))
    command.communicate(timeout=180)
    assert command.returncode < 0

    # When they are sent back once more, beside the copies that the first command has sent
    proxy.clear()
    again = wait_until(lambda: _replayed(operator, len(dead)), "the letters are shown again")
    assert again == {each.job_id for each in dead}

    # Then each job runs once more, and nothing is left.
    succeeded = finish(services, world, *dead)
    assert {record.attempts for record in succeeded.values()} == {1}
    assert balance_jobs(world, [each.job_id for each in dead]).letters == {}


def _replayed(operator: Operator, count: int) -> set[str]:
    """The jobs that were sent back, once all letters are there."""
    if operator.run("list", "--queue", "jobs")["selected"] < count:
        return set()
    return {each["jobId"] for each in operator.run("replay", "--all", "--queue", "jobs")["replayed"]}


def test_a_job_that_sqs_moved_is_told_to_the_ledger_and_runs_when_replayed(
    aws: Aws, services: Services
) -> None:
    # Given a queue that moves at the second receive, and a job that nobody began
    world = World(aws, max_receive_count=1)
    wanted = job()
    world.jobs.send(message(wanted))
    for _ in range(2):
        for taken in world.jobs.take_all():
            aws.sqs.change_message_visibility(
                QueueUrl=world.jobs.url, ReceiptHandle=taken.receipt_handle, VisibilityTimeout=0
            )
    operator = Operator(world)

    # When the ledger is told, then it calls the job dead with a reason; the letter reopens it.
    operator.run("reconcile", "--queue", "jobs")
    record = record_of(world, wanted)
    assert record.state is JobState.DEAD
    assert record.reason.startswith("Moved by SQS after 1 receives.")
    operator.run("replay", "--job-id", wanted.job_id)
    assert finish(services, world, wanted)[wanted.job_id].attempts == 1


def test_a_poison_message_that_is_replayed_dies_again_with_a_higher_generation(
    world: World, services: Services
) -> None:
    # Given a job that no attempt can help
    poison = job("store-submission", "no data")
    world.jobs.send(message(poison))
    background(services, world)
    wait_until(lambda: _is_dead(world, poison), "it dies")
    wait_until(world.jobs.is_empty, "its message is moved")

    # When it is replayed, then it is a dead letter again, of the next generation.
    Operator(world).run("replay", "--job-id", poison.job_id)
    wait_until(lambda: record_of(world, poison).generation == 2, "it dies again")
    wait_until(world.jobs.is_empty, "its message is moved")
    (letter,) = balance_jobs(world, [poison.job_id]).letters[poison.job_id]
    assert letter.attributes["deadLetterGeneration"] == "2"
    assert letter.attributes["replayedBy"]
