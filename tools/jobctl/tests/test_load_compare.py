"""Which differences between two reports are regressions, and which baselines are none."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from deployment.errors import BadInput
from jobctl.load.compare import compare, read_baseline
from jobctl.load.report import Report, Service

Alter = Callable[[Report], None]


def a_report() -> Report:
    """Of a burst of 300 jobs."""
    return msgspec.json.decode((Path(__file__).parent / "load_report.json").read_bytes(), type=Report)


def altered(alter: Alter) -> Report:
    report = a_report()
    alter(report)
    return report


def set_to(part: str, name: str, value: object) -> Alter:
    return lambda report: setattr(getattr(report, part) if part else report, name, value)


def verdicts(now: Alter, *, before: Alter = lambda _: None, tolerance_percent: float = 25) -> dict[str, str]:
    """What is not the same as before."""
    found = compare(altered(now), altered(before), Path("old.json"), tolerance_percent)
    assert found.regressions == [each.what for each in found.changes if each.verdict == "worse"]
    return {each.what: each.verdict for each in found.changes if each.verdict != "same"}


def test_a_report_beside_itself_is_the_same_in_every_figure() -> None:
    found = compare(a_report(), a_report(), Path("old.json"), 0)

    assert {each.verdict for each in found.changes} == {"same"}
    assert {each.change_percent for each in found.changes if each.baseline} == {0}
    assert (found.regressions, found.notes) == ([], [])


# The report has 7.837 jobs/s, 2 dead of 300, 324 attempts, and 3,421 ms for queue wait, p99.
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (set_to("throughput", "completed_per_second", 7.837 * 0.76), {}),
        (set_to("throughput", "completed_per_second", 7.837 * 0.74), {"completed": "worse"}),
        (set_to("throughput", "completed_per_second", 7.837 * 1.24), {}),
        (set_to("throughput", "completed_per_second", 7.837 * 1.26), {"completed": "better"}),
        (set_to("accounting", "dead", 3), {"dead": "worse"}),
        (set_to("accounting", "dead", 0), {"dead": "better"}),
        (set_to("accounting", "unfinished", 1), {"not ended": "worse"}),
        (set_to("accounting", "missing", 1), {"not ended": "worse"}),
        (set_to("accounting", "attempts", 404), {}),
        (set_to("accounting", "attempts", 406), {"attempts": "worse"}),
        (set_to("queue_wait", "p99_ms", 3421 * 1.24), {}),
        (set_to("queue_wait", "p99_ms", 3421 * 1.26), {"queue wait, p99": "worse"}),
        (set_to("queue_wait", "p99_ms", 3421 * 0.74), {"queue wait, p99": "better"}),
        (set_to("end_to_end", "p50_ms", 10**6), {"end to end, p50": "worse"}),
        (set_to("handler_time", "p95_ms", 10**6), {"handler time, p95": "worse"}),
        (set_to("trigger_stage", "p99_ms", 10**6), {"trigger stage, p99": "worse"}),
        (set_to("cost", "per_1000_jobs_usd", 10), {"cost of 1,000 jobs": "worse"}),
    ],
)
def test_more_than_the_tolerance_is_a_change(now: Alter, expected: dict[str, str]) -> None:
    assert verdicts(now) == expected


def test_a_large_share_of_next_to_nothing_is_no_change() -> None:
    few_ms = set_to("queue_wait", "p50_ms", 4)

    assert verdicts(set_to("queue_wait", "p50_ms", 104), before=few_ms) == {}
    assert verdicts(set_to("queue_wait", "p50_ms", 105), before=few_ms) == {"queue wait, p50": "worse"}


def test_the_tolerance_is_the_callers() -> None:
    half_more = set_to("queue_wait", "p99_ms", 3421 * 1.5)

    assert verdicts(half_more, tolerance_percent=49) == {"queue wait, p99": "worse"}
    assert verdicts(half_more, tolerance_percent=51) == {}


def of_another_kind(report: Report) -> None:
    """Another target, and for each service another image, setting and size."""
    report.asked.target = "account 111122223333"
    for service in report.services:
        service.image += "-other"
        service.environment["CONCURRENCY"] = "99"
        service.cpu_units *= 2


def test_what_else_differs_is_told() -> None:
    before = a_report()
    notes = compare(altered(of_another_kind), before, Path("old.json"), 25).notes

    def told(service: Service) -> list[str]:
        return [
            f"{service.name}: the image differs, it was {service.image}.",
            f"{service.name}: settings differ: CONCURRENCY.",
            f"{service.name}: it had {service.cpu_units} CPU units and {service.memory_mb} MB.",
        ]

    assert before.services
    expected = [line for service in before.services for line in told(service)]
    assert notes == ["The baseline is of the local stack.", *expected]


@pytest.mark.parametrize(
    ("alter", "sentence"),
    [
        (set_to("", "schema_version", 0), "has version 0, not 1."),
        (set_to("outcome", "verdict", "interrupted"), "is of a run that is interrupted, not complete."),
        (set_to("asked", "scenario", "steady"), "(steady, 300 at 8/s of simulate-work), this is burst, 300"),
        (set_to("asked", "count", 301), "(burst, 301 at 8/s of simulate-work), this is burst, 300"),
        (set_to("asked", "rate_per_second", 9.0), "(burst, 300 at 9/s of simulate-work), this is burst, 300"),
        (set_to("asked", "job_type", "echo"), "(burst, 300 at 8/s of echo), this is burst, 300"),
    ],
)
def test_a_baseline_of_something_else_is_refused(tmp_path: Path, alter: Alter, sentence: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(msgspec.json.encode(altered(alter)))

    with pytest.raises(BadInput) as refused:
        read_baseline(file, a_report().asked)
    assert str(refused.value).startswith(f"--baseline {file} ")
    assert sentence in str(refused.value)


def test_a_baseline_of_the_same_load_elsewhere_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(msgspec.json.encode(altered(of_another_kind)))

    assert read_baseline(file, a_report().asked) == altered(of_another_kind)
