"""The commands of a section of a page, word for word, in their order."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def steps(page: str, heading: str) -> list[str]:
    """The `bash` blocks under a heading of `docs/<page>`, down to the next heading."""
    text = (REPOSITORY / "docs" / page).read_text()
    found = re.search(rf"^#+ {re.escape(heading)}$(.*)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/{page} has no section {heading!r}"
    blocks: list[str] = []
    # A comment in a block of code begins with a # and a blank, too: headings are looked for between blocks.
    for prose, language, code in re.findall(
        r"(.*?)^```(\w*)\n(.*?)^```$", found[1], re.MULTILINE | re.DOTALL
    ):
        if re.search(r"^#+ ", prose, re.MULTILINE):
            break
        if language == "bash":
            blocks.append(code)
    assert blocks, f"the section {heading!r} of docs/{page} has no commands"
    return blocks
