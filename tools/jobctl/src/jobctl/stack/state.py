"""What a stack remembers of itself between commands (`state.json`), and the lock around its changes."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from deployment.errors import ToolError

from jobctl.stack.processes import ProcessRecord, find

_POLL_SECONDS = 0.1


class StackState(msgspec.Struct, rename="camel"):
    """`ready` once Terraform is applied and the services run; `starter` is the `up` that sees to it."""

    starter: ProcessRecord
    processes: dict[str, ProcessRecord] = {}
    endpoint: str = ""
    account_id: str = ""
    ready: bool = False
    enforce_iam: bool = False
    started_at_seconds: float = 0.0

    def died(self) -> list[str]:
        """The names of parts that do not run any more."""
        return [name for name, known in self.processes.items() if find(known) is None]


def load(state_file: Path) -> StackState | None:
    """The state, or None when there is none; one that cannot be read counts as none."""
    try:
        return msgspec.json.decode(state_file.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def save(state_file: Path, state: StackState) -> None:
    """Replaced in one step: a reader never sees half of it."""
    draft = state_file.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(state)))
    draft.replace(state_file)


@contextmanager
def locked(lock_file: Path, timeout_seconds: float, busy: Callable[[], str]) -> Iterator[None]:
    """Only one command starts or stops a stack at a time. Raises ToolError(busy()) after the timeout.

    The kernel lets the lock go when its holder dies, however it dies.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise ToolError(busy()) from None
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)
