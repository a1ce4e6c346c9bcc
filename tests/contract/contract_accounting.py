"""The books: each message sent ends in exactly one of the places that the contract allows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contract_world import Received, World
from job_contract import Job, JobState, LedgerRecord, parse_job

FINAL = (JobState.SUCCEEDED, JobState.DEAD)
REASON, GENERATION, ORIGINAL_ID = "deadLetterReason", "deadLetterGeneration", "originalMessageId"


@dataclass(frozen=True)
class Books:
    """How the jobs ended, by job id."""

    succeeded: dict[str, LedgerRecord]
    dead: dict[str, LedgerRecord]
    letters: dict[str, list[Received]]


def balance_jobs(world: World, job_ids: Collection[str]) -> Books:
    """Asserts that each job succeeded or was dead-lettered with its reason, once; returns how."""
    assert world.jobs.is_empty(), f"Messages are left: {world.jobs.counts()} visible, invisible, delayed"
    letters = letters_by_job(world)
    ids = set(job_ids)
    assert set(letters) <= ids, f"Dead letters of unknown jobs: {set(letters) - ids}"
    books = Books({}, {}, letters)
    for job_id, record in world.records(sorted(ids)).items():
        assert record is not None, f"The ledger has never heard of {job_id}"
        assert record.state in FINAL, f"Job {job_id} ended as {record.state}: {record}"
        if record.state is JobState.SUCCEEDED:
            assert_result_of_the_winner(world, record)
            assert job_id not in letters, f"Job {job_id} succeeded and has a dead letter"
            books.succeeded[job_id] = record
        else:
            assert_dead_letter(record, letters.get(job_id, []))
            books.dead[job_id] = record
    assert len(books.succeeded) + len(books.dead) == len(ids)
    return books


def assert_result_of_the_winner(world: World, record: LedgerRecord) -> None:
    """The ledger names an object that is there, written by the attempt that won."""
    assert record.result, f"No result: {record}"
    result = world.aws.result(record.result)
    number = int(record.result.rpartition("/")[2].rpartition(".")[2])
    assert number == record.attempts, f"Attempt {record.attempts} is named, {record.result} is not its result"
    assert result.get("attempt", number) == number, (
        f"{record.result} was written by attempt {result['attempt']}"
    )
    assert result.get("jobId", record.job_id) == record.job_id


def assert_dead_letter(record: LedgerRecord, letters: Sequence[Received]) -> None:
    """At least one dead letter, each with a reason; the newest generation is among them."""
    assert letters, f"Job {record.job_id} is dead without a dead letter: {record}"
    assert all(letter.attributes.get(REASON) for letter in letters), letters
    generations = {int(letter.attributes.get(GENERATION, "0")) for letter in letters}
    assert record.generation in generations, f"Generation {record.generation} has no letter: {generations}"
    assert record.reason, record


def letters_by_job(world: World) -> dict[str, list[Received]]:
    """The dead letters of the job stage, by job id."""
    letters: dict[str, list[Received]] = defaultdict(list)
    for letter in world.jobs.take_dead_letters():
        letters[parse_job(letter.body).job_id].append(letter)
    return dict(letters)


@dataclass(frozen=True)
class TriggerBooks:
    """What became of the triggers: jobs and dead letters, by the triggers' message ids."""

    jobs: dict[str, list[Job]]
    letters: dict[str, list[Received]]


def balance_triggers(
    world: World, *, become_jobs: Collection[str], dead: Collection[str], end: Collection[str] = ()
) -> TriggerBooks:
    """Asserts that each trigger (by message id) became one job, died with a reason, or ended as it should.

    A crash may repeat the sending: copies are fine, as long as they are one job by its id.
    """
    assert world.triggers.is_empty(), f"Triggers are left: {world.triggers.counts()}"
    jobs: dict[str, list[Job]] = defaultdict(list)
    for message in world.jobs.take_all():
        job = parse_job(message.body)
        jobs[str(job.data.main_job_result["messageId"])].append(job)
    letters: dict[str, list[Received]] = defaultdict(list)
    for letter in world.triggers.take_dead_letters():
        letters[letter.attributes[ORIGINAL_ID]].append(letter)
    assert set(jobs) == set(become_jobs), f"jobs of {set(jobs)}, wanted of {set(become_jobs)}"
    assert set(letters) == set(dead), f"dead letters of {set(letters)}, wanted of {set(dead)}"
    assert not (set(end) & (set(jobs) | set(letters)))
    for copies in jobs.values():
        assert len({job.job_id for job in copies}) == 1, f"One trigger, several jobs: {copies}"
        assert len({job.encode() for job in copies}) == 1, f"The copies differ: {copies}"
    for copies_of_letter in letters.values():
        assert all(letter.attributes.get(REASON) for letter in copies_of_letter), copies_of_letter
    return TriggerBooks(dict(jobs), dict(letters))
