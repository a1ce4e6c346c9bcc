"""What all `jobctl dlq` commands do: read, choose, and give everything back at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput
from deployment.interruption import Interruption
from deployment.target import Target
from job_contract import ContractError, normalize_job_id

from jobctl.commands.options import find_target
from jobctl.dlq.holding import Hold
from jobctl.dlq.ledger_view import Entry, entries, reconcile
from jobctl.dlq.letters import STAGES
from jobctl.dlq.selection import Selection
from jobctl.log_reader import span_ms

# A letter is held in memory and on a heartbeat; SQS hides 120,000 messages of a queue at most.
_MOST_LETTERS = 20_000


@dataclass
class Session:
    """The letters that are meant, held until the end."""

    target: Target
    interruption: Interruption
    holds: dict[str, Hold]
    entries: list[Entry]
    reconciled: list[Entry]

    def reconcile(self) -> None:
        """Tells the ledger about the letters that SQS moved, and reads again what it says."""
        now_ms = _now_ms()
        self.reconciled = [
            entry for entry in self.entries if entry.to_reconcile and reconcile(self.target, entry, now_ms)
        ]
        self.entries = entries(self.target, [entry.letter for entry in self.entries], now_ms)

    def of(self, hold: Hold) -> list[Entry]:
        """The entries of one queue."""
        return [entry for entry in self.entries if entry.letter.stage == hold.stage.name]


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --queue, --reason, --type, --job-id, --older-than and --limit."""
    for option in (
        click.option(
            "--limit",
            type=click.IntRange(1, _MOST_LETTERS),
            default=10_000,
            show_default=True,
            help="Read at most so many letters of a queue.",
        ),
        click.option("--older-than", help="Dead for so long: 90s, 10m, 2h, 1d."),
        click.option("--job-id", "job_ids", multiple=True, help="Of this job; may be given several times."),
        click.option("--type", "job_type", default="", help="Of this job type."),
        click.option("--reason", default="", help="With this text in the reason, in any case."),
        click.option("--queue", type=click.Choice(list(STAGES)), help="Of one stage.  [default: both]"),
    ):
        command = option(command)
    return command


def selection_of(options: dict[str, Any]) -> Selection:
    """What the options mean; raises BadInput."""
    try:
        job_ids = frozenset(normalize_job_id(job_id) for job_id in options["job_ids"])
    except ContractError as error:
        raise BadInput(str(error)) from None
    older = options["older_than"]
    return Selection(
        reason=options["reason"],
        job_type=options["job_type"],
        job_ids=job_ids,
        older_than_ms=span_ms(older, "--older-than") if older else 0,
    )


def chosen(options: dict[str, Any]) -> Selection:
    """The same, for what changes something: everything is meant only when --all says so."""
    selection = selection_of(options)
    if selection.is_everything != options["everything"]:
        raise BadInput(
            "Give --all, or say which letters: --reason, --type, --job-id, --older-than"
            + (", not both." if options["everything"] else ".")
        )
    return selection


@contextmanager
def reading(selection: Selection, options: dict[str, Any]) -> Iterator[Session]:
    """Reads and holds the letters that are meant; what is left of them at the end is shown again."""
    choice = {name: options[name] for name in ("profile", "region", "environment")}
    target = find_target(**choice, quiet=options["json_wanted"])
    names = [options["queue"]] if options["queue"] else list(STAGES)
    with one_sentence(target.name), Interruption() as interruption, ExitStack() as closing:
        holds = {}
        for name in names:
            holds[name] = Hold(target, STAGES[name], interruption)
            closing.callback(holds[name].close)
        closing.callback(interruption.begin_cleanup)
        letters = []
        for hold in holds.values():
            read = hold.read(options["limit"])
            now_ms = _now_ms()
            letters += [letter for letter in read if selection.takes(letter, now_ms)]
            hold.release(letter for letter in read if not selection.takes(letter, now_ms))
        yield Session(target, interruption, holds, entries(target, letters, _now_ms()), [])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
