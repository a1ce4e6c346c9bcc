"""Whether a plan stays within what was reviewed."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.review import Change, Record, compare, difference_text, record_of
from review_plans import ALARM, RELEASE, entry, plan

OLD, NEW = {"name": "a", "size": 1}, {"name": "b", "size": 1}
MADE = entry("create", None, NEW, unknown={"arn": True})
REPLACED = entry("delete create", OLD, NEW, unknown={"arn": True}, replace_paths=[["name"]])
REPLACED_AFTER = entry("create delete", OLD, NEW, unknown={"arn": True}, replace_paths=[["name"]])
TAINTED: dict[str, Any] = {"action_reason": "replace_because_tainted", "unknown": {"arn": True}}
LEFT_BEHIND = entry("delete", OLD, deposed="0a1b2c3d")
UPDATED = entry("update", {"threshold": 5, "period": 60}, {"threshold": 7, "period": 30})


def record(*entries: dict[str, Any]) -> Record:
    return record_of(plan(*entries), "dev", RELEASE)


def reasons(new: dict[str, Any] | list[dict[str, Any]], *reviewed: dict[str, Any]) -> list[str]:
    entries = new if isinstance(new, list) else [new]
    found = compare(record(*entries), record(*reviewed))
    return [reason for difference in found for reason in difference.reasons]


@pytest.mark.parametrize("change", [MADE, REPLACED, REPLACED_AFTER, LEFT_BEHIND, UPDATED], ids=str)
def test_what_was_reviewed_is_covered(change: dict[str, Any]) -> None:
    assert reasons(change, change) == []


@pytest.mark.parametrize(
    ("now", "reviewed"),
    [
        pytest.param([], [UPDATED], id="all is done"),
        pytest.param(
            [entry("update", {"threshold": 5, "period": 30}, {"threshold": 7, "period": 30})],
            [UPDATED],
            id="half of an update",
        ),
        pytest.param([MADE], [REPLACED], id="the old object is deleted, the new one not made"),
        pytest.param([LEFT_BEHIND], [REPLACED_AFTER], id="the new object is made, the old one not deleted"),
        pytest.param(
            [LEFT_BEHIND, entry("create delete", NEW, NEW, **TAINTED)],
            [REPLACED_AFTER],
            id="the new object is made in part, the old one not deleted",
        ),
        pytest.param([entry("delete create", NEW, NEW, **TAINTED)], [MADE], id="a creation that failed"),
        pytest.param(
            [entry("create delete", NEW, NEW, **TAINTED)],
            [REPLACED],
            id="the creation of a replacement that failed",
        ),
        pytest.param([entry("update", {"name": "b"}, NEW)], [MADE], id="an object that was made in part"),
        pytest.param(
            [entry("update", {"arn": "x"}, {"arn": "y"})],
            [entry("update", {"arn": "x"}, {}, unknown={"arn": True})],
            id="a value that has become known",
        ),
        pytest.param(
            [entry("create", None, {"network": [{"public": True, "subnets": ["s-1", "s-2"]}]})],
            [
                entry(
                    "create",
                    None,
                    {"network": [{"public": True}]},
                    unknown={"network": [{"subnets": True}]},
                )
            ],
            id="a value that has become known in parts",
        ),
        pytest.param(
            [entry("create", None, {"actions": ["a-drawn", "topic"]})],
            [entry("create", None, {"actions": ["topic", None]}, unknown={"actions": [False, True]})],
            id="a set that is ordered otherwise, as a member has become known",
        ),
        pytest.param(
            [entry("update", OLD, NEW)],
            [entry("update", OLD, NEW, importing={"id": "x"})],
            id="imported, not updated yet",
        ),
        pytest.param(
            [entry("update", OLD, NEW)],
            [entry("update", OLD, NEW, previous_address="x.old")],
            id="moved, not updated yet",
        ),
    ],
)
def test_the_rest_of_a_deploy_that_stopped_half_way_is_covered(
    now: list[dict[str, Any]], reviewed: list[dict[str, Any]]
) -> None:
    assert reasons(now, *reviewed) == []


@pytest.mark.parametrize(
    ("now", "reviewed", "why"),
    [
        pytest.param(
            [UPDATED],
            [entry("update", {"threshold": 5, "period": 60}, {"threshold": 8, "period": 30})],
            "`threshold` gets another value",
            id="another value",
        ),
        pytest.param(
            [UPDATED],
            [entry("update", {"threshold": 5}, {"threshold": 7})],
            "`period` changes too",
            id="another attribute",
        ),
        pytest.param([UPDATED], [], "nothing was reviewed here", id="another resource"),
        pytest.param([entry("delete", OLD)], [], "nothing was reviewed here", id="a deletion"),
        pytest.param(
            [entry("delete", OLD)],
            [UPDATED],
            "update was reviewed, not delete",
            id="a deletion in place of an update",
        ),
        pytest.param(
            [entry("delete", OLD)],
            [REPLACED],
            "replace (delete first) was reviewed, not delete",
            id="a deletion in place of a replacement",
        ),
        pytest.param(
            [entry("delete", OLD)],
            [entry("forget", OLD)],
            "forget was reviewed, not delete",
            id="deleted and not forgotten",
        ),
        pytest.param(
            [REPLACED],
            [entry("update", OLD, NEW, unknown={"arn": True})],
            "update was reviewed, not replace (delete first)",
            id="replaced and not updated",
        ),
        pytest.param(
            [REPLACED],
            [REPLACED_AFTER],
            "replace (create first) was reviewed, not replace (delete first)",
            id="replaced in another order",
        ),
        pytest.param(
            [REPLACED],
            [MADE],
            "create was reviewed, not replace (delete first)",
            id="an object of somebody else's replaced",
        ),
        pytest.param(
            [entry("delete create", OLD, OLD, **TAINTED)],
            [UPDATED],
            "update was reviewed, not replace (delete first)",
            id="tainted, and only an update was reviewed",
        ),
        pytest.param(
            [entry("delete create", OLD, OLD, **TAINTED)],
            [MADE],
            "`name` gets another value",
            id="tainted, and made otherwise",
        ),
        pytest.param(
            [MADE], [UPDATED], "update was reviewed, not create", id="gone, so it would be made anew"
        ),
        pytest.param(
            [LEFT_BEHIND],
            [UPDATED],
            "it deletes an object that an earlier replacement left behind",
            id="an object left behind that nobody saw",
        ),
        pytest.param(
            [LEFT_BEHIND, LEFT_BEHIND],
            [LEFT_BEHIND],
            "it deletes an object that an earlier replacement left behind",
            id="one left behind was seen, and there are two",
        ),
        pytest.param(
            [entry("no-op", OLD, OLD, previous_address="x.old")],
            [],
            "nothing was reviewed here",
            id="a move",
        ),
        pytest.param(
            [entry("no-op", OLD, OLD, previous_address="x.old")],
            [entry("no-op", OLD, OLD, previous_address="x.older")],
            "it is moved from x.old",
            id="a move from elsewhere",
        ),
        pytest.param(
            [entry("no-op", OLD, OLD, importing={"id": "x"})],
            [entry("no-op", OLD, OLD, importing={"id": "y"})],
            "it imports another object",
            id="another import",
        ),
        pytest.param(
            [entry("update", OLD, NEW, importing={"id": "x"})],
            [entry("update", OLD, NEW)],
            "it imports another object",
            id="an import besides",
        ),
        pytest.param(
            [entry("create", None, {}, unknown={"name": True})],
            [entry("create", None, {"name": "b"})],
            "`name` gets another value",
            id="a value that was known and is not any more",
        ),
        pytest.param(
            [entry("create", None, {"rules": [{"port": 1, "open": True}]})],
            [entry("create", None, {"rules": [{"port": 1}]})],
            "`rules` gets another value",
            id="more inside a value",
        ),
        pytest.param(
            [entry("create", None, {"rules": [{"port": 1}]})],
            [entry("create", None, {"rules": [{"port": 1, "only_from": "x"}]})],
            "`rules` gets another value",
            id="less inside a value",
        ),
        pytest.param(
            [entry("create", None, {"rules": ["a"]})],
            [entry("create", None, {"rules": ["a", "b"]})],
            "`rules` gets another value",
            id="fewer members than there were",
        ),
        pytest.param(
            [entry("delete", OLD)],
            [LEFT_BEHIND],
            "nothing was reviewed here",
            id="the object itself, where one left behind was seen",
        ),
        pytest.param(
            [entry("create", None, {"rules": ["a", "b", "b"]})],
            [entry("create", None, {"rules": ["a", None]}, unknown={"rules": [False, True]})],
            "`rules` gets another value",
            id="more members than there were",
        ),
        pytest.param(
            [entry("create", None, {"rules": ["x", "y"]})],
            [entry("create", None, {"rules": ["a", None]}, unknown={"rules": [False, True]})],
            "`rules` gets another value",
            id="another known member",
        ),
        pytest.param(
            [entry("create", None, {"command": ["b", "a"]})],
            [entry("create", None, {"command": ["a", "b"]})],
            "`command` gets another value",
            id="another order of a list",
        ),
    ],
)
def test_what_was_not_reviewed_is_a_difference(
    now: list[dict[str, Any]], reviewed: list[dict[str, Any]], why: str
) -> None:
    assert reasons(now, *reviewed) == [why]


@pytest.mark.parametrize(
    ("field", "value"), [("root", "prod"), ("tree", "8" * 40), ("images", {"main_job": "content-x"})]
)
def test_the_review_of_something_else_covers_nothing(field: str, value: Any) -> None:
    reviewed = record(UPDATED)

    (difference,) = compare(replace(reviewed, **{field: value}), reviewed)

    assert "another" in difference.reasons[0]


def test_the_text_says_what_was_reviewed_and_what_would_happen() -> None:
    differences = compare(
        record(UPDATED, entry("delete", OLD, address="aws_sqs_queue.jobs")),
        record(entry("update", {"threshold": 5}, {"threshold": 7})),
    )

    assert difference_text(differences).splitlines() == [
        "**This is not what was reviewed.** Nothing was applied.",
        "",
        f"- `{ALARM}`: `period` changes too",
        "  - reviewed: update (`threshold`)",
        "  - now: update (`period`, `threshold`)",
        "- `aws_sqs_queue.jobs`: nothing was reviewed here",
        "  - reviewed: no change",
        "  - now: delete",
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
attributes = st.dictionaries(st.sampled_from("pqrs"), values, min_size=1, max_size=4)
addresses = st.sampled_from(["x.a", "x.b", "x.c", "x.d"])


@st.composite
def records(draw: st.DrawFn) -> Record:
    entries = []
    for address in draw(st.sets(addresses, max_size=4)):
        actions = draw(st.sampled_from(["create", "update", "delete", "delete create", "create delete"]))
        before = None if actions == "create" else draw(attributes)
        after = None if actions == "delete" else draw(attributes)
        unknown = {} if after is None else dict.fromkeys(draw(st.sets(st.sampled_from("pq"))), True)
        entries.append(entry(actions, before, after, unknown=unknown, address=address))
    return record(*entries)


@given(records())
def test_every_record_covers_itself(reviewed: Record) -> None:
    assert compare(copy.deepcopy(reviewed), reviewed) == []


@given(records(), st.data())
def test_every_part_of_what_was_reviewed_is_covered(reviewed: Record, data: st.DataObject) -> None:
    """Fewer changes, and fewer attributes of each: what is left when some is done."""
    left = [change for change in reviewed.changes if data.draw(st.booleans())]
    fewer = [
        replace(
            change,
            attributes={name: value for name, value in change.attributes.items() if data.draw(st.booleans())},
        )
        for change in left
    ]

    assert compare(replace(reviewed, changes=tuple(fewer)), reviewed) == []


@given(records(), records())
def test_what_is_covered_changes_nothing_that_was_not_reviewed(new: Record, reviewed: Record) -> None:
    uncovered = {difference.address for difference in compare(new, reviewed)}
    known = {change.address: change for change in reviewed.changes}

    for change in new.changes:
        if change.address in uncovered:
            continue
        then = known[change.address]
        assert ("delete" in change.actions) <= ("delete" in then.actions)
        for name, value in change.attributes.items():
            assert then.attributes[name] == "known after apply" or _alike(then.attributes[name], value)


def _alike(reviewed: Any, now: Any) -> bool:
    return "known after apply" in str(reviewed) or bool(reviewed == now)


@given(records(), st.sampled_from(["p", "new"]), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_another_value_or_attribute_is_never_covered(reviewed: Record, name: str, value: str) -> None:
    for place, change in enumerate(reviewed.changes):
        if change.attributes.get(name) in ("known after apply", value):
            continue
        changed = replace(change, attributes={**change.attributes, name: value})
        changes = (*reviewed.changes[:place], changed, *reviewed.changes[place + 1 :])

        assert [each.address for each in compare(replace(reviewed, changes=changes), reviewed)] == [
            change.address
        ]


def test_a_change_is_not_covered_by_that_of_another_address() -> None:
    assert compare(
        replace(record(), changes=(Change("x.a", ("delete",)),)),
        replace(record(), changes=(Change("x.b", ("delete",)),)),
    )
