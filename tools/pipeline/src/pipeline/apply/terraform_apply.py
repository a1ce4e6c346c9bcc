"""`terraform apply` of a plan file, and what went wrong in words that say what to do next."""

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from deployment.errors import Interrupted, ToolError
from deployment.terraform import TerraformRoot

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A run that is told to stop ends what it is at and saves the state; a service or a queue may take minutes.
STOP_SECONDS = 900.0
_LOCKED = "Error acquiring the state lock"
_STALE = "Saved plan is stale"


def apply_plan(
    terraform: TerraformRoot, plan: Path, s3: "S3Client", root: str, lock_timeout_seconds: int
) -> None:
    """Applies the plan; raises ToolError. A signal is passed on and waited for: Terraform saves the state."""
    if unsaved_state(terraform):
        raise ToolError(_unsaved(terraform, root))
    terraform.stop_seconds = STOP_SECONDS
    try:
        terraform.apply(plan, lock_timeout_seconds=lock_timeout_seconds)
    except Interrupted:
        if unsaved_state(terraform):
            raise ToolError(_unsaved(terraform, root)) from None
        raise
    except ToolError as error:
        raise ToolError(_sentence(error, terraform, s3, root, lock_timeout_seconds)) from None
    finally:
        _remember_lock(terraform)


def unsaved_state(terraform: TerraformRoot) -> tuple[Path, str | None] | None:
    """A state that an apply could not save, and the id of the lock that it left; None where all is saved."""
    lock = _lock_file(terraform)
    file = terraform.errored_state
    if not file.is_file():
        return None
    return file, (lock.read_text().strip() if lock.is_file() else None)


def forget_unsaved_state(terraform: TerraformRoot) -> None:
    """The state has been saved after all."""
    terraform.errored_state.unlink(missing_ok=True)
    _lock_file(terraform).unlink(missing_ok=True)


def read_lock(s3: "S3Client", bucket: str, root: str) -> dict[str, Any] | None:
    """Who holds a root's lock (`ID`, `Who`, `Created`, `Operation`); None: nobody, or not to be seen."""
    with suppress(ClientError, BotoCoreError, ValueError):
        body = s3.get_object(Bucket=bucket, Key=f"{root}/terraform.tfstate.tflock")["Body"].read()
        lock: dict[str, Any] = json.loads(body)
        return lock
    return None


def _remember_lock(terraform: TerraformRoot) -> None:
    if terraform.progress.lock_left and terraform.errored_state.is_file():
        _lock_file(terraform).write_text(terraform.progress.lock_left + "\n")


def _lock_file(terraform: TerraformRoot) -> Path:
    return terraform.errored_state.with_suffix(".lock")


def _sentence(
    error: ToolError, terraform: TerraformRoot, s3: "S3Client", root: str, lock_timeout_seconds: int
) -> str:
    errors = terraform.progress.errors
    if unsaved_state(terraform):
        return _unsaved(terraform, root)
    if _LOCKED in errors:
        held = _held(read_lock(s3, terraform.state_bucket, root), root)
        return f"{held}; waited {lock_timeout_seconds} s. {_IF_LOCKED}"
    if _STALE in errors:
        return (
            f"Something else changed the state of {root} between this plan and its apply, so nothing was "
            "applied; start the deploy again: it plans anew."
        )
    return str(error)


def _unsaved(terraform: TerraformRoot, root: str) -> str:
    reason = next(iter(terraform.progress.errors), "the log says why")
    return (
        f"The state of {root} could not be saved: {reason}. It alone knows what was made, "
        f"and is kept in {terraform.errored_state}. Log in again and run `pipeline save-state {root}` on "
        "this machine before anything else deploys there, then start the deploy again: "
        "docs/disaster.md#terraform-left-erroredtfstate"
    )


_IF_LOCKED = (
    "If that run lives, start this one again when it has ended; "
    "if it is dead: docs/disaster.md#the-state-is-locked"
)


def _held(lock: dict[str, Any] | None, root: str) -> str:
    if lock is None:
        return f"The state of {root} is locked by another run"
    who, since = lock.get("Who", "somebody"), lock.get("Created", "some time")
    what = f"{lock.get('Operation', 'unknown')}, lock {lock.get('ID', 'unknown')}"
    return f"The state of {root} is locked by {who} since {since} ({what})"
