"""What was not reviewed, for people."""

from collections.abc import Iterable, Sequence

from pipeline.review.comparison import Difference, action_text
from pipeline.review.record import Change

_INTRODUCTION = "**This is not what was reviewed.** Nothing was applied."


def difference_text(differences: Sequence[Difference]) -> str:
    """Markdown: for each address what was reviewed, what would happen now, and where they differ."""
    if not differences:
        return "Everything that would change was reviewed.\n"
    return "\n".join([_INTRODUCTION, "", *(line for each in differences for line in _lines(each))]) + "\n"


def _lines(difference: Difference) -> Iterable[str]:
    if difference.now is None:
        yield f"- {'; '.join(difference.reasons)}"
        return
    yield f"- `{difference.address}`: {'; '.join(difference.reasons)}"
    yield f"  - reviewed: {', or '.join(map(_told, difference.reviewed)) or 'no change'}"
    yield f"  - now: {_told(difference.now)}"


def _told(change: Change) -> str:
    names = ", ".join(f"`{name}`" for name in change.attributes)
    left_behind = " of an object that a replacement left behind" if change.deposed else ""
    return f"{action_text(change.actions)}{left_behind}{f' ({names})' if names else ''}"
