"""`jobctl send`."""

import sys
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import click
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput, Interrupted
from deployment.interruption import Interruption
from deployment.target import Target
from job_contract import ContractError, normalize_job_id, pattern_problem

from jobctl.commands.options import as_json, find_target, print_json, target_options
from jobctl.commands.trigger_data import read_data
from jobctl.triggers import Sent, TriggerWish, entries, single_entry
from jobctl.triggers import send as send_triggers

# So many ids fit a person's screen; --json prints all.
_SHOWN_IDS = 10


@click.command()
@click.option("--count", type=click.IntRange(min=1), help="How many triggers.  [default: one]")
@click.option("--rate", type=float, help="At most so many a second.")
@click.option(
    "--data",
    help="The trigger's data: JSON, @FILE, or - for stdin.  [default with --count: an id and a number each]",
)
@click.option("--type", "job_type", help="Job type.  [default: the services' own]")
@click.option("--job-id", help="Job id (a ULID), for one trigger.  [default: a fresh one each]")
@click.option("--trigger", default="jobctl", show_default=True, help="What triggered it.")
@click.option("--correlation-id", help="Correlation id.  [default: made by main_job]")
@click.option("--no-background-job", is_flag=True, help="Ask for no background job.")
@click.option("--log-stream-pattern", help="Log stream pattern in place of job-streams.")
@click.option("--queue-url", help="Queue to send to.  [default: the environment's trigger queue]")
@target_options
@as_json
def send(**options: Any) -> None:
    """Send one trigger, or many; exit code 1 when any was not taken.

    Ctrl-C ends it after the batch that is on its way, with the counts so far.
    """
    count, rate = options["count"], options["rate"]
    wish = _wish(options)
    if rate is not None and not 0 < rate < float("inf"):
        raise BadInput(f"--rate {rate:g} is no rate: give triggers a second, above 0.")
    job_id = _job_id(options["job_id"], count or 1)
    wanted = iter([single_entry(wish, job_id)]) if count is None or job_id else entries(wish, count)
    # The first one is judged before any AWS is looked for: bad input is the same everywhere.
    wanted = chain([next(wanted)], wanted)
    json_wanted = options["json_wanted"]
    target = find_target(options["profile"], options["region"], options["environment"], quiet=json_wanted)
    with one_sentence(target.name):
        queue_url = options["queue_url"] or target.outputs["sqs_main_job_triggers_queue_url"]
        sent = Sent()
        send_them = partial(
            send_triggers,
            target.client("sqs"),
            queue_url,
            wanted,
            sent=sent,
            per_second=rate,
            on_progress=_progress(count or 1, json_wanted),
        )
        code = _until_interrupted(send_them)
    if json_wanted:
        print_json(_as_dict(queue_url, sent))
    else:
        _print_text(sent, target)
    sys.exit(code or bool(sent.failures))


def _until_interrupted(send_them: Callable[..., Sent]) -> int:
    """0, or the exit code of who was interrupted: after the batch that is on its way."""
    try:
        with Interruption() as interruption:
            send_them(whole_batch=interruption.deferred)
    except Interrupted as error:
        click.echo("Interrupted; what was sent by then:", err=True)
        return error.exit_code
    return 0


def _wish(options: dict[str, Any]) -> TriggerWish:
    pattern = options["log_stream_pattern"]
    if pattern is not None and (problem := pattern_problem(pattern)):
        # Sent all the same: the service falls back to the default, and somebody may want to see that.
        click.echo(f"Note: {problem} The job will use the default stream.", err=True)
    return TriggerWish(
        trigger=options["trigger"],
        job_type=options["job_type"],
        data=read_data(options["data"]),
        correlation_id=options["correlation_id"],
        log_stream_pattern=pattern,
        background_job=not options["no_background_job"],
    )


def _job_id(given: str | None, count: int) -> str | None:
    if given is None:
        return None
    if count > 1:
        raise BadInput("--job-id names one job, so it goes with --count 1 only.")
    try:
        return normalize_job_id(given)
    except ContractError as error:
        raise BadInput(str(error)) from None


def _progress(count: int, quiet: bool) -> Any:
    def show(sent: Sent) -> None:
        if not quiet and count > _SHOWN_IDS and sys.stderr.isatty():
            click.echo(f"\r{len(sent.message_ids)} of {count} sent", nl=False, err=True)

    return show


def _as_dict(queue_url: str, sent: Sent) -> dict[str, Any]:
    return {
        "queueUrl": queue_url,
        "succeeded": len(sent.message_ids),
        "failed": len(sent.failures),
        "seconds": round(sent.seconds, 3),
        "messages": [
            {"jobId": job_id, "messageId": message_id} for job_id, message_id in sent.message_ids.items()
        ],
        "failures": [{"jobId": job_id, "reason": reason} for job_id, reason in sent.failures.items()],
    }


def _print_text(sent: Sent, target: Target) -> None:
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    for job_id, message_id in list(sent.message_ids.items())[:_SHOWN_IDS]:
        click.echo(f"job id {job_id}  message id {message_id}")
    if (more := len(sent.message_ids) - _SHOWN_IDS) > 0:
        click.echo(f"... and {more} more")
    for job_id, reason in list(sent.failures.items())[:_SHOWN_IDS]:
        click.echo(f"job id {job_id}  NOT SENT: {reason}", err=True)
    click.echo(f"{len(sent.message_ids)} sent, {len(sent.failures)} failed, {sent.seconds:.1f} s")
    if len(sent.message_ids) == 1:
        account = "" if target.endpoint else f" --env {target.environment}"
        click.echo(f"Follow it: jobctl show {next(iter(sent.message_ids))} --wait 30{account}")
