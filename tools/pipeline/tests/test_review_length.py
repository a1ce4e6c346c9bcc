"""A comment is never too long, and says what it leaves out; so is what is told of drift."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.review.drift import LONGEST_DRIFT_BYTES, drift_of
from pipeline.review.markdown import size
from pipeline.review.planned_changes import changes_of
from pipeline.review.redaction import redacted
from pipeline.review.section import Block, Section, fitting
from pipeline.review.summary import LONGEST_COMMENT_BYTES, comment_text, summary_text
from review_plans import entry, plan
from review_reading import QUEUE, assert_nothing_breaks_out, big, review


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
