"""Text of strangers in GitHub's Markdown: whoever opens a pull request chooses the values that it plans.

Everything that is not written in this package goes through `code`, `code_html`, `plain` or `fenced`: nothing
in it is read as Markdown or HTML, nobody is mentioned, no issue is linked, and no sign is invisible or turns
the text around it.
"""

import html
import re
import unicodedata

# Controls, and signs that cannot be seen or that change the direction of what stands beside them.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BACKTICKS = re.compile(r"`+")
# Words and signs that mean nothing to Markdown, where a letter is the first.
_HARMLESS = re.compile(r"[^\W\d_][\w ,.;:()'\"/=%+?!-]*")
_LINKED = re.compile(r"://|www\.|__|(?<!\w)_|_(?!\w)|GH-\d|[0-9a-f]{7}", re.IGNORECASE)
LONGEST_CODE = 300


def visible(text: str, *, keep: str = "") -> str:
    """The text with every hidden sign by its number (`\\u202e`); those in `keep` stay."""
    return "".join(
        sign if sign in keep or unicodedata.category(sign) not in _HIDDEN else _number(sign) for sign in text
    )


def code(text: str, longest: int = LONGEST_CODE) -> str:
    """A text of one line as code, cut where it is longer."""
    shown = cut(visible(text), longest)
    quotes = "`" * (_longest_run(shown) + 1)
    # A space on both sides is taken off again; without it a backtick would join those around it.
    space = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) or not shown.strip() else ""
    return f"{quotes}{space}{shown}{space}{quotes}"


def code_html(text: str) -> str:
    """The same where HTML is written, as in `<summary>`."""
    return f"<code>{html.escape(cut(visible(text), LONGEST_CODE))}</code>"


def plain(text: str) -> str:
    """A sentence as it is where it holds nothing that means something to GitHub, else as code."""
    one_line = " ".join(text.split())
    harmless = _HARMLESS.fullmatch(one_line) and not _LINKED.search(one_line)
    return one_line if harmless else code(one_line, 1000)


def fenced(text: str, language: str = "") -> str:
    """Lines as a block of code that nothing in them can end."""
    shown = visible(text, keep="\n\t")
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def details(summary: str, body: str) -> str:
    """Folded: `summary` is HTML, `body` is Markdown."""
    # The empty lines are where HTML ends and Markdown begins.
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def indented(text: str, by: int = 2) -> str:
    """As part of a list's item."""
    return "\n".join(" " * by + line if line else line for line in text.split("\n"))


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with a sign that there is more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def size(text: str) -> int:
    """Bytes in UTF-8. GitHub says 65,536 characters; bytes are never fewer, however it counts them."""
    return len(text.encode())


def _number(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08x}"  # noqa: PLR2004


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
