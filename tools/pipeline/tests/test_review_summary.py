"""What people read of a plan: urgent things first, nothing that hides or injects, never too long."""

import json
import re
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pipeline.cost import Comparison, Estimate
from pipeline.review.drift import LONGEST_DRIFT_BYTES, drift_of
from pipeline.review.markdown import code, fenced, plain, size, visible
from pipeline.review.planned_changes import changes_of
from pipeline.review.policy_findings import PolicyFinding, PolicyFindings
from pipeline.review.redaction import redacted
from pipeline.review.reviewing import review_of
from pipeline.review.section import Block, Section, fitting
from pipeline.review.sections import Review, headline
from pipeline.review.summary import LONGEST_COMMENT_BYTES, comment_text, summary_text
from review_plans import ALARM, PUBLISHED, RELEASE, entry, plan

HOLDS = PolicyFindings(passed=3)
QUEUE = "aws_sqs_queue.jobs"
TASK = "aws_ecs_task_definition.worker"
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def review(*entries: dict[str, Any], policies: PolicyFindings | None = HOLDS, **parts: Any) -> Review:
    document = plan(*entries, **parts)
    return review_of(document, redacted(document), "dev", RELEASE, policies)


def summary(*entries: dict[str, Any], **parts: Any) -> str:
    return summary_text(review(*entries, **parts))


def lines_with(text: str, *words: str) -> list[str]:
    return [line for line in text.splitlines() if all(word in line for word in words)]


def code_with(expressions: dict[str, Any], address: str = ALARM) -> dict[str, Any]:
    """The configuration of one resource."""
    return {"root_module": {"resources": [{"address": address, "expressions": expressions}]}}


def test_the_first_line_says_root_and_verdict() -> None:
    entries = [
        entry("update", {"a": 1}, {"a": 2}),
        entry("delete", {"a": 1}, address="x.b"),
        entry("delete create", {"a": 1}, {"a": 2}, address="x.c"),
        entry("create", None, {"a": 2}, address="x.d"),
        entry("create", None, {"a": 2}, address="x.e"),
        entry("no-op", {"a": 2}, {"a": 2}, address="x.f", previous_address="x.g"),
        entry("read", None, {"a": 2}, address="data.x.h", mode="data"),
    ]
    digests = {name: image.planned_digest for name, image in RELEASE.images.items()}
    change = {"image_digests": entry("create", None, digests)["change"]}

    text = summary(*entries, output_changes=change)

    assert text.splitlines()[0] == (
        "## dev: 1 to destroy, 1 to replace, 1 to change, 1 to move, 2 to create; 2 new images"
    )
    assert summary().splitlines()[0] == "## dev: no changes"


def test_what_is_lost_comes_first_in_bold_with_its_reason() -> None:
    text = summary(
        entry("update", {"a": 1}, {"a": 2}),
        entry("delete", {"name": "jobs"}, address=QUEUE, action_reason="delete_because_no_resource_config"),
        entry("create delete", {"n": 1}, {"n": 2}, address="x.c", replace_paths=[["n"]]),
        entry("delete create", {"n": 1}, {"n": 1}, address="x.d", action_reason="replace_because_tainted"),
        entry("delete", {"id": "old"}, address="x.e", deposed="0a1b2c3d"),
    )

    assert text.index("### Destroyed and replaced") < text.index("### Changed")
    assert f"- **destroy** `{QUEUE}` (`jobs`): the code has it no more" in text
    assert "- **replace** `x.c`: it cannot be changed in place, the new one is created first" in text
    assert "  - `n` (forces the replacement): `1` → `2`" in text
    assert "- **replace** `x.d`: its creation failed half-way (it is tainted), the old one is deleted" in text
    assert "- **destroy** `x.e` (`old`): an earlier replacement left it behind" in text


