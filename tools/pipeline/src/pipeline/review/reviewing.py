"""From a plan to what is written for its review."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import ToolError

from pipeline.cost import Comparison, CostError, load_prices
from pipeline.cost import compare as compare_costs
from pipeline.release import Release
from pipeline.review.image_changes import image_changes
from pipeline.review.planned_changes import changes_of
from pipeline.review.planning import Planned
from pipeline.review.policy_findings import PolicyFindings, judge
from pipeline.review.recording import record_of
from pipeline.review.redaction import redacted
from pipeline.review.secret_texts import secret_texts
from pipeline.review.sections import Review
from pipeline.review.summary import comment_text, summary_text

_BAD_CHECKS = {"fail", "error"}


@dataclass(frozen=True)
class ReviewFiles:
    """The folder with plan.json, record.json, summary.md and comment.md."""

    folder: Path

    def make(self) -> None:
        """Makes the folder, and takes away what an earlier plan left there. Raises ToolError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in ("plan.json", "record.json", "summary.md", "comment.md"):
                (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise ToolError(f"{self.folder} cannot be written to: {error.strerror}.") from None

    def write(
        self, planned: Planned, root: str, release: Release, repository: Path, *, with_policies: bool
    ) -> Review:
        """Writes all of them; the policies judge what is written, so they see no secret either."""
        masked = redacted(planned.document)
        plan_file = self.folder / "plan.json"
        plan_file.write_text(json.dumps(masked))
        record_of(planned.document, root, release).write(self.folder / "record.json")
        policies = judge(repository, plan_file) if with_policies else None
        review = review_of(planned.document, masked, root, release, policies, warnings=planned.warnings)
        (self.folder / "summary.md").write_text(summary_text(review))
        (self.folder / "comment.md").write_text(comment_text(review))
        return review


def review_of(
    plan: dict[str, Any],
    masked: dict[str, Any],
    root: str,
    release: Release,
    policies: PolicyFindings | None,
    *,
    warnings: Iterable[str] = (),
) -> Review:
    """What there is to tell of a plan; `masked` is its copy without secrets."""
    secrets = secret_texts(plan)
    warnings = [*warnings, *_failed_checks(masked)]
    return Review(
        root=root,
        release=release,
        changes=changes_of(plan, masked),
        images=image_changes(masked, release),
        cost=_cost(masked),
        policies=policies,
        warnings=[secrets.masked(warning, "(sensitive value)") for warning in warnings],
    )


def _cost(plan: dict[str, Any]) -> Comparison | str:
    try:
        return compare_costs(plan, load_prices())
    except CostError as error:
        return str(error)


def _failed_checks(plan: dict[str, Any]) -> Iterator[str]:
    for check in plan.get("checks") or []:
        for instance in check.get("instances") or []:
            if instance.get("status") in _BAD_CHECKS:
                address = (instance.get("address") or {}).get("to_display", "A check")
                problems = [str(problem.get("message", "")) for problem in instance.get("problems") or []]
                yield f"{address} does not hold: {' '.join(problems) or instance['status']}"
