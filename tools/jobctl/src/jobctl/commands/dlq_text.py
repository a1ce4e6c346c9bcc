"""Dead letters as text for people and as JSON for machines."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import click
from job_contract import utc_timestamp
from rich.console import Console

from jobctl.commands.dlq_session import Session
from jobctl.console_pages import stream_page
from jobctl.dlq.audit import Operator
from jobctl.dlq.holding import Hold
from jobctl.dlq.ledger_view import Entry
from jobctl.dlq.letters import Letter
from jobctl.dlq.replay import Outcome
from jobctl.dlq.selection import Group, groups

_SHOWN_REASON_CHARS = 160
_SHOWN_FAILURES = 20
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def span_text(seconds: float) -> str:
    """`2h`, `3d`: the largest unit that is not zero."""
    return next((f"{int(seconds // length)}{unit}" for unit, length in _UNITS if seconds >= length), "0s")


def print_groups(console: Console, session: Session, shown_jobs: int) -> None:
    """Each group with its oldest jobs, then what the counts say."""
    standings = {id(entry.letter): entry for entry in session.entries}
    for group in groups([entry.letter for entry in session.entries]):
        cut = "..." if len(group.reason) > _SHOWN_REASON_CHARS else ""
        reason = group.reason[:_SHOWN_REASON_CHARS] + cut
        console.print(f"{len(group.letters)} {group.stage}: {reason}", markup=False, style="bold")
        ages = [_age_seconds(letter) for letter in (group.letters[0], group.letters[-1])]
        kind = group.job_type or "no job type"
        console.print(f"  {kind}, dead for {span_text(ages[0])} to {span_text(ages[1])}", markup=False)
        for letter in group.letters[:shown_jobs]:
            console.print(f"  {_row(session, standings[id(letter)])}", markup=False)
        if (more := len(group.letters) - shown_jobs) > 0:
            console.print(f"  ... and {more} more: --jobs {len(group.letters)} shows them")
    for hold in session.holds.values():
        console.print(_counts_text(hold, len(session.of(hold))), markup=False)
    if moved := sum(entry.to_reconcile for entry in session.entries):
        console.print(f"The ledger does not know of {moved}, which SQS moved: jobctl dlq reconcile tells it.")


def groups_json(session: Session) -> dict[str, Any]:
    """Counts, and the groups with all their jobs."""
    known = {id(entry.letter): entry for entry in session.entries}
    return {
        "queues": {
            name: {"visible": hold.counts.visible, "hidden": hold.counts.hidden, "read": hold.counts.seen}
            for name, hold in session.holds.items()
        },
        "selected": len(session.entries),
        "toReconcile": sum(entry.to_reconcile for entry in session.entries),
        "groups": [
            _group_json(session, group, known) for group in groups([e.letter for e in session.entries])
        ],
    }


def letter_json(session: Session, entry: Entry) -> dict[str, Any]:
    """One letter, without its body."""
    letter = entry.letter
    return {
        "queue": letter.stage,
        "jobId": letter.job_id,
        "jobType": letter.job_type,
        "reason": letter.reason,
        "movedBySqs": letter.moved_by_sqs,
        "diedAt": utc_timestamp(letter.died_at_ms),
        "ageSeconds": int(_age_seconds(letter)),
        "ledger": entry.standing.name.lower(),
        "generation": letter.generation,
        "logGroup": session.target.outputs[session.holds[letter.stage].stage.log_group],
        "stream": _stream(entry),
        "link": _link(session, entry),
        "messageId": letter.message_id,
        "originalMessageId": letter.original_message_id,
        "replayedBy": letter.replayed_by,
    }


def outcome_json(session: Session, operator: Operator, outcome: Outcome, done: str) -> dict[str, Any]:
    """What was done; `done` is the word for it."""
    untried = _untried(session, outcome)
    return {
        "by": operator.arn,
        "localUser": operator.hint,
        done: [_name(letter) for letter in outcome.done],
        "failed": [_name(letter) | {"reason": reason} for letter, reason in outcome.failed],
        "notDeleted": [_name(letter) | {"reason": reason} for letter, reason in outcome.left],
        "notTried": [_name(letter) for letter in untried],
        "reconciled": [_name(entry.letter) for entry in session.reconciled],
    }


def print_outcome(session: Session, operator: Operator, outcome: Outcome, done: str) -> None:
    """The same as text; what did not work goes to stderr, letter by letter."""
    _print_failures("NOT " + done, outcome.failed)
    _print_failures(f"{done}, but its letter is still there (it is recognised as a copy)", outcome.left)
    if session.reconciled:
        click.echo(f"The ledger was told of {len(session.reconciled)} that SQS had moved.")
    untried = len(_untried(session, outcome))
    counts = [f"{len(outcome.done)} {done}", f"{len(outcome.failed)} failed"]
    counts += [f"{len(outcome.left)} not deleted"] if outcome.left else []
    counts += [f"{untried} not tried"] if untried else []
    click.echo(f"{', '.join(counts)}, by {operator.arn}")


def _print_failures(what: str, failures: Sequence[tuple[Letter, str]]) -> None:
    for letter, reason in failures[:_SHOWN_FAILURES]:
        click.echo(f"{_name_text(letter)}  {what}: {reason}", err=True)
    if (more := len(failures) - _SHOWN_FAILURES) > 0:
        click.echo(f"... and {more} more; --json names all", err=True)


def _untried(session: Session, outcome: Outcome) -> list[Letter]:
    handled: Iterable[Letter] = (
        *outcome.done,
        *(letter for letter, _ in outcome.failed),
        *(letter for letter, _ in outcome.left),
    )
    known = {id(letter) for letter in handled}
    return [entry.letter for entry in session.entries if id(entry.letter) not in known]


def _group_json(session: Session, group: Group, known: dict[int, Entry]) -> dict[str, Any]:
    return {
        "queue": group.stage,
        "reason": group.reason,
        "jobType": group.job_type,
        "letters": len(group.letters),
        "oldestAgeSeconds": int(_age_seconds(group.letters[0])),
        "newestAgeSeconds": int(_age_seconds(group.letters[-1])),
        "jobs": [letter_json(session, known[id(letter)]) for letter in group.letters],
    }


def _row(session: Session, entry: Entry) -> str:
    letter = entry.letter
    parts = [_name_text(letter), f"{span_text(_age_seconds(letter)):>4}", f"{entry.standing:<14}"]
    place = _link(session, entry) or _stream(entry)
    return "  ".join([*parts, place]).rstrip()


def _counts_text(hold: Hold, selected: int) -> str:
    counts = hold.counts
    text = f"{hold.stage.name}: {counts.seen} letters read of about {counts.visible}, {selected} selected"
    if counts.hidden:
        text += f"; {counts.hidden} more are hidden: somebody else reads them, or did within the last minute"
    return text


def _stream(entry: Entry) -> str:
    return entry.record.stream if entry.record and entry.record.stream else entry.letter.stream


def _link(session: Session, entry: Entry) -> str:
    stream = _stream(entry)
    if session.target.is_local or not stream:
        return ""
    group = entry.record.log_group if entry.record and entry.record.log_group else ""
    group = group or session.target.outputs[session.holds[entry.letter.stage].stage.log_group]
    return stream_page(str(session.target.session.region_name), group, stream)


def _name(letter: Letter) -> dict[str, str]:
    return {"queue": letter.stage, "jobId": letter.job_id, "messageId": letter.message_id}


def _name_text(letter: Letter) -> str:
    return letter.job_id or f"message {letter.message_id}"


def _age_seconds(letter: Letter) -> float:
    return max(0.0, time.time() - letter.died_at_ms / 1000)
