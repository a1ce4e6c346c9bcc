"""The parts of a plan's summary."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.cost import Comparison
from pipeline.release import Release
from pipeline.review.change_text import change_text, created_text, drift_text, lost_text
from pipeline.review.image_changes import ImageChange
from pipeline.review.markdown import code, plain
from pipeline.review.planned_changes import (
    CHANGE,
    CREATE,
    DESTROY,
    FORGET,
    IMPORT,
    MOVE,
    REPLACE,
    REVISE,
    Changes,
    PlannedChange,
)
from pipeline.review.policy_findings import PolicyFindings
from pipeline.review.section import Block, Section

_BY_HAND = "Changed outside Terraform: this plan puts it back"
_REVISED = "New task definitions; the old revisions stay"
_VERBS = {
    DESTROY: "destroy",
    REPLACE: "replace",
    CHANGE: "change",
    IMPORT: "import",
    MOVE: "move",
    FORGET: "forget",
    CREATE: "create",
}
# Up to so many created resources are shown with their attributes; of more, only their addresses.
_FEW = 20


@dataclass(frozen=True)
class Review:
    """What a summary tells. `cost` is a sentence where it cannot be told; `policies` None: not run."""

    root: str
    release: Release
    changes: Changes
    images: Sequence[ImageChange]
    cost: Comparison | str
    policies: PolicyFindings | None
    warnings: Sequence[str] = ()


def headline(review: Review) -> str:
    """Root and verdict in one line."""
    counts = [
        f"{number} to {verb}" for kind, verb in _VERBS.items() if (number := len(review.changes.of(kind)))
    ]
    if number := len(review.changes.of(REVISE)):
        counts.append(f"{number} new task definition{'s' if number > 1 else ''}")
    parts = [", ".join(counts) or "no changes"]
    if number := len(review.images):
        parts.append(f"{number} new image{'s' if number > 1 else ''}")
    if review.policies and not review.policies.hold:
        broken = len(review.policies.findings) + len(review.policies.problems)
        parts.append(f"{broken} finding{'s' if broken > 1 else ''} of policies")
    return f"## {plain(review.root)}: {'; '.join(parts)}"


def sections(review: Review) -> list[Section]:
    """In the order in which they are read; those with nothing to tell are left out."""
    of = review.changes.of
    drifted = review.changes.drifted
    every = [
        Section("overview", 0, [Block(_overview(review))]),
        Section(
            "destroyed and replaced", 1, _blocks(lost_text, of(DESTROY, REPLACE)), "Destroyed and replaced"
        ),
        Section("policies", 2, _blocks(str, _policies(review.policies)), "Policies that do not hold"),
        Section("images", 3, _blocks(_image, review.images), "Images"),
        Section("changed by hand", 4, _blocks(drift_text, drifted), _BY_HAND),
        Section("warnings", 4, [Block(f"- {plain(each)}") for each in review.warnings], "Warnings"),
        Section("changed", 5, _blocks(change_text, of(CHANGE, IMPORT)), "Changed"),
        Section("new task definitions", 6, _blocks(change_text, of(REVISE)), _REVISED),
        Section("moved and forgotten", 6, _blocks(_kept, of(MOVE, FORGET)), "In the state only"),
        _created(of(CREATE)),
        Section(
            "cost", 8, _blocks(str, _costs(review.cost)), "Cost at rest, resource by resource", folded=True
        ),
        Section("footer", 0, [Block(_footer(review))]),
    ]
    return [section for section in every if section.blocks]


def _blocks(text: Callable[[Any], str], items: Iterable[Any]) -> list[Block]:
    return [Block(text(item)) for item in items]


def _overview(review: Review) -> str:
    lines = []
    if review.policies is None:
        lines.append("- Policies: **not looked at** (`--no-policies`).")
    elif review.policies.hold:
        counts = f"{review.policies.passed} passed, {review.policies.skipped} skipped with a reason"
        lines.append(f"- Policies: all hold ({counts}).")
    else:
        lines.append("- Policies: **not all hold**, see below.")
    lines.append(f"- Cost at rest: {_cost(review.cost)}")
    return "\n".join(lines)


def _cost(cost: Comparison | str) -> str:
    if isinstance(cost, str):
        return f"not known: {plain(cost)}"
    before, after = cost.before.total_usd, cost.after.total_usd
    unknown = f" {len(cost.after.unpriced)} resources have no known price." if cost.after.unpriced else ""
    if round(before, 2) == round(after, 2):
        return f"{after:.2f} US dollars a month, as before.{unknown}"
    return f"{before:.2f} → {after:.2f} US dollars a month (**{after - before:+.2f}**).{unknown}"


def _costs(cost: Comparison | str) -> Iterator[str]:
    if not isinstance(cost, str):
        lines = cost.lines()
        yield from (f"- {code(address)}: {before:.2f} → {after:.2f}" for address, before, after in lines)
        yield from (f"- {code(address)}: not known" for address in cost.after.unpriced)


def _kept(change: PlannedChange) -> str:
    if change.kind == FORGET:
        return (
            f"- {code(change.address)} is forgotten: it stays in AWS, and Terraform no longer looks after it"
        )
    return f"- {code(change.address)} was {code(change.previous_address or '')}"


def _created(created: Sequence[PlannedChange]) -> Section:
    title = f"Created: {len(created)}"
    if len(created) <= _FEW:
        blocks = [Block(created_text(each), f"- {code(each.address)}") for each in created]
        return Section("created", 7, blocks, title)
    by_type: dict[str, list[PlannedChange]] = {}
    for change in created:
        by_type.setdefault(change.type, []).append(change)
    blocks = [
        Block("\n".join([f"- {code(kind)} ({len(group)})", *(f"  - {code(each.address)}" for each in group)]))
        for kind, group in sorted(by_type.items())
    ]
    return Section("created", 7, blocks, f"{title} resources of {len(by_type)} types", folded=True)


def _policies(policies: PolicyFindings | None) -> Iterator[str]:
    if policies:
        for finding in policies.findings:
            what = f"{plain(finding.sentence)}. {plain(finding.to_do)}"
            yield f"- **{plain(finding.check_id)}** {code(finding.where)}: {what}"
        yield from (f"- {plain(problem)}" for problem in policies.problems)


def _image(image: ImageChange) -> str:
    before = code(_short(image.before)) if image.before else "nothing deployed yet"
    after = code(_short(image.after)) if image.after else f"not built yet ({code(_short(image.tag))})"
    return f"- {plain(image.service)}: {before} → {after}"


def _short(digest: str) -> str:
    kind, sign, rest = digest.partition(":") if ":" in digest else digest.partition("-")
    return f"{kind}{sign}{rest[:12]}"


def _footer(review: Review) -> str:
    return (
        f"Commit {code(review.release.commit[:12])}, tree {code(review.release.tree[:12])}. "
        "A deploy of this tree does nothing that is not listed here without asking first. `plan.json`, among "
        "this run's artifacts, has every value but the sensitive ones."
    )
