"""Reviews made from small plans, and what GitHub makes of their text."""

import re
import unicodedata
from typing import Any

from markdown_it import MarkdownIt
from pipeline.review.policy_findings import PolicyFindings
from pipeline.review.redaction import redacted
from pipeline.review.reviewing import review_of
from pipeline.review.sections import Review
from pipeline.review.summary import summary_text
from review_plans import RELEASE, entry, plan

HOLDS = PolicyFindings(passed=3)
QUEUE = "aws_sqs_queue.jobs"
TASK = "aws_ecs_task_definition.worker"
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def review(*entries: dict[str, Any], policies: PolicyFindings | None = HOLDS, **parts: Any) -> Review:
    document = plan(*entries, **parts)
    return review_of(document, redacted(document), "dev", RELEASE, policies)


def summary(*entries: dict[str, Any], **parts: Any) -> str:
    return summary_text(review(*entries, **parts))


def rendered(text: str) -> tuple[str, str]:
    """The HTML without what is code, and the code, as GitHub reads Markdown."""
    html = GITHUB.render(text)
    codes = re.findall(r"<code[^>]*>(.*?)</code>", html, re.DOTALL)
    return re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.DOTALL), "\n".join(codes)


OUR_TAGS = {"h2", "h3", "ul", "li", "p", "strong", "em", "details", "summary", "pre"}


def assert_nothing_breaks_out(text: str) -> None:
    outside, _ = rendered(text)
    tags = set(re.findall(r"</?([a-z0-9]+)", outside))
    assert tags <= OUR_TAGS, tags - OUR_TAGS
    assert "@" not in outside
    assert "octocat" not in outside
    # GitHub makes links of these by itself.
    assert not re.search(r"<!--|://|www\.|#\d|GH-", outside)
    assert outside.count("<h2>") == 1
    assert outside.count("<details>") == outside.count("</details>")
    hidden = [sign for sign in text if sign not in "\n\t" and unicodedata.category(sign) in {"Cc", "Cf"}]
    assert hidden == []


def big(number: int, length: int) -> list[dict[str, Any]]:
    return [
        entry("update", {"text": "a"}, {"text": f"{n}-" + "→" * length}, address=f"aws_x.resource_{n}")
        for n in range(number)
    ]
