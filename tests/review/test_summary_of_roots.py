"""How the summaries of the real roots look: the files in golden/ are what people read."""

import html
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from deployment.product import product
from first_plans import ENVIRONMENTS, Plan
from pipeline.release import Image, Release
from pipeline.review import record_of
from pipeline.review.markdown import size
from pipeline.review.policy_findings import PolicyFindings
from pipeline.review.redaction import redacted
from pipeline.review.reviewing import review_of
from pipeline.review.sections import Review
from pipeline.review.summary import comment_text, summary_text
from review_clone import DIGESTS, TAGS, TREE

GOLDEN = Path(__file__).resolve().parents[2] / "tools/pipeline/tests/golden"
RELEASE = Release("c" * 40, TREE, {service: Image(tag, DIGESTS[service]) for service, tag in TAGS.items()})
HOLD = PolicyFindings(passed=225, skipped=9)


def assert_golden(name: str, text: str) -> None:
    """With UPDATE_GOLDEN=1 the file is written anew; read it before you keep it."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text(), f"{file} differs; if that is meant, run again with UPDATE_GOLDEN=1"


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = [differences(one.get(key), other.get(key), f"{place}.{key}") for key in {*one, *other}]
        return [each for inner in found for each in inner]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            each
            for number, (a, b) in enumerate(zip(one, other, strict=True))
            for each in differences(a, b, f"{place}[{number}]")
        ]
    return [] if one == other else [f"{place}: {one!r} {other!r}"]


def review(plan: dict[str, Any], root: str) -> Review:
    return review_of(plan, redacted(plan), root, RELEASE, HOLD)


def test_a_first_plan_reads_as_in_the_golden_file(plans: Mapping[str, Plan]) -> None:
    assert_golden("first-plan-of-dev.md", comment_text(review(plans["dev"], "dev")))


@pytest.mark.parametrize("root", ["shared", *ENVIRONMENTS])
def test_every_first_plan_fits_into_a_comment_and_names_every_resource(
    root: str, plans: Mapping[str, Plan]
) -> None:
    text = comment_text(review(plans[root], root))

    created = [
        change["address"]
        for change in plans[root]["resource_changes"]
        if change["change"]["actions"] == ["create"]
    ]
    assert text.startswith(f"## {root}: {len(created)} to create")
    assert "Too long" not in text
    assert text == summary_text(review(plans[root], root))
    assert [address for address in created if address not in html.unescape(text)] == []
    assert size(text) < 20_000


@pytest.mark.parametrize("root", ["shared", *ENVIRONMENTS])
def test_a_plan_without_secrets_is_kept_as_it_is(root: str, plans: Mapping[str, Plan]) -> None:
    assert differences(plans[root], redacted(plans[root])) == []


def test_a_record_holds_hashes_and_no_values(plans: Mapping[str, Plan]) -> None:
    text = record_of(plans["dev"], "dev", RELEASE).text()

    assert re.search(r'"[0-9a-f]{64}"', text)
    assert "arn:aws" not in text
    assert f"{product().aws_region}.amazonaws.com" not in text
