"""Whether an environment still is what main says: what somebody changed by hand, and what was not deployed.

A whole plan tells, with the images that are deployed: it sees every attribute that the code sets. A refresh
alone would also list what AWS and scaling set by themselves, and would not see code that was never applied.
What somebody made besides, Terraform does not know of.
"""

from dataclasses import dataclass

from pipeline.review.change_text import change_text, created_text, drift_text, lost_text
from pipeline.review.markdown import code, plain
from pipeline.review.planned_changes import (
    CREATE,
    DESTROY,
    FORGET,
    MOVE,
    REPLACE,
    Changes,
    PlannedChange,
)
from pipeline.review.section import Block, Section, fitting

LONGEST_DRIFT_BYTES = 12_000


@dataclass(frozen=True)
class Drift:
    """`by_hand`: changed outside Terraform; `not_deployed`: what main would change besides."""

    root: str
    by_hand: tuple[PlannedChange, ...]
    not_deployed: tuple[PlannedChange, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything is as main says."""
        return not self.by_hand and not self.not_deployed

    def headline(self) -> str:
        """Root and verdict in one line."""
        if self.is_clean:
            return f"## {plain(self.root)}: everything is as main says"
        counts = [
            f"{len(changes)} {verdict}"
            for changes, verdict in (
                (self.by_hand, "changed outside Terraform"),
                (self.not_deployed, "not as main says"),
            )
            if changes
        ]
        return f"## {plain(self.root)}: {', '.join(counts)}"

    def text(self) -> str:
        """Markdown; the issue has room for five of these."""
        sections = [section for section in self._sections() if section.blocks]
        return fitting(self.headline(), sections, LONGEST_DRIFT_BYTES)

    def _sections(self) -> list[Section]:
        return [
            Section(
                "changed outside Terraform",
                1,
                [Block(drift_text(each)) for each in self.by_hand],
                "Changed outside Terraform: the next deploy puts it back",
            ),
            Section(
                "not as main says",
                2,
                [Block(_told(each), f"- {code(each.address)}") for each in self.not_deployed],
                "Not as main says: the next deploy changes it",
            ),
        ]


def drift_of(root: str, changes: Changes) -> Drift:
    """Tells apart what a plan would change of a root that is deployed."""
    by_hand = {change.address: change for change in changes.drifted}

    def is_explained(change: PlannedChange) -> bool:
        cause = by_hand.get(change.address)
        if cause is None:
            return False
        names = {attribute.name for attribute in cause.attributes}
        return cause.kind == DESTROY or {attribute.name for attribute in change.attributes} <= names

    rest = [change for change in changes.planned if not is_explained(change)]
    return Drift(root, changes.drifted, tuple(rest))


def _told(change: PlannedChange) -> str:
    if change.kind in {DESTROY, REPLACE}:
        return lost_text(change)
    if change.kind == CREATE:
        return created_text(change)
    if change.kind in {MOVE, FORGET}:
        return f"- {code(change.address)}: {change.kind} in the state"
    return change_text(change)
