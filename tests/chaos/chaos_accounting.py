"""The books after a run: what was sent against what ended, and each job against the wire's record of it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from chaos_record import WireRecord, Write
from chaos_triggers import Wish
from chaos_world import MAX_ATTEMPTS, TASKS, Chaos
from contract_accounting import (
    ORIGINAL_ID,
    REASON,
    assert_dead_letter,
    assert_result_of_the_winner,
    letters_by_job,
)
from contract_world import Aws, Received
from deployment.aws_errors import error_code
from job_contract import SHARED_STREAMS, JobState, LedgerRecord, record_from_item

READERS = 4
FIRST_LINE, LAST_LINE = "Processing background job", "Background job completed"


@dataclass(frozen=True)
class Sending:
    """A trigger as it was sent."""

    wish: Wish
    message_id: str


@dataclass
class Books:
    """How everything ended; `problems` is empty where the contract holds."""

    problems: list[str] = field(default_factory=list)
    blamed: set[str] = field(default_factory=set)
    ends: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    lost_last_lines: int = 0
    dropped_lines: int = 0
    longest_seconds: float = 0.0

    def blame(self, job_id: str, problem: str) -> None:
        """Notes a broken promise."""
        self.problems.append(f"{job_id}: {problem}")
        self.blamed.add(job_id)


@dataclass(frozen=True)
class Said:
    """What the processes said of a job: attempts begun and outcomes recorded, with the task that said it."""

    started: dict[str, list[tuple[int, str]]]
    succeeded: dict[str, list[str]]
    unfinished_tasks: frozenset[str]  # that never said that they stopped
    lines_dropped: Counter[str]  # by task, as it said itself


class Audit:
    """Compares, once everything is quiet."""

    def __init__(self, chaos: Chaos, wire: WireRecord, sent: Sequence[Sending]) -> None:
        self._chaos, self._wire, self._sent = chaos, wire, sent
        self._books = Books()
        self._said, self._shared = self._what_was_said(), shared_events(chaos)
        self._lines_missing: dict[str, list[str]] = defaultdict(list)  # by task, one job id for each line

    def balance(self) -> Books:
        """All checks; none stops at the first problem."""
        world, books = self._chaos.world, self._books
        if not (world.triggers.is_empty() and world.jobs.is_empty()):
            books.problems.append(f"messages are left: {world.triggers.counts()}, {world.jobs.counts()}")
        letters = letters_by_job(world)
        wanted = self._triggers()
        records = ledger(self._chaos)
        for job_id in (set(records) | set(letters)) - set(wanted):
            books.blame(job_id, "nobody asked for this job")
        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(lambda job_id: self._job(job_id, wanted[job_id], records, letters), wanted))
        for problem_of, problem in drops_problems(self._lines_missing, self._said.lines_dropped):
            books.blame(problem_of, problem)
        books.dropped_lines = sum(map(len, self._lines_missing.values()))
        return books

    def _triggers(self) -> dict[str, Wish]:
        """The wish behind each job id that must be there; refused triggers must have their letters."""
        books = self._books
        wanted: dict[str, Wish] = {}
        letters: dict[str, list[Received]] = defaultdict(list)
        for letter in self._chaos.world.triggers.take_dead_letters():
            letters[letter.attributes.get(ORIGINAL_ID, letter.message_id)].append(letter)
        for sending in self._sent:
            wish, found = sending.wish, letters.pop(sending.message_id, [])
            if (wish.becomes == "refused trigger") != bool(found):
                books.problems.append(f"trigger {sending}: {len(found)} dead letters")
            if not all(letter.attributes.get(REASON) for letter in found):
                books.problems.append(f"trigger {sending}: a dead letter without a reason")
            books.ends["refused"] += wish.becomes == "refused trigger"
            books.ends["wanted nothing"] += wish.becomes == "nothing"
            if wish.becomes.endswith("job"):
                wanted |= dict.fromkeys(self._ids_of(sending), wish)
        if letters:
            books.problems.append(f"dead letters of unknown triggers: {sorted(letters)}")
        return wanted

    def _ids_of(self, sending: Sending) -> list[str]:
        wish = sending.wish
        self._books.ends["copies sent"] += wish.is_copy
        ids = self._wire.jobs_by_mark.get(wish.mark, set())
        if len(ids) != 1 or (wish.job_id and ids != {wish.job_id}):
            self._books.problems.append(f"trigger {sending} became the jobs {sorted(ids)}")
        return sorted(ids)

    def _job(
        self,
        job_id: str,
        wish: Wish,
        records: dict[str, LedgerRecord],
        letters: dict[str, list[Received]],
    ) -> None:
        record, books = records.get(job_id), self._books
        if record is None:
            books.blame(job_id, "the ledger has never heard of it")
            return
        try:
            self._end(record, wish, letters.get(job_id, []))
        except AssertionError as error:
            books.blame(job_id, str(error))
        for problem in history_problems(record, self._wire.writes[job_id]):
            books.blame(job_id, problem)
        for problem in starts_problems(record, self._said.started.get(job_id, [])):
            books.blame(job_id, problem)
        books.attempts[record.attempts] += 1
        if record.finished_at_ms:
            seconds = (record.finished_at_ms - record.queued_at_ms) / 1000
            books.longest_seconds = max(books.longest_seconds, seconds)

    def _end(self, record: LedgerRecord, wish: Wish, letters: list[Received]) -> None:
        if record.state is JobState.SUCCEEDED:
            assert wish.becomes == "job", f"it succeeded, and should have been rejected: {wish}"
            assert not letters, "it succeeded and has a dead letter"
            assert_result_of_the_winner(self._chaos.world, record)
            self._lines(record)
        else:
            assert record.state is JobState.DEAD, f"it is still {record.state}"
            used_up = record.attempts >= MAX_ATTEMPTS
            assert wish.becomes == "rejected job" or used_up, f"it died without a reason to: {record.reason}"
            assert_dead_letter(record, letters)
        self._books.ends[str(record.state)] += 1

    def _lines(self, record: LedgerRecord) -> None:
        """First and last line are there, for who looks as jobctl does; or a killed process took them along.

        A worker that stopped by itself may have dropped some, and has said how many: `drops_problems`.
        """
        own, shared = own_events(self._chaos.aws, record), self._shared.get(record.job_id, [])
        texts = [*own, *shared] if record.shared_stream else own or shared
        messages = [json.loads(text)["message"] for text in texts]
        missing = sum(not any(each in message for message in messages) for each in (FIRST_LINE, LAST_LINE))
        stopped = set(self._said.succeeded.get(record.job_id, [])) - self._said.unfinished_tasks
        if missing and stopped:
            self._lines_missing[min(stopped)] += [record.job_id] * missing
        elif missing:
            self._books.lost_last_lines += 1

    def _what_was_said(self) -> Said:
        started: dict[str, list[tuple[int, str]]] = defaultdict(list)
        succeeded: dict[str, list[str]] = defaultdict(list)
        dropped: Counter[str] = Counter()
        tasks, stopped = set(), set()
        for task, line in process_lines(self._chaos):
            tasks.add(task)
            match line.get("message"):
                case "job started":
                    started[line["jobId"]].append((line["attempt"], task))
                case "job succeeded":
                    succeeded[line["jobId"]].append(task)
                case "worker stopped":
                    stopped.add(task)
                case "job log lines dropped":
                    dropped[task] += line["lines"]
        running = {worker.task for module in TASKS for worker in self._chaos.workers(module)}
        return Said(dict(started), dict(succeeded), frozenset(tasks - stopped - running), dropped)


def history_problems(record: LedgerRecord, writes: Sequence[Write]) -> Iterator[str]:
    """What the ledger's writes, as the wire saw them, say against the record that stands."""
    ends = [write for write in writes if not write.is_claim and write.state in {"succeeded", "dead"}]
    if len({(write.state, write.token, write.generation) for write in ends}) > 1:
        yield f"its outcome was decided {len(ends)} times"
    if not ends or ends[-1].state != record.state:
        yield f"the ledger says {record.state}, which nobody wrote"
    claims = {write.token for write in writes if write.is_claim}
    if len(claims) != record.attempts:
        yield f"{len(claims)} claims were written, and the ledger counts {record.attempts} attempts"
    if ends and any(write.is_claim and write.at_seconds > ends[0].at_seconds for write in writes):
        yield "it was claimed after its end"


