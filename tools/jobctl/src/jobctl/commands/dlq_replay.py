"""`jobctl dlq replay`."""

import sys
from typing import Any

import click
from deployment.errors import BadInput

from jobctl.commands.dlq_session import Session, chosen, reading, selection_options
from jobctl.commands.dlq_text import groups_json, outcome_json, print_groups, print_outcome
from jobctl.commands.options import as_json, print_json, stdout_console, target_options
from jobctl.dlq.audit import Audit, Operator, find_operator
from jobctl.dlq.holding import LONGEST_HOLD_SECONDS
from jobctl.dlq.replay import Outcome, Replay

_SHOWN_JOBS = 5


@click.command()
@selection_options
@click.option("--all", "everything", is_flag=True, help="All letters that are read.")
@click.option("--rate", type=float, help="At most so many a second.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent back, and change nothing.")
@target_options
@as_json
def replay(**options: Any) -> None:
    """Send letters back to their queue, under their job ids; exit code 1 when any could not be.

    Each goes to its queue first and is deleted then: a crash in between leaves it twice, which runs once.
    """
    rate = options["rate"]
    if rate is not None and not 0 < rate < float("inf"):
        raise BadInput(f"--rate {rate:g} is no rate: give letters a second, above 0.")
    with reading(chosen(options), options) as session:
        if rate and len(session.entries) / rate > LONGEST_HOLD_SECONDS:
            hours = LONGEST_HOLD_SECONDS // 3600
            raise BadInput(f"{len(session.entries)} letters at --rate {rate:g} take over {hours} h; --limit.")
        json_wanted = options["json_wanted"]
        if options["dry_run"]:
            _print_plan(session, json_wanted)
            return
        if not json_wanted:
            print_groups(stdout_console(), session, _SHOWN_JOBS)
        operator = find_operator(session.target)
        outcome = Outcome()
        try:
            session.reconcile()
            _replay_all(session, operator, outcome, rate)
        finally:
            if json_wanted:
                print_json(outcome_json(session, operator, outcome, "replayed"))
            else:
                print_outcome(session, operator, outcome, "replayed")
    sys.exit(0 if outcome.is_complete else 1)


def _print_plan(session: Session, json_wanted: bool) -> None:
    if json_wanted:
        print_json(groups_json(session) | {"dryRun": True})
        return
    print_groups(stdout_console(), session, _SHOWN_JOBS)
    click.echo(f"Dry run: {len(session.entries)} would be sent back.")


def _replay_all(session: Session, operator: Operator, outcome: Outcome, rate: float | None) -> None:
    for hold in session.holds.values():
        letters = [entry.letter for entry in session.of(hold)]
        if letters:
            audit = Audit(session.target, hold.stage, operator)
            audit.begin("replay", len(letters))
            Replay(
                session.target,
                hold,
                who=operator.arn,
                audit=audit,
                outcome=outcome,
                interruption=session.interruption,
            ).run(letters, rate)
