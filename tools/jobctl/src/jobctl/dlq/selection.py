"""Which letters are meant, and how they look in groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobctl.dlq.letters import Letter


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a letter must have; None or nothing: any. `reason`: a part of it, in any case."""

    reason: str = ""
    job_type: str = ""
    job_ids: frozenset[str] = frozenset()
    older_than_ms: int = 0

    @property
    def is_everything(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Selection()

    def takes(self, letter: Letter, now_ms: int) -> bool:
        """Whether a letter is meant."""
        return (
            self.reason.casefold() in letter.reason.casefold()
            and self.job_type in ("", letter.job_type)
            and (not self.job_ids or letter.job_id in self.job_ids)
            # A worker's clock may be ahead of ours: without the option age says nothing.
            and (not self.older_than_ms or now_ms - letter.died_at_ms >= self.older_than_ms)
        )


@dataclass(frozen=True)
class Group:
    """Letters of one queue that died of the same, as the same type of job; oldest first."""

    stage: str
    reason: str
    job_type: str
    letters: tuple[Letter, ...]


def groups(letters: Sequence[Letter]) -> list[Group]:
    """The largest group first."""
    found: dict[tuple[str, str, str], list[Letter]] = {}
    for letter in sorted(letters, key=lambda letter: letter.died_at_ms):
        found.setdefault((letter.stage, letter.reason, letter.job_type), []).append(letter)
    made = [Group(*key, tuple(members)) for key, members in found.items()]
    return sorted(made, key=lambda group: -len(group.letters))