def test_images_are_told_by_short_digests_or_by_what_is_missing() -> None:
    before = {"main_job": "sha256:" + "9" * 64, "background_job": "sha256:" + "0" * 64}
    after = {name: image.planned_digest for name, image in PUBLISHED.images.items()}
    published = entry("update", before, after)["change"]
    document = plan(output_changes={"image_digests": published})
    text = summary_text(review_of(document, document, "dev", PUBLISHED, HOLDS))

    assert "- main_job: `sha256:999999999999` → `sha256:111111111111`" in text
    assert "- background_job: nothing deployed yet → `sha256:222222222222`" in text

    placeholder = {name: image.planned_digest for name, image in RELEASE.images.items()}
    text = summary(output_changes={"image_digests": entry("update", before, placeholder)["change"]})

    assert "- main_job: `sha256:999999999999` → not built yet (`content-aaaaaaaaaaaa`)" in text


def test_an_image_that_stays_is_not_named() -> None:
    same = {name: image.planned_digest for name, image in RELEASE.images.items()}

    assert "Images" not in summary(output_changes={"image_digests": entry("no-op", same, same)["change"]})


def test_a_task_definition_that_keeps_its_old_revision_loses_nothing() -> None:
    before, after = {"skip_destroy": True, "cpu": "256"}, {"skip_destroy": True, "cpu": "512"}
    kept = summary(entry("delete create", before, after, address=TASK, replace_paths=[["cpu"]]))
    lost = summary(
        entry("delete create", {"cpu": "256"}, {"cpu": "512"}, address=TASK, replace_paths=[["cpu"]])
    )

    assert kept.startswith("## dev: 1 new task definition\n")
    assert "**replace**" not in kept
    assert "  - `cpu`: `256` → `512`" in kept
    assert f"**replace** `{TASK}`" in lost


def test_json_is_compared_as_what_it_means() -> None:
    before = {"policy": '{"Statement":[{"Sid":"A","Effect":"Allow"}]}'}
    written_otherwise = {"policy": '{"Statement": [ {"Effect":"Allow", "Sid":"A"} ]}'}
    other = {"policy": '{"Statement":[{"Sid":"A","Effect":"Deny"}],"filler":"' + "x" * 200 + '"}'}

    text = summary(entry("update", before, written_otherwise))
    assert "only written otherwise: `policy`" in text
    assert "Statement" not in text

    text = summary(entry("update", before, other))
    assert lines_with(text, '-      "Effect": "Allow"') == ['    -      "Effect": "Allow",']
    assert lines_with(text, '+      "Effect": "Deny"') == ['    +      "Effect": "Deny",']


def test_a_key_that_stands_twice_is_shown_as_it_is_written() -> None:
    """Readers of JSON differ in which one counts; none of them may be hidden."""
    before = {"policy": '{"Effect": "Deny"}'}

    text = summary(entry("update", before, {"policy": '{"Effect": "Allow", "Effect": "Deny"}'}))

    assert lines_with(text, '+{"Effect": "Allow", "Effect": "Deny"}')


def test_a_secret_that_changes_is_told_and_not_shown() -> None:
    change = entry(
        "update",
        {"password": "canary-old", "size": 1},
        {"password": "canary-new", "size": 1},
        sensitive={"password": True},
        sensitive_before={"password": True},
    )

    text = summary(change)

    assert "`password`" in text
    assert "canary" not in text


def test_what_aws_sets_is_folded_into_one_line() -> None:
    before = {"cpu": "1", "arn": "x", "tags": {}, "tags_all": {}, "volume": [{"name": "v", "drawn": "1"}]}
    after = {"cpu": "2", "tags": {"a": "b"}, "tags_all": {"a": "b"}, "volume": [{"name": "v"}]}
    unknown = {"arn": True, "volume": [{"drawn": True}]}
    configuration = code_with({"cpu": {}, "tags": {}, "volume": [{"name": {}}]})

    text = summary(entry("update", before, after, unknown=unknown), configuration=configuration)

    assert "  - set by AWS, or repeated: `arn`, `tags_all`, `volume`" in text
    assert lines_with(text, "  - `cpu`: `1` → `2`")


def test_what_the_code_sets_is_not_folded_though_it_is_not_known_yet() -> None:
    change = entry("update", {"role": "x"}, {}, unknown={"role": True})

    text = summary(change, configuration=code_with({"role": {"references": ["aws_iam_role.x"]}}))

    assert "  - `role`: `x` → _known after apply_" in text


