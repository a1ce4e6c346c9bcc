"""Whether a plan stays within what was reviewed, also when a deploy that stopped half-way is resumed.

A new change is covered by a reviewed change of the same address when it does the same or the rest of it:

| planned now                  | reviewed                                                                    |
|------------------------------|-----------------------------------------------------------------------------|
| the same actions             | those                                                                       |
| create                       | replace: the old object is gone already                                     |
| replace, for it is tainted   | create or replace: the creation failed half-way                             |
| delete a deposed object      | create or replace: the new one is there; or a deposed object, one for one   |
| update                       | create or replace: the object is there, and lacks some                      |
| update, move, import         | the same together with more of these                                        |

And each attribute that changes now was reviewed with the same value. What was reviewed as `known after apply`
covers any value: the tree is the same, so it comes from a change that was reviewed itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.review.marked_values import Mark, leaves
from pipeline.review.record import Change, Hashes, Record
from pipeline.review.recording import MOVE

_TAINTED = "replace_because_tainted"
_MAKES = "create"
_ORDERS: dict[tuple[str, ...], str] = {
    ("delete", "create"): "replace (delete first)",
    ("create", "delete"): "replace (create first)",
}


@dataclass(frozen=True)
class Difference:
    """What would happen without having been reviewed; `now` is None where it is not about one resource."""

    address: str
    now: Change | None
    reviewed: tuple[Change, ...]
    reasons: tuple[str, ...]


def compare(new: Record, reviewed: Record) -> list[Difference]:
    """What `new` would do that `reviewed` does not cover; empty when all of it is covered."""
    return [*_of_the_whole(new, reviewed), *_uncovered(new.changes, reviewed.changes)]


def _of_the_whole(new: Record, reviewed: Record) -> Iterator[Difference]:
    for what, now, then in (
        ("root", new.root, reviewed.root),
        ("tree of files", new.tree, reviewed.tree),
        ("images", new.images, reviewed.images),
    ):
        if now != then:
            yield Difference("", None, (), (f"another {what} was reviewed: {then}; now it is {now}",))


def _uncovered(new: Iterable[Change], reviewed: Iterable[Change]) -> Iterator[Difference]:
    by_address: dict[str, list[Change]] = {}
    for change in reviewed:
        by_address.setdefault(change.address, []).append(change)
    deposed: Counter[str] = Counter()
    for change in new:
        candidates = by_address.get(change.address, [])
        if change.deposed:
            deposed[change.address] += 1
            reasons = _reasons_of_deposed(deposed[change.address], candidates)
        else:
            candidates = [candidate for candidate in candidates if not candidate.deposed]
            reasons = _fewest([_reasons(change, candidate) for candidate in candidates])
        if reasons:
            yield Difference(change.address, change, tuple(candidates), reasons)


def _reasons_of_deposed(number: int, reviewed: list[Change]) -> tuple[str, ...]:
    made = any(_MAKES in change.actions for change in reviewed)
    if made or number <= sum(change.deposed for change in reviewed):
        return ()
    return ("it deletes an object that an earlier replacement left behind",)


def _fewest(found: list[tuple[str, ...]]) -> tuple[str, ...]:
    return min(found, key=len) if found else ("nothing was reviewed here",)


def _reasons(now: Change, reviewed: Change) -> tuple[str, ...]:
    """Why a change is not covered by another; empty when it is."""
    if not _does_no_more(now, reviewed):
        return (f"{action_text(reviewed.actions)} was reviewed, not {action_text(now.actions)}",)
    reasons = []
    if now.previous_address not in {None, reviewed.previous_address}:
        reasons.append(f"it is moved from {now.previous_address}")
    if now.importing not in {None, reviewed.importing}:
        reasons.append("it imports another object")
    for name, value in now.attributes.items():
        if name not in reviewed.attributes:
            reasons.append(f"`{name}` changes too")
        elif not _covers(reviewed.attributes[name], value):
            reasons.append(f"`{name}` gets another value")
    return tuple(reasons)


def _does_no_more(now: Change, reviewed: Change) -> bool:
    if now.actions == reviewed.actions:
        return True
    makes = _MAKES in reviewed.actions
    if now.actions in {("create",), ("update",)}:
        # After a reviewed creation alone, a creation would be the same actions.
        return makes
    if "create" in now.actions and "delete" in now.actions:
        return makes and now.reason == _TAINTED
    # A move or an import by itself may have been reviewed together with an update.
    return now.actions in {(MOVE,), ("no-op",)} and reviewed.actions in {("update",), (MOVE,), ("no-op",)}


def _covers(reviewed: Hashes, now: Hashes) -> bool:
    if reviewed == Mark.UNKNOWN.value:
        return True
    if isinstance(reviewed, dict) and isinstance(now, dict):
        return reviewed.keys() == now.keys() and all(_covers(reviewed[key], now[key]) for key in now)
    if isinstance(reviewed, list) and isinstance(now, list):
        if len(reviewed) != len(now):
            return False
        in_order = all(map(_covers, reviewed, now))
        return in_order or (Mark.UNKNOWN.value in leaves(reviewed) and _covers_in_any_order(reviewed, now))
    return bool(reviewed == now)


def _covers_in_any_order(reviewed: list[Hashes], now: list[Hashes]) -> bool:
    """A set's order comes from its values, so one that had an unknown member may be ordered otherwise now."""
    taken: dict[int, int] = {}

    def find(wanted: int, seen: set[int]) -> bool:
        for place, candidate in enumerate(reviewed):
            if place not in seen and _covers(candidate, now[wanted]):
                seen.add(place)
                if place not in taken or find(taken[place], seen):
                    taken[place] = wanted
                    return True
        return False

    return all(find(wanted, set()) for wanted in range(len(now)))


def action_text(actions: tuple[str, ...]) -> str:
    """The actions for people: deleting and creating is replacing, in one of two orders."""
    return _ORDERS.get(actions) or " and ".join(actions)
