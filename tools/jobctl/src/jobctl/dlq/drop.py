"""Gives dead letters up for good: saved to a file, told to the ledger and the auditors, then deleted."""

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deployment.errors import BadInput, ToolError
from deployment.interruption import Interruption
from deployment.target import Target

from jobctl.dlq.audit import Audit
from jobctl.dlq.holding import Hold
from jobctl.dlq.ledger_view import Entry, Standing, note_drop
from jobctl.dlq.letters import Letter
from jobctl.dlq.replay import BATCH_ENTRIES, Outcome


class SavedLetters:
    """A new file of JSON lines that only its owner reads: the letters may hold anything."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise BadInput(f"--save {path}: the file exists; name a new one.") from None
        except OSError as error:
            raise BadInput(f"--save {path}: the file cannot be made ({error.strerror}).") from None

    def write(self, letters: Sequence[Letter]) -> None:
        """All of them, on the disk when this returns."""
        try:
            with os.fdopen(self._descriptor, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(saved(letter), ensure_ascii=False) + "\n" for letter in letters)
                file.flush()
                os.fsync(file.fileno())
        except (OSError, UnicodeEncodeError) as error:
            raise ToolError(f"{self.path} cannot be written ({error}); nothing was dropped.") from None


def saved(letter: Letter) -> dict[str, Any]:
    """Everything that is needed to send the letter again."""
    return {
        "queue": letter.stage,
        "jobId": letter.job_id,
        "reason": letter.reason,
        "messageId": letter.message_id,
        "sentAtMs": letter.sent_at_ms,
        "body": letter.body,
        "attributes": {name: _plain(attribute) for name, attribute in letter.attributes.items()},
    }


def drop(
    target: Target,
    hold: Hold,
    entries: Sequence[Entry],
    *,
    who: str,
    when: str,
    audit: Audit,
    outcome: Outcome,
    interruption: Interruption,
) -> None:
    """Adds to `outcome` as it goes. The ledger first: a letter that is still there can be dropped again."""
    for start in range(0, len(entries), BATCH_ENTRIES):
        with interruption.deferred():
            wanted = entries[start : start + BATCH_ENTRIES]
            batch = [entry for entry in wanted if _is_free(hold, entry, outcome)]
            for entry in batch:
                note_drop(target, entry, who, when)
            letters = [entry.letter for entry in batch]
            if letters:
                audit.note("dropped", letters)
            left = hold.delete(letters)
            outcome.failed += [(letters[position], reason) for position, reason in left.items()]
            outcome.done += [letter for position, letter in enumerate(letters) if position not in left]


def _is_free(hold: Hold, entry: Entry, outcome: Outcome) -> bool:
    """Whether a letter may go; its job may not be left without an end."""
    if not hold.holds(entry.letter):
        outcome.failed.append((entry.letter, "no longer held: somebody else may have it; read again"))
    elif entry.standing is Standing.IN_WORK or entry.to_reconcile:
        outcome.failed.append((entry.letter, "its job is in work, says the ledger; look again in a minute"))
    else:
        return True
    return False


def _plain(attribute: Any) -> dict[str, str]:
    plain = {name: str(value) for name, value in attribute.items() if name != "BinaryValue"}
    if "BinaryValue" in attribute:
        plain["BinaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return plain
