"""A request's body becomes a submission, or one sentence about the field that is wrong."""

import math
from dataclasses import dataclass
from typing import Any

import msgspec
from job_contract import NEVER_STORED, TIME_KEY, ContractError, submission_time, without_secrets

from http_intake.errors import BadSubmission

# Below what any JSON code on the way, in whatever depth of calls, takes.
MAX_DEPTH = 32
# What all JSON code on the way can hold: msgspec refuses larger ones.
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1
# The largest time in ticks; nanoseconds end with it in the year 2262.
MAX_TICKS = 2**63 - 1


@dataclass(frozen=True)
class Unchecked:
    """A body that is a JSON object with a token, which nobody has compared yet."""

    token: str
    fields: dict[str, Any]


def read_body(body: bytes) -> Unchecked:
    """What a body holds; raises BadSubmission."""
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSubmission(f"The body is not JSON: {error}.", field="body") from None
    if not isinstance(fields, dict):
        raise BadSubmission("The body is not a JSON object.", field="body")
    token = fields.get(NEVER_STORED)
    if not isinstance(token, str) or not token:
        # The value is not shown: a number or a list may be a token, too.
        raise BadSubmission("token must be a text that is not empty.", field=NEVER_STORED)
    return Unchecked(token, fields)


def data_to_store(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without any token, and with the time in ISO 8601; raises BadSubmission."""
    if TIME_KEY not in fields:
        raise BadSubmission(f"{TIME_KEY} is missing.", field=TIME_KEY)
    for name, value in fields.items():
        if problem := _problem(value, MAX_DEPTH):
            raise BadSubmission(f"{name[:60]} {problem}.", field=name)
    kept: dict[str, Any] = without_secrets(fields)
    return kept | {TIME_KEY: _time(fields[TIME_KEY])}


def _time(value: Any) -> str:
    if isinstance(value, int | float) and not 0 <= value <= MAX_TICKS:
        raise BadSubmission(f"{TIME_KEY} in ticks must be from 0 to {MAX_TICKS}.", field=TIME_KEY)
    try:
        return submission_time(value)
    except ContractError as error:
        raise BadSubmission(str(error), field=TIME_KEY) from None


def _problem(value: Any, levels: int) -> str | None:
    """Why the services behind the queue could not carry it, or None."""
    if isinstance(value, dict | list):
        if levels == 0:
            return f"is nested deeper than {MAX_DEPTH} levels"
        parts = value.values() if isinstance(value, dict) else value
        return next((problem for part in parts if (problem := _problem(part, levels - 1))), None)
    if isinstance(value, float) and not math.isfinite(value):
        return "holds a number that is too large"
    if isinstance(value, int) and not MIN_INTEGER <= value <= MAX_INTEGER:
        return f"holds a whole number outside of {MIN_INTEGER} to {MAX_INTEGER}"
    return None
