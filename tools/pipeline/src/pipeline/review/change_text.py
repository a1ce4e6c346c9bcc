"""How the change of one resource reads: an item of a list, its attributes below it."""

from collections.abc import Iterable, Iterator

from pipeline.review.markdown import code, code_html, details, indented
from pipeline.review.planned_changes import DESTROY, IMPORT, REPLACE, PlannedChange
from pipeline.review.value_text import attribute_text, only_written_otherwise


def lost_text(change: PlannedChange) -> str:
    verb = "destroy" if change.kind == DESTROY else "replace"
    named = f" ({code(change.named)})" if change.named else ""
    order = ", the new one is created first" if change.creates_first else ", the old one is deleted first"
    reason = f"{change.reason}{order if change.kind == REPLACE else ''}"
    head = f"- **{verb}** {code(change.address)}{named}: {reason}"
    # Of a replacement, why; the rest follows from it.
    return "\n".join([head, *_attribute_lines(change)]) if change.kind == REPLACE else head


def change_text(change: PlannedChange) -> str:
    imported = " (**imported**)" if change.kind == IMPORT else ""
    moved = f" (moved from {code(change.previous_address)})" if change.previous_address else ""
    return "\n".join([f"- {code(change.address)}{imported}{moved}", *_attribute_lines(change)])


def created_text(change: PlannedChange) -> str:
    """What is made, its attributes folded."""
    lines = "\n".join(_attribute_lines(change))
    if not lines:
        return f"- {code(change.address)}"
    return (
        "- "
        + indented(
            details(code_html(change.address), lines.replace("\n  ", "\n").removeprefix("  "))
        ).lstrip()
    )


def _attribute_lines(change: PlannedChange) -> Iterator[str]:
    # What forces a replacement first.
    for attribute in sorted(change.attributes, key=lambda each: not each.forces):
        if text := attribute_text(attribute):
            yield indented(text)
    formatting = [each.name for each in change.attributes if only_written_otherwise(each)]
    if formatting:
        yield f"  - only written otherwise: {_names(formatting)}"
    if change.folded:
        yield f"  - set by AWS, or repeated: {_names(change.folded)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)


def drift_text(change: PlannedChange) -> str:
    if change.kind == DESTROY:
        return f"- {code(change.address)} is gone"
    return "\n".join([f"- {code(change.address)}", *_attribute_lines(change)])
