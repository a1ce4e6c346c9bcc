"""docs/change.md: each sentence that it says a run shows is in the code, and its comment is one."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipeline.cost import Comparison, Estimate, Line
from pipeline.review.policy_findings import PolicyFindings
from pipeline.review.redaction import redacted
from pipeline.review.reviewing import review_of
from pipeline.review.summary import comment_text
from review_plans import PUBLISHED, REAL, entry, plan

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/change.md").read_text()
SOURCES = [*ROOT.glob("tools/pipeline/src/**/*.py"), *ROOT.glob("libs/deployment/src/**/*.py")]
STACK = "module.stack.module"


def _said() -> list[str]:
    """What the table of stops quotes."""
    [table] = re.findall(r"<!-- stops: .*?-->(.*?)<!-- end of stops -->", PAGE, re.DOTALL)
    rows = [line.split("|")[2] for line in table.strip().splitlines()[2:]]
    return [sentence for row in rows for sentence in re.findall(r"`([^`]+)`", row)]


def _texts(file: Path) -> Iterator[str]:
    """Every string of a module; what is filled in is an ellipsis."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield "".join(str(part) for part in parts)


@pytest.mark.parametrize("sentence", _said())
def test_what_a_run_is_said_to_show_is_in_the_code(sentence: str) -> None:
    pattern = re.compile(".*?".join(map(re.escape, sentence.split("…"))), re.DOTALL)
    assert any(pattern.search(text) for file in SOURCES for text in _texts(file)), sentence


def test_each_place_where_a_change_stops_is_told() -> None:
    assert len(_said()) >= 10


def test_the_comment_on_the_page_is_one() -> None:
    [shown] = re.findall(r"<!-- comment: begin.*?-->\n+(.*?)<!-- comment: end -->", PAGE, re.DOTALL)
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in _comment().splitlines())

    assert shown.strip() == quoted.strip(), f"docs/change.md must show:\n\n{quoted}"


def _comment() -> str:
    """A change of one alarm, the end of another, and a new image of one service, as GitHub shows it."""
    digests = {**REAL, "background_job": "sha256:" + "9" * 64}
    queue = f"{STACK}.background_queue.aws_cloudwatch_metric_alarm"
    document: dict[str, Any] = plan(
        entry(
            "update",
            {"alarm_name": "jobs-prod-background-jobs-depth", "threshold": 50},
            {"alarm_name": "jobs-prod-background-jobs-depth", "threshold": 100},
            address=f'{queue}.depth["on"]',
        ),
        entry(
            "delete",
            {"alarm_name": "jobs-prod-background-jobs-oldest-message"},
            address=f'{queue}.oldest_message["on"]',
            action_reason="delete_because_no_resource_config",
        ),
        output_changes={"image_digests": entry("update", digests, REAL)["change"]},
    )
    review = review_of(document, redacted(document), "prod", PUBLISHED, PolicyFindings(passed=225, skipped=9))
    return comment_text(replace(review, cost=Comparison(_costing(163.55), _costing(163.45))))


def _costing(usd: float) -> Estimate:
    return Estimate((Line("everything", "", 1, "", usd),), ())