def test_tags_that_change_by_themselves_are_shown() -> None:
    text = summary(entry("update", {"tags_all": {"a": "1"}}, {"tags_all": {"a": "2"}}))

    assert "tags_all" in text
    assert "set by AWS" not in text


def test_many_new_resources_are_told_by_type_and_few_with_their_values() -> None:
    many = [entry("create", None, {"n": n}, address=f"aws_x.a{n}") for n in range(30)]

    assert "<summary>Created: 30 resources of 1 types</summary>" in summary(*many)
    assert "`n`: `29`" not in summary(*many)
    assert "`n`: `4`" in summary(*many[:5])


def test_what_somebody_changed_by_hand_is_told_where_the_plan_puts_it_back() -> None:
    text = summary(
        entry("update", {"threshold": 9, "size": 2}, {"threshold": 5, "size": 2}),
        entry("create", None, {"a": 1}, address=QUEUE),
        resource_drift=[
            entry("update", {"threshold": 5, "seen": 1}, {"threshold": 9, "seen": 2}),
            entry("delete", {"a": 1}, address=QUEUE),
            entry("update", {"desired_count": 1}, {"desired_count": 4}, address="aws_ecs_service.a"),
        ],
    )

    section = text.partition("### Changed outside Terraform")[2].partition("###")[0]
    assert f"- `{QUEUE}` is gone" in section
    assert "`threshold`: `5` → `9`" in section
    # AWS and scaling change things all the time; the plan lets these be.
    assert "seen" not in section
    assert "desired_count" not in text


def test_policies_are_told_with_their_sentences() -> None:
    finding = PolicyFinding("CKV_JOBS_9", QUEUE, "No queue is deleted", "Name it in deletions.yaml")
    broken = PolicyFindings((finding,), ("CKV_JOBS_1 was not loaded",))

    text = summary(policies=broken)

    assert text.startswith("## dev: no changes; 2 findings of policies\n")
    assert "**not all hold**" in text
    assert f"- **CKV_JOBS_9** `{QUEUE}`: No queue is deleted. Name it in deletions.yaml" in text
    assert "CKV_JOBS_1 was not loaded" in text
    assert "all hold (3 passed, 0 skipped with a reason)" in summary()
    assert "**not looked at**" in summary(policies=None)


def test_checks_that_fail_and_warnings_are_told() -> None:
    failed = {"status": "fail", "address": {"to_display": "check.x"}, "problems": [{"message": "too small"}]}
    document = plan(checks=[{"instances": [failed, {"status": "pass"}]}])

    text = summary_text(
        review_of(document, document, "dev", RELEASE, HOLDS, warnings=["Deprecated attribute"])
    )

    assert "- check.x does not hold: too small" in text
    assert "- Deprecated attribute" in text


def test_the_cost_is_told_before_and_after_and_what_is_not_known() -> None:
    nothing, unknown = Estimate((), ()), Estimate((), ("aws_x.a",))
    base = review()

    assert "0.00 US dollars a month, as before." in summary_text(base)
    assert "1 resources have no known price" in summary_text(replace(base, cost=Comparison(nothing, unknown)))
    assert "not known: it has no cluster" in summary_text(replace(base, cost="it has no cluster"))


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


def rendered(text: str) -> tuple[str, str]:
    """The HTML without what is code, and the code, as GitHub reads Markdown."""
    html = GITHUB.render(text)
    codes = re.findall(r"<code[^>]*>(.*?)</code>", html, re.DOTALL)
    return re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.DOTALL), "\n".join(codes)


OUR_TAGS = {"h2", "h3", "ul", "li", "p", "strong", "em", "details", "summary", "pre"}


