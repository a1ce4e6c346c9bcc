"""`jobctl dlq drop`."""

import sys
import time
from pathlib import Path
from typing import Any

import click
from deployment.errors import BadInput
from job_contract import utc_timestamp

from jobctl.commands.dlq_session import Session, chosen, reading, selection_options
from jobctl.commands.dlq_text import groups_json, outcome_json, print_groups, print_outcome
from jobctl.commands.options import as_json, print_json, stdout_console, target_options
from jobctl.commands.typed_name import ask_for_name
from jobctl.dlq.audit import Audit, Operator, find_operator
from jobctl.dlq.drop import SavedLetters
from jobctl.dlq.drop import drop as give_up
from jobctl.dlq.replay import Outcome

_SHOWN_JOBS = 5
_PROD = "prod"


@click.command()
@selection_options
@click.option("--all", "everything", is_flag=True, help="All letters that are read.")
@click.option("--save", type=click.Path(path_type=Path), help="Save them here.  [default: a new file here]")
@click.option("--no-save", is_flag=True, help="Save them nowhere.")
@click.option("--yes", is_flag=True, help="Ask nothing; not on prod.")
@click.option("--dry-run", is_flag=True, help="Show what would be dropped, and change nothing.")
@target_options
@as_json
def drop(**options: Any) -> None:
    """Save letters to a file and delete them for good, once their number is typed (on prod: its name).

    Their jobs stay dead; the ledger then says who dropped them. Exit code 1 when any is left.
    """
    if options["save"] and options["no_save"]:
        raise BadInput("Give --save or --no-save, not both.")
    with reading(chosen(options), options) as session:
        json_wanted = options["json_wanted"]
        if options["dry_run"] and json_wanted:
            print_json(groups_json(session) | {"dryRun": True})
            return
        if not json_wanted:
            print_groups(stdout_console(), session, _SHOWN_JOBS)
        if options["dry_run"] or not session.entries:
            click.echo(f"{len(session.entries)} would be dropped.", err=json_wanted)
            return
        confirm(session.target.environment, len(session.entries), yes=options["yes"])
        operator, outcome = find_operator(session.target), Outcome()
        path = None if options["no_save"] else options["save"] or _new_file(session)
        try:
            _drop_all(session, operator, outcome, path)
        finally:
            if json_wanted:
                answer = outcome_json(session, operator, outcome, "dropped")
                print_json(answer | {"saved": str(path) if path else ""})
            else:
                print_outcome(session, operator, outcome, "dropped")
                click.echo(f"Saved to {path}" if path else "Saved nowhere.")
    sys.exit(0 if outcome.is_complete else 1)


def confirm(environment: str, count: int, *, yes: bool) -> None:
    """Goes on when a person typed the number, or prod's name; raises ToolError and BadInput."""
    if environment == _PROD:
        if yes:
            raise BadInput("--yes does not go with prod: a person types its name.")
        ask_for_name(_PROD, "Nothing was dropped")
    elif not yes:
        ask_for_name(str(count), "Nothing was dropped")


def _new_file(session: Session) -> Path:
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return Path(f"dead-letters-{session.target.environment}-{now}.jsonl")


def _drop_all(session: Session, operator: Operator, outcome: Outcome, path: Path | None) -> None:
    if path is not None:
        SavedLetters(path).write([entry.letter for entry in session.entries])
    # Traces first: who may not leave one drops nothing.
    audits = {name: Audit(session.target, hold.stage, operator) for name, hold in session.holds.items()}
    session.reconcile()
    for name, hold in session.holds.items():
        if entries := session.of(hold):
            audits[name].begin("drop", len(entries))
            give_up(
                session.target,
                hold,
                entries,
                who=operator.arn,
                when=utc_timestamp(time.time_ns() // 1_000_000),
                audit=audits[name],
                outcome=outcome,
                interruption=session.interruption,
            )
