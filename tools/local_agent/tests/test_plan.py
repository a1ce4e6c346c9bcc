"""The rolling update as a rule: for any bounds it ends, and never steps over them on the way."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from local_agent.plan import Bounds, Plan, TaskView, make_plan

BOUNDS = st.builds(
    Bounds,
    desired=st.integers(0, 6),
    minimum_healthy_percent=st.sampled_from([0, 50, 100]),
    maximum_percent=st.sampled_from([100, 150, 200]),
)


def old_tasks(count: int, protected: int = 0) -> list[TaskView]:
    return [TaskView(f"old{n}", False, True, n < protected, n) for n in range(count)]


def apply(plan: Plan, tasks: list[TaskView], names: list[int]) -> list[TaskView]:
    """The tasks after the plan was carried out; new ones are not steady yet."""
    kept = [task for task in tasks if task.id not in plan.stop]
    for _ in range(plan.start):
        names[0] += 1
        kept.append(TaskView(f"new{names[0]}", True, False, False, names[0]))
    return kept


@given(BOUNDS)
def test_a_deployment_replaces_every_task_within_its_bounds(bounds: Bounds) -> None:
    tasks, names = old_tasks(bounds.desired), [0]
    for _ in range(40):
        plan = make_plan(bounds, tasks)
        if plan.is_complete or plan.is_stuck:
            break
        steady_after_stops = sum(task.is_steady for task in tasks if task.id not in plan.stop)
        assert steady_after_stops >= bounds.fewest
        tasks = apply(plan, tasks, names)
        assert len(tasks) <= max(bounds.most, bounds.desired)
        tasks = [replace(task, is_steady=True) for task in tasks]
    assert plan.is_complete or plan.is_stuck
    # Only bounds that leave no room at all may get stuck.
    assert plan.is_stuck == (bounds.desired > 0 and bounds.most <= bounds.desired <= bounds.fewest)


@given(BOUNDS, st.integers(0, 8), st.integers(0, 8))
def test_scaling_reaches_the_wanted_count_but_for_protected_tasks(
    bounds: Bounds, count: int, held: int
) -> None:
    tasks = [replace(task, is_primary=True) for task in old_tasks(count, protected=held)]
    tasks = apply(make_plan(bounds, tasks), tasks, [0])
    assert len(tasks) == max(bounds.desired, min(count, held))


@given(BOUNDS, st.integers(1, 6))
def test_protected_tasks_are_never_stopped(bounds: Bounds, held: int) -> None:
    plan = make_plan(bounds, old_tasks(6, protected=held))
    assert not {f"old{n}" for n in range(held)} & set(plan.stop)


def test_old_tasks_that_are_not_steady_go_first() -> None:
    old = [replace(task, is_steady=False) for task in old_tasks(2)]
    assert set(make_plan(Bounds(2), old).stop) == {"old0", "old1"}


def test_a_deployment_is_not_complete_while_old_tasks_drain() -> None:
    new = [TaskView("new", True, True, False, 0)]
    assert not make_plan(Bounds(1), new, draining=1).is_complete
    assert make_plan(Bounds(1), new).is_complete