def assert_nothing_breaks_out(text: str) -> None:
    outside, _ = rendered(text)
    tags = set(re.findall(r"</?([a-z0-9]+)", outside))
    assert tags <= OUR_TAGS, tags - OUR_TAGS
    assert "@" not in outside
    assert "octocat" not in outside
    # GitHub makes links of these by itself.
    assert not re.search(r"<!--|://|www\.|#\d|GH-", outside)
    assert outside.count("<h2>") == 1
    assert outside.count("<details>") == outside.count("</details>")
    hidden = [sign for sign in text if sign not in "\n\t" and unicodedata.category(sign) in {"Cc", "Cf"}]
    assert hidden == []


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


def big(number: int, length: int) -> list[dict[str, Any]]:
    return [
        entry("update", {"text": "a"}, {"text": f"{n}-" + "→" * length}, address=f"aws_x.resource_{n}")
        for n in range(number)
    ]


@pytest.mark.parametrize(("number", "length"), [(1, 900), (40, 900), (3000, 1), (2000, 300)])
def test_a_comment_is_never_too_long(number: int, length: int) -> None:
    lost = entry("delete", {"name": "jobs"}, address=QUEUE)
    long = review(*big(number, length), lost)

    text = comment_text(long)

    assert size(text) <= LONGEST_COMMENT_BYTES < 65_536
    assert text.startswith(f"## dev: 1 to destroy, {number} to change\n")
    assert f"- **destroy** `{QUEUE}`" in text
    if size(summary_text(long)) > LONGEST_COMMENT_BYTES:
        assert "**Too long for this place:** `summary.md` among this run's artifacts has all." in text
        assert re.search(rf"changed \(\d+ of {number}, \d+ in part or whole\)", text)
    else:
        assert text == summary_text(long)
    assert_nothing_breaks_out(text)


def test_a_giant_value_does_not_hide_that_its_resource_is_replaced() -> None:
    giant = "\n".join(f"line {n}" for n in range(20_000))
    replaced = entry("delete create", {"n": "a"}, {"n": giant}, address=QUEUE, replace_paths=[["n"]])

    text = comment_text(review(replaced, entry("update", {"a": 1}, {"a": 2})))

    assert size(text) <= LONGEST_COMMENT_BYTES
    assert f"- **replace** `{QUEUE}`" in text
    assert "line 77" not in text
    assert "destroyed and replaced (0 of 1, 1 in part or whole)" in text
    assert "`a`: `1` → `2`" in text


sections = st.lists(
    st.builds(
        Section,
        st.sampled_from(["one", "two"]),
        st.integers(0, 3),
        st.lists(st.text("ab→\n", min_size=1, max_size=60).map(Block), min_size=1, max_size=6),
        st.sampled_from(["", "Title"]),
        st.booleans(),
    ),
    max_size=5,
)


@given(sections, st.integers(600, 1500))
def test_what_fits_is_whole_and_what_does_not_is_named(parts: list[Section], longest: int) -> None:
    text = fitting("## first", parts, longest)

    assert size(text) <= longest
    assert text.startswith("## first\n")
    blocks = [block.text for part in parts for block in part.blocks]
    assert "Too long" in text or all(block in text for block in blocks)


def test_drift_is_told_by_who_changed_it_and_fits_into_the_issue() -> None:
    document = plan(
        entry("update", {"threshold": 9}, {"threshold": 5}),
        entry("update", {"size": 1}, {"size": 2}, address="aws_x.undeployed"),
        *big(400, 200),
        resource_drift=[entry("update", {"threshold": 5}, {"threshold": 9})],
    )

    found = drift_of("dev", changes_of(document, redacted(document)))

    assert not found.is_clean
    assert found.headline() == "## dev: 1 changed outside Terraform, 401 not as main says"
    assert "### Changed outside Terraform: the next deploy puts it back" in found.text()
    assert "`threshold`: `5` → `9`" in found.text()
    assert [change.address for change in found.not_deployed][:1] == ["aws_x.undeployed"]
    assert size(found.text()) <= LONGEST_DRIFT_BYTES
    assert_nothing_breaks_out(found.text())


def test_without_a_difference_there_is_no_drift() -> None:
    document = plan(resource_drift=[entry("update", {"seen": 1}, {"seen": 2})])

    found = drift_of("dev", changes_of(document, document))

    assert (found.is_clean, found.text()) == (True, "## dev: everything is as main says\n")
