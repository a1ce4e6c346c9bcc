"""Batches to SQS whose every entry is answered for: done, or why not."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from deployment.aws_errors import error_code
from queue_worker.batches import batches

TRIES = 4
FIRST_PAUSE_SECONDS = 0.2
_HTTP_SERVER_ERROR = 500
# SQS refuses a whole call for what one of its entries holds.
_CONTENT = frozenset(
    {"AWS.SimpleQueueService.BatchRequestTooLong", "BatchRequestTooLong", "InvalidMessageContents"}
    | {"InvalidParameterValue", "InvalidAttributeValue", "MessageTooLong"}
)
_PASSING = frozenset(
    {"RequestThrottled", "Throttling", "ThrottlingException", "ServiceUnavailable", "KmsThrottled"}
)

_SILENCE = "SQS answered without a word on it"

Entry = Mapping[str, Any]
Call = Callable[[list[dict[str, Any]]], Any]


def in_batches(
    call: Call,
    entries: Sequence[Entry],
    size_bytes: Callable[[Entry], int] = lambda _entry: 0,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[int, str]:
    """Calls for at most 10 entries at a time; the reasons of those that were not done, by position.

    What may pass is tried again, which may do an entry twice when an answer was lost.
    """
    reasons: dict[int, str] = {}
    for positions in batches(range(len(entries)), lambda position: size_bytes(entries[position])):
        reasons |= _batch(call, entries, positions, sleep)
    return reasons


def _batch(
    call: Call, entries: Sequence[Entry], positions: Sequence[int], sleep: Callable[[float], None]
) -> dict[int, str]:
    final: dict[int, str] = {}
    waiting = list(positions)
    passing: dict[int, str] = {}
    for attempt in range(TRIES):
        if attempt:
            sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        try:
            answer = call([{"Id": str(position), **entries[position]} for position in waiting])
        except ClientError as error:
            reason = _reason(error)
            if error_code(error) in _CONTENT and len(waiting) > 1:
                # One by one, so that a letter that SQS does not take holds none of the others.
                return final | _one_by_one(call, entries, waiting, sleep)
            if not _may_pass(error):
                return final | dict.fromkeys(waiting, reason)
            passing = dict.fromkeys(waiting, reason)
        except BotoCoreError as error:
            passing = dict.fromkeys(waiting, f"{type(error).__name__}: {error}")
        else:
            passing, refused = _failures(answer, waiting)
            final |= refused
        waiting = list(passing)
        if not waiting:
            break
    return final | passing


def _one_by_one(
    call: Call, entries: Sequence[Entry], positions: Sequence[int], sleep: Callable[[float], None]
) -> dict[int, str]:
    found: dict[int, str] = {}
    for position in positions:
        found |= _batch(call, entries, [position], sleep)
    return found


def _failures(answer: Any, asked: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
    """(What may be tried again, what may not), with reasons."""
    # botocore takes an answer that was cut short for an empty one: silence on an entry is no success.
    done = {int(entry["Id"]) for entry in answer.get("Successful", [])}
    passing = dict.fromkeys((position for position in asked if position not in done), _SILENCE)
    refused: dict[int, str] = {}
    for failed in answer.get("Failed", []):
        reason = f"{failed.get('Code', '')}: {failed.get('Message', '')}".strip(": ")
        position = int(failed["Id"])
        passing.pop(position, None)
        (refused if failed.get("SenderFault") else passing)[position] = reason
    return passing, refused


def _may_pass(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error_code(error) in _PASSING or status >= _HTTP_SERVER_ERROR


def _reason(error: ClientError) -> str:
    said = str(error.response.get("Error", {}).get("Message", ""))
    return f"{error_code(error)}: {said}".strip(": ")
