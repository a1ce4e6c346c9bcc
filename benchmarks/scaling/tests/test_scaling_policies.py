"""The policies, minute by minute."""

from dataclasses import replace

import pytest
from scaling_parameters import Scaling
from scaling_policies import Metrics, QueueDepthSteps, TargetTracking

# A target of 100 messages a task.
SCALING = Scaling(
    min_tasks=0,
    max_tasks=10,
    acceptable_wait_seconds=50,
    mean_job_seconds=5,
    concurrency=10,
    scale_out_cooldown_seconds=240,
    scale_in_cooldown_seconds=300,
    wake_cooldown_seconds=300,
    wake_minutes=3,
    busy_target_percent=80,
    drain_timeout_seconds=90,
)


def decisions(
    policy: TargetTracking | QueueDepthSteps,
    minutes: list[tuple[int | None, int | None, int | None]],
    desired: int,
) -> list[int]:
    """The desired count after each minute; the minutes are what CloudWatch would hold."""
    metrics = Metrics()
    course = []
    for minute, (visible, in_flight, running) in enumerate(minutes):
        metrics.visible.append(visible)
        metrics.in_flight.append(in_flight)
        metrics.running.append(running)
        desired = policy.decide(60 * minute + 59, metrics, desired)
        course.append(desired)
    return course


def test_three_minutes_above_the_target_scale_out_in_proportion() -> None:
    # 250 + 10 messages behind one task, aim 100: three tasks. Container Insights are two minutes late.
    course = decisions(TargetTracking(SCALING), [(250, 10, 1)] * 5, desired=1)

    assert course == [1, 1, 1, 1, 3]


def test_the_cooldown_keeps_a_late_metric_from_adding_more() -> None:
    course = decisions(TargetTracking(SCALING), [(250, 10, 1)] * 9, desired=1)

    assert course[4:] == [3, 3, 3, 3, 8]  # after 240 s it trusts the metric again: 3 * 2.6


def test_one_minute_without_data_starts_the_count_again() -> None:
    minutes: list[tuple[int | None, int | None, int | None]] = [(250, 10, 1)] * 3
    course = decisions(
        TargetTracking(SCALING), [*minutes[:2], (250, 10, None), *minutes, *minutes], desired=1
    )

    assert course == [1, 1, 1, 1, 1, 1, 1, 3, 3]


def test_fifteen_idle_minutes_scale_in_to_zero() -> None:
    course = decisions(TargetTracking(SCALING), [(0, None, 4)] * 17, desired=4)

    assert course == [4] * 16 + [0]


def test_busy_tasks_stay_though_nothing_waits() -> None:
    # 30 of 4 * 10 are at work: 75 %, above the 72 % (0.9 * 80) where the brake lets go.
    assert decisions(TargetTracking(SCALING), [(0, 30, 4)] * 40, desired=4)[-1] == 4
    assert decisions(TargetTracking(SCALING, with_brake=False), [(0, 30, 4)] * 40, desired=4)[-1] < 4


def test_half_busy_tasks_go_until_the_rest_is_busy() -> None:
    # 15 of 4 * 10: 37.5 % of an aimed 80 %, so two of four are enough.
    assert decisions(TargetTracking(SCALING), [(0, 15, 4)] * 17, desired=4)[-1] == 2


@pytest.mark.parametrize("missing", [(None, None, 4), (0, None, None), (None, None, None)])
def test_missing_data_never_scales_in(missing: tuple[int | None, int | None, int | None]) -> None:
    assert min(decisions(TargetTracking(SCALING), [missing] * 120, desired=4)) == 4


def test_silent_container_insights_never_shrinks_a_busy_service() -> None:
    course = decisions(TargetTracking(SCALING), [(500, 40, None)] * 120, desired=4)

    assert course == sorted(course)
    assert course[-1] == SCALING.max_tasks


def test_a_message_wakes_a_sleeping_service_with_one_task() -> None:
    # Three minutes with a message, which can be read one minute late.
    course = decisions(TargetTracking(SCALING), [(1, None, None)] * 8, desired=0)

    assert course == [0, 0, 0, 1, 1, 1, 1, 1]


def test_late_container_insights_do_not_look_like_sleep() -> None:
    """The newest minute of running tasks is never there yet, and FILL makes it zero."""
    course = decisions(TargetTracking(SCALING), [(50, 40, 4)] * 120, desired=4)

    assert course == [4] * 120


def test_one_minute_alone_would_take_lateness_for_sleep() -> None:
    policy = TargetTracking(replace(SCALING, wake_minutes=1))

    assert decisions(policy, [(50, 40, 4)] * 120, desired=4)[-1] == SCALING.max_tasks


def test_a_service_that_keeps_a_task_is_not_woken() -> None:
    policy = TargetTracking(replace(SCALING, min_tasks=1))

    assert decisions(policy, [(1, None, None)] * 30, desired=0)[-1] == 0


def test_the_plain_policy_goes_one_step_at_a_time() -> None:
    busy = decisions(QueueDepthSteps(1, 10), [(51, 5, 1)] * 4, desired=1)
    idle = decisions(QueueDepthSteps(1, 10), [(9, 50, 3)] * 12, desired=3)

    assert busy == [1, 2, 3, 4]
    assert idle == [3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1]
