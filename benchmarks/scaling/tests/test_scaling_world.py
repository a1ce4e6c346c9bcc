"""The queue and the tasks, on cases small enough to work out by hand."""

from scaling_world import Stopping, World

OURS = Stopping(grace_seconds=90, protects=True, handed_back=True, visibility_seconds=0)
PLAIN = Stopping(grace_seconds=30, protects=False, handed_back=False, visibility_seconds=600)


def test_three_jobs_of_ten_seconds_two_at_once_take_twenty() -> None:
    world = World(job_seconds=10, concurrency=2, stopping=OURS, tasks=1)

    for now in range(30):
        world.step(now, 3 if now == 0 else 0)

    assert (world.done, world.last_done_at) == (3, 20)
    assert world.longest_wait_seconds == 9  # the third waits until the tenth second
    assert world.task_seconds == 30


def test_tasks_share_what_waits() -> None:
    world = World(job_seconds=10, concurrency=16, stopping=OURS, tasks=2)

    world.step(0, 6)

    assert [task.in_flight for task in world._tasks] == [3, 3]


def test_a_new_task_receives_after_a_minute_and_is_paid_from_the_start() -> None:
    world = World(job_seconds=1, concurrency=1, stopping=OURS, tasks=0)
    world.desired = 1

    for now in range(62):
        world.step(now, 1 if now == 0 else 0)

    assert world.last_done_at == 61
    assert world.task_seconds == 62


def test_jobs_that_end_within_the_drain_are_not_interrupted() -> None:
    world = World(job_seconds=60, concurrency=4, stopping=OURS, tasks=1)
    world.step(0, 4)
    world.desired = 0

    for now in range(1, 70):
        world.step(now, 0)

    assert (world.done, world.interrupted, world.task_seconds) == (4, 0, 61)


def test_a_job_longer_than_the_drain_is_handed_back_while_it_is_young() -> None:
    world = World(job_seconds=300, concurrency=4, stopping=OURS, tasks=1)
    world.step(0, 4)
    world.desired = 0

    for now in range(1, 100):
        world.step(now, 0)

    assert (world.interrupted, world.visible, world.in_flight) == (4, 4, 0)


def test_a_job_older_than_the_drain_protects_its_task() -> None:
    world = World(job_seconds=300, concurrency=4, stopping=OURS, tasks=1)
    for now in range(100):
        world.step(now, 4 if now == 0 else 0)
    world.desired = 0

    for now in range(100, 310):
        world.step(now, 0)

    assert (world.done, world.interrupted, world.last_done_at) == (4, 0, 300)
    assert world.running(310) == 0


def test_without_protection_a_long_job_is_killed_and_comes_back_by_its_visibility() -> None:
    world = World(job_seconds=300, concurrency=4, stopping=PLAIN, tasks=1)
    for now in range(100):
        world.step(now, 4 if now == 0 else 0)
    world.desired = 0

    for now in range(100, 600):
        world.step(now, 0)
    assert (world.interrupted, world.done, world.visible, world.in_flight) == (4, 0, 0, 4)

    world.step(600, 0)
    assert (world.visible, world.in_flight) == (4, 0)


def test_no_job_appears_or_disappears_while_tasks_come_and_go() -> None:
    for stopping in (OURS, PLAIN):
        world = World(job_seconds=120, concurrency=3, stopping=stopping, tasks=4)
        for now in range(5_000):
            world.desired = (4, 0, 7, 1, 2)[now // 70 % 5]
            world.step(now, now % 3 if now < 3_000 else 0)
            assert world.arrived == world.done + world.visible + world.in_flight
        assert world.interrupted > 0
        assert world.done > 0
