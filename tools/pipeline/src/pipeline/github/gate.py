"""Whether a run may count as green: every job passed, or was left out for a reason that holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployment.errors import BadInput

_NO_ACCOUNT = "the repository's variable AWS_ACCOUNT_ID is not set, so there is no account to talk to"
_RESULTS = {"success", "failure", "cancelled", "skipped"}


@dataclass(frozen=True)
class Verdict:
    """What came of one job, and whether that is fine; `why` is the reason."""

    job: str
    result: str
    fine: bool
    why: str


def results(needs: str) -> dict[str, str]:
    """Job → result, from `toJSON(needs)`; raises BadInput."""
    try:
        found = {job: need["result"] for job, need in json.loads(needs).items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadInput(
            "NEEDS must be what toJSON(needs) gives: an object of jobs, each with a result."
        ) from None
    if not found:
        raise BadInput("NEEDS names no job, so nothing would be judged.")
    for job, result in found.items():
        if result not in _RESULTS:
            raise BadInput(
                f"NEEDS says {result!r} of {job}; it must be one of {', '.join(sorted(_RESULTS))}."
            )
    return found


def left_out(event_name: str, event: Mapping[str, Any], account: str, ref: str) -> dict[str, str]:
    """Job → why it must be left out; `*` is every job. The workflows say the same in each job's `if`."""
    if event_name == "merge_group":
        return {"plan": "no role trusts the merge queue; the pull request's own run has planned"}
    if event_name == "pull_request":
        reason = _no_plan(event, account)
        return {"plan": reason} if reason else {}
    if not account:
        return {"*": _NO_ACCOUNT}
    if ref != "refs/heads/main":
        return {"*": f"only main is deployed, and this is {ref}"}
    return {}


def _no_plan(event: Mapping[str, Any], account: str) -> str | None:
    if not account:
        return _NO_ACCOUNT
    try:
        head, here = event["pull_request"]["head"]["repo"], event["repository"]["id"]
        sender = event["sender"]["type"]
    except (KeyError, TypeError):
        raise BadInput("The event does not say whose pull request it is, or who sent it.") from None
    # None, when the fork is deleted.
    if head is None or head["id"] != here:
        return "a pull request from a fork gets no role"
    if sender != "User":
        return (
            "a bot has pushed this; a person who has read it closes and reopens the pull request to plan it"
        )
    return None


def judge(found: Mapping[str, str], reasons: Mapping[str, str]) -> list[Verdict]:
    """A verdict for each job."""
    return [_verdict(job, result, reasons.get(job) or reasons.get("*")) for job, result in found.items()]


def _verdict(job: str, result: str, reason: str | None) -> Verdict:
    if reason:
        ran = f"it ran, though it should have been left out: {reason}"
        return Verdict(job, result, result == "skipped", reason if result == "skipped" else ran)
    why = (
        ""
        if result == "success"
        else "nothing allows to leave it out"
        if result == "skipped"
        else "see its log"
    )
    return Verdict(job, result, result == "success", why)


def table(verdicts: list[Verdict]) -> str:
    """Markdown."""
    rows = [
        f"| {each.job} | {each.result} | {'yes' if each.fine else '**no**'} | {each.why} |"
        for each in verdicts
    ]
    return "\n".join(["| job | result | fine | why |", "|---|---|---|---|", *rows]) + "\n"
