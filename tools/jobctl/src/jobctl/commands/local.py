"""`jobctl up`, `down`, `status`."""

import sys
from pathlib import Path

import click
from deployment.stack_paths import STATE_DIR_VARIABLE

from jobctl.commands.options import as_json, print_json
from jobctl.stack.reporter import Reporter
from jobctl.stack.state import StackState, load
from jobctl.stack.up import bring_up, run_attached, stack_paths, take_down

state_dir = click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar=STATE_DIR_VARIABLE,
    help="Folder of the stack.  [default: .local/stack]",
)


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; a free one if not given."
)
@click.option("--enforce-iam", is_flag=True, help="Let the embedded AWS judge requests by IAM policies.")
@click.option(
    "--detach", is_flag=True, help="Return when the stack is ready; without it Ctrl-C ends the stack."
)
@state_dir
def up(port: int, enforce_iam: bool, detach: bool, state_dir: Path | None) -> None:
    """Start the local stack; one that runs already is left alone."""
    paths, reporter = stack_paths(state_dir), Reporter()
    run = bring_up if detach else run_attached
    run(paths, reporter, port=port, enforce_iam=enforce_iam)


@click.command()
@state_dir
def down(state_dir: Path | None) -> None:
    """Drain the services and end the local stack."""
    take_down(stack_paths(state_dir), Reporter())


@click.command()
@state_dir
@as_json
def status(state_dir: Path | None, json_wanted: bool) -> None:
    """Say what of the local stack runs; exit code 0 when all of it does."""
    paths = stack_paths(state_dir)
    state = load(paths.state_file)
    word = _word(state)
    if json_wanted:
        print_json({"status": word, "endpoint": state.endpoint if state else None, "parts": _parts(state)})
    else:
        click.echo(f"The stack is {word}{f': {state.endpoint}' if state and state.endpoint else ''}.")
        for name, part in _parts(state).items():
            click.echo(f"  {name:<14} pid {part['pid']:<8} {'running' if part['running'] else 'ended'}")
        if state:
            click.echo(f"  logs: {paths.logs}")
    sys.exit(0 if word == "up" else 1)


def _word(state: StackState | None) -> str:
    if state is None:
        return "down"
    if state.died():
        return "broken"
    return "up" if state.ready else "starting"


def _parts(state: StackState | None) -> dict[str, dict[str, object]]:
    if state is None:
        return {}
    died = state.died()
    return {name: {"pid": known.pid, "running": name not in died} for name, known in state.processes.items()}
