"""One issue tells of drift, with a section for each root; it is closed when no root has any.

The issue's own text is what remembers: roots are looked at one after the other, each by a job of its own.
"""

import re
from dataclasses import dataclass

from deployment.errors import ToolError
from github.Issue import Issue
from github.Repository import Repository

from pipeline.github.client import one_sentence
from pipeline.github.comments import LONGEST_COMMENT, is_ours

LABEL = "drift"
TITLE = "What runs is not what main says"
_INTRODUCTION = """\
Somebody or something changed what Terraform deployed, or main was not deployed. Bring both together: write
the change into `infra` by a pull request, or deploy main again and so take the change back. The workflow
Drift keeps this issue up to date and closes it."""
# For four roots and the introduction.
_LONGEST_SECTION = (LONGEST_COMMENT - 4_000) // 5
_SECTION = re.compile(r"<!-- drift of ([a-z]+) -->\n(.*?)\n<!-- end of \1 -->", re.DOTALL)


@dataclass(frozen=True)
class Told:
    """What was done about the issue."""

    deed: str
    url: str | None = None


def tell(repository: Repository, root: str, summary: str | None) -> Told:
    """Writes the root's drift into the issue, or with None that it has none."""
    with one_sentence("writing the issue of drift"):
        issue = _find(repository)
        sections = dict(_SECTION.findall(issue.body or "")) if issue and issue.state == "open" else {}
        before = dict(sections)
        sections.pop(root, None)
        if summary is not None:
            sections[root] = _bounded(summary)
        if issue is None:
            return _open(repository, sections) if sections else Told("there is no issue, and no need for one")
        return _change(issue, before, sections)


def _find(repository: Repository) -> Issue | None:
    """The newest of ours, open ones first: whoever may write can open another with the same label."""
    found = [
        each
        for each in repository.get_issues(state="all", labels=[LABEL])
        if is_ours(each) and each.pull_request is None
    ]
    return max(found, key=lambda issue: (issue.state == "open", issue.number), default=None)


def _open(repository: Repository, sections: dict[str, str]) -> Told:
    issue = repository.create_issue(TITLE, body=_body(sections), labels=[LABEL])
    if LABEL not in {label.name for label in issue.labels}:
        raise ToolError(
            f"GitHub opened {issue.html_url} without the label {LABEL}, by which it is found again; "
            "make the label, and give it to the issue."
        )
    return Told("opened", issue.html_url)


def _change(issue: Issue, before: dict[str, str], sections: dict[str, str]) -> Told:
    if sections:
        reopened = issue.state != "open"
        if sections == before and not reopened:
            return Told("left as it is", issue.html_url)
        issue.edit(body=_body(sections), state="open")
        return Told("reopened" if reopened else "updated", issue.html_url)
    if issue.state == "open":
        issue.create_comment("Everything runs as main says again.")
        issue.edit(state="closed", state_reason="completed")
        return Told("closed", issue.html_url)
    return Told("is closed already", issue.html_url)


def _body(sections: dict[str, str]) -> str:
    parts = [
        f"<!-- drift of {root} -->\n{text}\n<!-- end of {root} -->" for root, text in sorted(sections.items())
    ]
    return "\n\n".join([_INTRODUCTION, *parts])


def _bounded(summary: str) -> str:
    """Without comments, which could pass for the marks of a section, and not too long."""
    text = summary.strip().replace("<!--", "&lt;!--")
    if len(text) <= _LONGEST_SECTION:
        return text
    return f"{text[:_LONGEST_SECTION]}\n\nThe rest is left out here; the run of the workflow has all of it."