def starts_problems(record: LedgerRecord, started: Sequence[tuple[int, str]]) -> Iterator[str]:
    """What the processes said of beginning it: each attempt once, none that the ledger does not know.

    An attempt that nobody spoke of is one whose worker was killed between the claim and the line.
    """
    # An agent that was killed ships again what it had shipped last.
    numbers = Counter(number for number, _ in set(started))
    if repeated := [number for number, count in numbers.items() if count > 1]:
        yield f"the attempts {repeated} began more than once: {started}"
    if unknown := set(numbers) - set(range(1, record.attempts + 1)):
        yield f"the attempts {sorted(unknown)} began, and the ledger counts {record.attempts}"


def drops_problems(
    missing: Mapping[str, Sequence[str]], dropped: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Lines that are missing, by task, which it did not say that it dropped: (job id, problem)."""
    for task, job_ids in missing.items():
        if len(job_ids) > dropped.get(task, 0):
            for job_id in sorted(set(job_ids)):
                yield (
                    job_id,
                    f"first or last line missing; its worker {task} was not killed and said of "
                    f"{dropped.get(task, 0)} lines that they were dropped, and {len(job_ids)} are missing",
                )


def own_events(aws: Aws, record: LedgerRecord) -> list[str]:
    """The lines in the job's own stream, which it has none of where all went into its task's shared one."""
    try:
        return [event["message"] for event in aws.log_events(record)]
    except ClientError as error:
        # By the code: of the class, threads that need it first at the same time get one each.
        if error_code(error) != "ResourceNotFoundException":
            raise
        return []


def shared_events(chaos: Chaos) -> dict[str, list[str]]:
    """The lines in the tasks' shared streams, by job id."""
    logs, group = chaos.aws.client("logs"), chaos.aws.job_log_group
    events: dict[str, list[str]] = defaultdict(list)
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, logStreamNamePrefix=SHARED_STREAMS
    )
    for page in pages:
        for stream in page["logStreams"]:
            for event in _events_of(logs, group, stream["logStreamName"]):
                events[json.loads(event["message"])["jobId"]].append(event["message"])
    return events


def ledger(chaos: Chaos) -> dict[str, LedgerRecord]:
    """Every record of the table."""
    pages = chaos.aws.dynamodb.get_paginator("scan").paginate(TableName=chaos.aws.table)
    records = (record_from_item(dict(item)) for page in pages for item in page["Items"])
    return {record.job_id: record for record in records}


def process_lines(chaos: Chaos) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the background_job processes wrote to stdout, as the agent shipped it: (task, line)."""
    logs, group = chaos.aws.client("logs"), chaos.log_group("background_job")
    for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
        for stream in page["logStreams"]:
            name = stream["logStreamName"]
            for event in _events_of(logs, group, name):
                text = event["message"]
                if text.startswith("{") and '"message"' in text:
                    yield name.rpartition("/")[2], json.loads(text)


def _events_of(logs: Any, group: str, name: str) -> Iterable[Any]:
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True, **token)
        if not page["events"]:
            return
        yield from page["events"]
        token = {"nextToken": page["nextForwardToken"]}
