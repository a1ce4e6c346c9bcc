"""The record of a plan: what is in it, and that nothing else is."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from deployment.errors import BadInput
from pipeline.release import Release
from pipeline.review import Change, Record, record_of
from review_plans import ALARM, PUBLISHED, REAL, RELEASE, TAGS, TREE, entry, plan


def recorded(*entries: dict[str, Any], release: Release = RELEASE, **parts: Any) -> tuple[Change, ...]:
    return record_of(plan(*entries, **parts), "dev", release).changes


def hashed(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()


def test_an_update_is_recorded_by_the_attributes_that_change() -> None:
    (change,) = recorded(entry("update", {"threshold": 5, "period": 60}, {"threshold": 7, "period": 60}))

    assert change == Change(ALARM, ("update",), {"threshold": hashed(7)})


def test_what_is_removed_is_a_change_too() -> None:
    (change,) = recorded(entry("update", {"threshold": 5}, {"threshold": None}))

    assert change.attributes == {"threshold": hashed(None)}


def test_what_nobody_knows_yet_is_a_change_though_there_was_nothing_before() -> None:
    (change,) = recorded(entry("update", {"arn": None, "n": 1}, {"n": 2}, unknown={"arn": True}))

    assert change.attributes == {"arn": "known after apply", "n": hashed(2)}


def test_a_secret_that_changes_is_a_change() -> None:
    marks: dict[str, Any] = {"sensitive": {"phrase": True}, "sensitive_before": {"phrase": True}}
    (change,) = recorded(entry("update", {"phrase": "canary-1"}, {"phrase": "canary-2"}, **marks))

    assert change.attributes == {"phrase": "sensitive"}


def test_a_secret_that_nobody_knows_yet_is_a_secret() -> None:
    (change,) = recorded(entry("create", None, {}, unknown={"phrase": True}, sensitive={"phrase": True}))

    assert change.attributes == {"phrase": "sensitive"}


def test_a_new_object_is_recorded_with_all_that_is_set() -> None:
    (change,) = recorded(entry("create", None, {"name": "a", "tags": None}, unknown={"arn": True}))

    assert change.attributes == {"name": hashed("a"), "arn": "known after apply"}


def test_a_replacement_is_recorded_as_the_new_object_that_it_makes() -> None:
    (change,) = recorded(
        entry("delete create", {"name": "a", "kept": 1}, {"name": "b", "kept": 1}, replace_paths=[["name"]])
    )

    assert change.attributes == {"name": hashed("b"), "kept": hashed(1)}
    assert change.replaced_because == ("name",)


def test_where_a_value_is_known_in_parts_the_parts_are_recorded() -> None:
    network = {"network": [{"public": True}]}
    (change,) = recorded(entry("create", None, network, unknown={"network": [{"subnets": True}]}))

    assert change.attributes == {"network": [{"public": hashed(True), "subnets": "known after apply"}]}


def test_a_sensitive_value_is_a_constant_and_no_hash() -> None:
    def attributes(phrase: str) -> dict[str, Any]:
        after = {"phrase": phrase, "options": [{"token": phrase, "size": 1}]}
        sensitive = {"phrase": True, "options": [{"token": True}]}
        (change,) = recorded(entry("create", None, after, sensitive=sensitive))
        return change.attributes

    assert attributes("canary-one") == attributes("canary-two")
    assert attributes("canary-one") == {
        "phrase": "sensitive",
        "options": [{"token": "sensitive", "size": hashed(1)}],
    }


def test_a_value_that_holds_a_secret_from_elsewhere_is_one_too() -> None:
    secret = entry(
        "create", None, {"value": "canary-secret"}, sensitive={"value": True}, address="aws_ssm_parameter.a"
    )
    (_, change) = sorted(
        recorded(secret, entry("create", None, {"arn": "arn:canary-secret:x"}, address="aws_x.b")),
        key=lambda change: change.address == "aws_x.b",
    )

    assert change.attributes == {"arn": "sensitive"}


def test_an_image_is_recorded_by_its_content_tag_whether_it_is_built_or_not() -> None:
    def with_digest(digest: str) -> dict[str, Any]:
        return entry("create", None, {"containers": json.dumps([{"image": f"registry/job@{digest}"}])})

    planned = RELEASE.images["main_job"].planned_digest

    assert recorded(with_digest(planned)) == recorded(with_digest(REAL["main_job"]), release=PUBLISHED)
    assert recorded(with_digest(planned)) != recorded(with_digest(REAL["background_job"]), release=PUBLISHED)
    assert record_of(plan(), "dev", RELEASE).images == TAGS


@pytest.mark.parametrize(
    "unchanging",
    [
        entry("no-op", {"a": 1}, {"a": 1}),
        entry("read", None, {"a": 1}, mode="data", address="data.aws_x.a"),
        entry("no-op", None, None, mode="data", address="data.aws_x.a"),
    ],
)
def test_what_changes_nothing_is_not_recorded(unchanging: dict[str, Any]) -> None:
    assert recorded(unchanging, output_changes={"url": {"actions": ["create"], "after": "x"}}) == ()


def test_what_changes_the_state_alone_is_recorded() -> None:
    moved, imported, forgotten = recorded(
        entry("no-op", {"a": 1}, {"a": 1}, address="aws_x.a", previous_address="aws_x.old"),
        entry("no-op", {"a": 1}, {"a": 1}, address="aws_x.b", importing={"id": "x-1"}),
        entry("forget", {"a": 1}, None, address="aws_x.c"),
    )

    assert moved == Change("aws_x.a", ("move",), {}, previous_address="aws_x.old")
    assert imported == Change("aws_x.b", ("no-op",), {}, importing=hashed({"id": "x-1"}))
    assert forgotten == Change("aws_x.c", ("forget",), {})


def test_the_key_of_an_object_left_behind_is_drawn_and_not_recorded() -> None:
    first, second = (recorded(entry("delete", {"a": 1}, deposed=key)) for key in ("0a1b2c3d", "d3c2b1a0"))

    assert first == second == (Change(ALARM, ("delete",), {}, deposed=True),)


def test_the_order_of_a_plan_does_not_matter() -> None:
    one, two = entry("create", None, {"a": 1}, address="x.a"), entry("delete", {"a": 1}, address="x.b")

    assert recorded(one, two) == recorded(two, one)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = record_of(
        plan(
            entry("delete create", {"n": "a"}, {"n": "b"}, replace_paths=[["n"]], action_reason="r"),
            entry("no-op", {"a": 1}, {"a": 1}, address="x.a", previous_address="x.b", importing={"id": "i"}),
            entry("delete", {"a": 1}, address="x.c", deposed="0a1b2c3d"),
        ),
        "dev",
        RELEASE,
    )

    record.write(tmp_path / "record.json")

    assert Record.read(tmp_path / "record.json") == record
    assert json.loads((tmp_path / "record.json").read_text())["tree"] == TREE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        ("{", "(not JSON)"),
        ("[]", "is no record of reviewed changes"),
        ('{"format": 2}', "(format is 2, not 1)"),
        ('{"format": 1, "root": "dev"}', "('tree' is missing)"),
        ('{"format": 1, "root": 5, "tree": "", "images": {}, "changes": []}', "(5 is no text)"),
        (
            '{"format": 1, "root": "dev", "tree": "", "images": {}, "changes": [{"address": "a", "x": 1}]}',
            "(x is not known)",
        ),
        ("[" * 100_000, "is no record"),
    ],
    ids=["none", "no JSON", "list", "format", "incomplete", "no text", "unknown field", "deep"],
)
def test_what_is_no_record_is_refused_in_a_sentence(content: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(BadInput) as refused:
        Record.read(file)

    assert said in str(refused.value)
    assert len(str(refused.value)) < 400
