"""`jobctl up`, `down` and `status`: one stack, started once, found again, ended whole."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from deployment.errors import Interrupted, ToolError
from deployment.interruption import Interruption
from deployment.repository import find_repository, local_folder
from deployment.stack_paths import StackPaths
from deployment.target import Target

from jobctl.stack.layout import Layout, product_layout
from jobctl.stack.lifecycle import StackOnItsWay
from jobctl.stack.parts import check_port
from jobctl.stack.processes import find, is_running
from jobctl.stack.reporter import Reporter
from jobctl.stack.state import StackState, load, locked
from jobctl.stack.stopping import stop_everything

SERVICES_TIMEOUT_SECONDS = 120.0
# As long as a `down` may have to wait for an `up` that it has told to stop.
_STOP_UP_SECONDS = 60.0
_POLL_SECONDS = 0.25


def stack_paths(folder: Path | None, name: str = "stack") -> StackPaths:
    """The stack in `folder`, or the one of that name in the repository's `.local`."""
    repository = find_repository()
    return StackPaths(repository, folder.resolve() if folder else local_folder(repository) / name)


def bring_up(
    paths: StackPaths,
    reporter: Reporter,
    *,
    port: int = 0,
    enforce_iam: bool = False,
    layout: Layout | None = None,
    prepare: Callable[[Target], None] = lambda _target: None,
) -> StackState:
    """Starts the stack and waits until it is ready; one that runs already is left alone.

    `layout`: another one than the product's own. `prepare` runs as soon as the embedded AWS answers.

    Raises ToolError (everything is stopped then), also when the port is taken.
    """
    with locked(paths.lock_file, 0.0, lambda: f"Another command starts or stops {paths.folder} right now."):
        state = load(paths.state_file)
        if state and state.ready and not state.died():
            reporter.say(_already_up(state, port, enforce_iam))
            return state
        if state:
            _clear_remains(paths, state, reporter)
        check_port(port)
        with Interruption() as interruption:
            stack = StackOnItsWay(paths, reporter, interruption, layout or product_layout())
            return _start(stack, port, enforce_iam, prepare)


def take_down(paths: StackPaths, reporter: Reporter) -> None:
    """Drains and ends the stack; says so when there is none. An `up` that is under way is stopped first."""
    state = load(paths.state_file)
    if state and not state.ready and is_running(state.starter) and state.starter.pid != os.getpid():
        reporter.say("Stopping the `up` that is under way.")
        with suppress(ProcessLookupError):
            os.kill(state.starter.pid, signal.SIGTERM)
    with locked(paths.lock_file, _STOP_UP_SECONDS, lambda: "Another command works on this stack; try again."):
        state = load(paths.state_file)
        if state is None:
            reporter.say("No stack is running.")
            return
        with Interruption() as interruption:
            interruption.begin_cleanup()
            died = state.died()
            with reporter.progress("Draining the services (20 s when they are idle: a long poll is out) ..."):
                stop_everything(paths, state, drain=not died, hurry=lambda: interruption.hurry)
        reporter.say("The stack is down.")


def run_attached(paths: StackPaths, reporter: Reporter, *, port: int = 0, enforce_iam: bool = False) -> None:
    """A stack that ends with this command: by a signal, or with ToolError when a part of it dies."""
    with Interruption():
        bring_up(paths, reporter, port=port, enforce_iam=enforce_iam)
        try:
            reporter.say("Ctrl-C ends it.")
            # Somebody else may take it down.
            while state := load(paths.state_file):
                if died := state.died():
                    raise ToolError(f"Of the stack {' and '.join(died)} ended; logs are in {paths.logs}")
                time.sleep(_POLL_SECONDS)
        except Interrupted:
            pass
        finally:
            take_down(paths, reporter)


def _start(
    stack: StackOnItsWay, port: int, enforce_iam: bool, prepare: Callable[[Target], None]
) -> StackState:
    try:
        stack.start(port, enforce_iam)
        prepare(stack.target)
        with stack.reporter.progress("Terraform: starting"):
            while not stack.provisioning.finished():
                stack.check_parts()
                stack.reporter.show(stack.provisioning.summary())
                time.sleep(_POLL_SECONDS)
            _wait_for_services(stack)
        stack.become_ready()
    except BaseException:
        # Quick, without a drain: the queues vanish with the stack.
        stack.stop(drain=False)
        raise
    seconds = stack.timeline.elapsed_seconds()
    stack.reporter.say(
        f"The stack is up after {seconds:.0f} s. For other clients: source {stack.paths.env_file}"
    )
    return stack.state


def _wait_for_services(stack: StackOnItsWay) -> None:
    deadline = time.monotonic() + SERVICES_TIMEOUT_SECONDS
    while not stack.services_run():
        stack.check_parts()
        if time.monotonic() > deadline:
            raise ToolError(stack.services_problem())
        stack.reporter.show("Waiting for the services to run.")
        time.sleep(_POLL_SECONDS)


def _already_up(state: StackState, port: int, enforce_iam: bool) -> str:
    text = f"The stack is up already: {state.endpoint}"
    differs = (port and not state.endpoint.endswith(f":{port}")) or enforce_iam != state.enforce_iam
    return (
        f"{text}. It was started with other options; `jobctl down` first to change them." if differs else text
    )


def _clear_remains(paths: StackPaths, state: StackState, reporter: Reporter) -> None:
    """A stack of which something died has lost its memory or its services: what is left goes too."""
    alive = [name for name, known in state.processes.items() if find(known)]
    left = f"; stopping what is left of it ({', '.join(alive)})" if alive else ""
    reporter.say(f"An earlier stack was not stopped properly{left}.")
    stop_everything(paths, state, drain=False)
