"""What people read of a plan: urgent things first, with what they need to judge them."""

from dataclasses import replace
from typing import Any

from pipeline.cost import Comparison, Estimate
from pipeline.review.policy_findings import PolicyFinding, PolicyFindings
from pipeline.review.reviewing import review_of
from pipeline.review.summary import summary_text
from review_plans import ALARM, PUBLISHED, RELEASE, entry, plan
from review_reading import HOLDS, QUEUE, TASK, review, summary


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
