"""A stranger's values stay values: nothing of them hides, pings or injects."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.review.markdown import code, fenced, plain, visible
from pipeline.review.policy_findings import PolicyFinding, PolicyFindings
from pipeline.review.sections import headline
from pipeline.review.summary import comment_text, summary_text
from review_plans import entry
from review_reading import (
    assert_nothing_breaks_out,
    rendered,
    review,
)

NASTY = [
    "@octocat please",
    "#1 and GH-1",
    "</details><script>alert(1)</script>",
    "<!-- pipeline plan: prod -->",
    "`` ` ```",
    "```\n# Not code\n```",
    "a | b",
    "line\n## dev: no changes\n- all hold",
    "[click](https://example.com)",
    "![x](https://example.com/x.png)",
    "https://example.com",
    "www.example.com",
    "safe\u202egnp.exe",
    "zero\u200bwidth",
    "\x00\x1b[31mred\r",
    "&lt;b&gt; &#64;octocat",
    "*bold* _it_ ~~x~~",
    "~~~\nx\n~~~",
    "    indented",
    "",
    " ",
    "`",
    "\\",
]


def changes_with(nasty: str, other: str) -> list[dict[str, Any]]:
    """A stranger's values at every place of a plan where a stranger may put one."""
    key = json.dumps(nasty)
    return [
        entry("update", {"a": other, "l": [other]}, {"a": nasty, "l": [nasty, nasty]}),
        entry("update", {nasty: 1}, {nasty: 2}, address="x.map"),
        entry("delete", {"name": nasty}, address=f"x.a[{key}]"),
        entry("delete create", {"n": other}, {"n": nasty}, address=f"x.b[{key}]", replace_paths=[["n"]]),
        entry("create", None, {"a": nasty, "p": json.dumps({nasty: nasty})}, address=f"x.c[{key}]"),
        entry("no-op", {}, {}, address="x.d", previous_address=f"x.d[{key}]"),
        entry("forget", {}, None, address=f"x.e[{key}]"),
    ]


@pytest.mark.parametrize("nasty", NASTY)
def test_a_strangers_value_stays_a_value(nasty: str) -> None:
    finding = PolicyFinding("CKV_X", nasty, nasty, nasty)
    base = review(*changes_with(nasty, "other"), policies=PolicyFindings((finding,), (nasty,)))
    text = summary_text(replace(base, warnings=[nasty], cost=nasty))

    assert_nothing_breaks_out(text)
    assert text.startswith(headline(base) + "\n")


texts = st.lists(
    st.sampled_from([*NASTY, "`", "\n", "<", "-->", "@octocat", "\r\n", "</code>", "</summary>", "\u2066"]),
    max_size=5,
).map("".join) | st.text(max_size=20)


@given(texts, texts)
def test_no_value_breaks_out(nasty: str, other: str) -> None:
    base = review(*changes_with(nasty, other))

    assert_nothing_breaks_out(comment_text(replace(base, warnings=[nasty, other])))


@given(texts)
def test_code_shows_every_sign_of_a_short_text(text: str) -> None:
    outside, shown = rendered(f"- {code(text)} end")

    assert outside.strip() == "<ul>\n<li> end</li>\n</ul>"
    unescaped = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert unescaped.strip(" ") == visible(text).strip(" ")


@given(texts)
def test_a_block_of_code_shows_every_line(text: str) -> None:
    outside, shown = rendered(fenced(text, "diff"))

    assert re.sub(r"\s", "", outside) == "<pre></pre>"
    assert shown.count("\n") == text.count("\n") + 1


def test_a_sentence_is_plain_only_where_it_means_nothing_else() -> None:
    assert plain("Alarms read metrics that exist: 3 of 4 (75 %).") == (
        "Alarms read metrics that exist: 3 of 4 (75 %)."
    )
    for text in (
        "see www.example.com",
        "a _b_ c",
        "@x",
        "#1",
        "commit 0123456789abcdef",
        "GH-7",
        "a\\b",
        "--",
        "1. a",
        "",
    ):
        assert plain(text).startswith("`"), text
