"""The judges of the lab: what a run looks like in which the contract broke, or a fault had no effect."""

import pytest
from jobctl.lab.catalogue import EXPERIMENTS
from jobctl.lab.experiment import Case
from jobctl.lab.running import report

MIDNIGHT = {"streamsOfTheEvening": 10, "streamsOfTheMorning": 0, "linesBefore": 20, "linesAfter": 20}
POISON = {"poisonIsDead": True, "poisonAttempts": 3, "poisonReason": "All 3 attempts are used up."}


def case(name: str = "case", **changes: object) -> Case:
    """Ten jobs that succeeded, but for the changes."""
    fields = {
        "sent": 10,
        "succeeded": 10,
        "attempts": 10,
        "seconds": 5.0,
        "delivered_again": 0,
        "decided_again": 0,
        "backlog": [(0.5, 10), (5.0, 0)],
    }
    return Case(name=name, **{**fields, **changes})  # type: ignore[arg-type]


def good(name: str) -> list[Case]:
    """What an experiment sees when the contract holds."""
    dead = {"succeeded": 0, "dead": 10, "letters": 10}
    some_dead = {"succeeded": 8, "dead": 2, "letters": 2, "max_attempts": 1}
    seen = {
        "scale-out": [case("1", seconds=9.0), case("3", seconds=3.0), case("5", seconds=2.0)],
        "visibility-overrun": [
            case("on"),
            case("off", attempts=30, delivered_again=20, **dead),
            case("neither", attempts=20, delivered_again=10, decided_again=10),
        ],
        "error-rate": [case("3", attempts=12, most_attempts=2, max_attempts=3), case("1", **some_dead)],
        "burst": [case()],
        "task-kill": [case(attempts=14, lost_attempts=4, delivered_again=4, restarts=3, facts={"killed": 3})],
        "duplicates": [case(delivered_again=40, facts={"copies": 5})],
        "poison": [case(succeeded=9, dead=1, letters=1, attempts=14, max_attempts=3, facts=POISON)],
        "slow-dependency": [case("at once"), case("late", seconds=9.0)],
        "throttled": [case("0 %"), case("10 %"), case("40 %")],
        "clock-midnight": [case(attempts=20, most_attempts=2, facts=MIDNIGHT)],
    }
    return seen[name]


BREAKS = {
    "a job vanished": {"succeeded": 9, "dead": 0},
    "a job is open for ever": {"succeeded": 9, "dead": 0, "open": 1},
    "a message is left": {"left": 1},
    "a dead job has no letter": {"succeeded": 9, "dead": 1, "letters": 0},
    "a dead job has no reason": {"succeeded": 9, "dead": 1, "letters": 1, "without_reason": 1},
    "nothing was sent": {"sent": 0, "succeeded": 0, "dead": 0, "attempts": 0},
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_holds_is_judged_to_hold(name: str) -> None:
    judged = report(EXPERIMENTS[name], good(name))
    assert judged.ok, judged.checks
    assert all(check.ok for check in judged.checks)
    assert judged.bars


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_broken_contract_is_seen_in_every_experiment(name: str, broken: str) -> None:
    # Given what an experiment sees, but for one thing in its first case
    seen = good(name)
    for field, value in BREAKS[broken].items():
        setattr(seen[0], field, value)

    # Then it is not in order.
    assert not report(EXPERIMENTS[name], seen).ok


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_outcome_that_was_decided_twice_is_seen_in_every_experiment(name: str) -> None:
    seen = good(name)
    seen[0].decided_again = 1
    assert not report(EXPERIMENTS[name], seen).ok


@pytest.mark.parametrize(
    ("name", "at", "changes"),
    [
        ("visibility-overrun", 0, {"delivered_again": 1}),  # the heartbeat failed
        ("visibility-overrun", 1, {"delivered_again": 0, "attempts": 10}),  # it was never off
        ("visibility-overrun", 1, {"decided_again": 1}),  # the ledger let two attempts decide
        ("visibility-overrun", 2, {"decided_again": 0}),  # the ledger was never off
        ("error-rate", 0, {"most_attempts": 4}),
        ("burst", 0, {"delivered_again": 1}),
        ("burst", 0, {"attempts": 11}),
        ("task-kill", 0, {"facts": {"killed": 2}}),
        ("task-kill", 0, {"succeeded": 9, "dead": 1, "letters": 1}),
        ("duplicates", 0, {"attempts": 11}),
        ("duplicates", 0, {"delivered_again": 0}),  # the copies never arrived
        ("poison", 0, {"succeeded": 8, "dead": 2, "letters": 2}),  # a bystander died
        ("poison", 0, {"facts": {**POISON, "poisonIsDead": False}}),
        ("poison", 0, {"facts": {**POISON, "poisonAttempts": 5}}),
        ("slow-dependency", 1, {"delivered_again": 1}),
        ("throttled", 2, {"restarts": 1}),
        ("clock-midnight", 0, {"facts": {**MIDNIGHT, "streamsOfTheMorning": 1}}),
        ("clock-midnight", 0, {"facts": {**MIDNIGHT, "linesAfter": 0}}),
        ("clock-midnight", 0, {"attempts": 10}),
    ],
)
def test_what_an_experiment_is_about_is_judged(name: str, at: int, changes: dict[str, object]) -> None:
    seen = good(name)
    for field, value in changes.items():
        setattr(seen[at], field, value)
    assert not report(EXPERIMENTS[name], seen).ok


@pytest.mark.parametrize(
    ("name", "changes"), [("scale-out", {"seconds": 99.0}), ("error-rate", {"attempts": 99})]
)
def test_speed_and_luck_are_told_and_break_no_contract(name: str, changes: dict[str, object]) -> None:
    seen = good(name)
    for field, value in changes.items():
        setattr(seen[-1 if name == "scale-out" else 0], field, value)
    judged = report(EXPERIMENTS[name], seen)
    assert judged.ok
    assert [check.by_chance for check in judged.checks if not check.ok] == [True]
