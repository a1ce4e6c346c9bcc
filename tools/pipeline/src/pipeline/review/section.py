"""Parts of a text, and what of them fits where there is no room for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.review.markdown import details, size

# Between two sections, two blocks.
_GAP, _LINE = 2, 1


@dataclass(frozen=True)
class Block:
    """One item; where there is no room for it, its `head` alone: the first line, if not given."""

    text: str
    head: str = ""

    @property
    def shortest(self) -> str:
        """The head."""
        return self.head or self.text.partition("\n")[0]


@dataclass(frozen=True)
class Section:
    """Blocks below a title; `urgency` decides what stays where there is no room, 0 first."""

    name: str
    urgency: int
    blocks: Sequence[Block]
    title: str = ""
    folded: bool = False

    def text(self, lines: Iterable[str]) -> str:
        """The section with these lines."""
        body = "\n".join(lines)
        if self.folded:
            return details(self.title, body)
        return f"### {self.title}\n\n{body}" if self.title else body


def whole(first: str, sections: Sequence[Section]) -> str:
    """A first line and everything below it."""
    return _joined([first, *(section.text(block.text for block in section.blocks) for section in sections)])


def fitting(first: str, sections: Sequence[Section], longest: int) -> str:
    """The same, at most so many bytes in UTF-8; what does not fit is left out in whole parts, and named.

    First each block gets its head, the urgent sections first; then as many as there is room for are whole.
    Raises ValueError where not even the first line and the note have room.
    """
    if size(everything := whole(first, sections)) <= longest:
        return everything
    chosen: dict[tuple[int, int], str] = {}
    room = longest - size(first) - size(_note(sections, {})) - _GAP - _LINE
    if room < 0:
        raise ValueError(f"{longest} bytes have no room for any summary")
    order = sorted(range(len(sections)), key=lambda place: sections[place].urgency)
    for place in order:
        frame = size(sections[place].text([])) + _GAP
        for number, block in enumerate(sections[place].blocks):
            needed = size(block.shortest) + _LINE + frame
            if needed <= room:
                chosen[place, number] = block.shortest
                room, frame = room - needed, 0
    for place in order:
        for number, block in enumerate(sections[place].blocks):
            needed = size(block.text) - size(block.shortest)
            if (place, number) in chosen and needed <= room:
                chosen[place, number] = block.text
                room -= needed
    return _joined([first, _note(sections, chosen), *_texts(sections, chosen)])


def _texts(sections: Sequence[Section], chosen: dict[tuple[int, int], str]) -> Iterable[str]:
    for place, section in enumerate(sections):
        lines = [chosen[place, number] for number in range(len(section.blocks)) if (place, number) in chosen]
        if lines:
            yield section.text(lines)


def _note(sections: Sequence[Section], chosen: dict[tuple[int, int], str]) -> str:
    """What is missing. Longest with nothing chosen, so that room can be kept for it."""
    missing = []
    for place, section in enumerate(sections):
        texts = [chosen.get((place, number)) for number in range(len(section.blocks))]
        cut = sum(text != block.text for text, block in zip(texts, section.blocks, strict=True))
        if cut:
            missing.append(f"{section.name} ({texts.count(None)} of {len(texts)}, {cut} in part or whole)")
    return (
        "**Too long for this place:** `summary.md` among this run's artifacts has all. "
        f"Left out here: {', '.join(missing)}."
    )


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(texts) + "\n"
