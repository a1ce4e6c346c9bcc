"""Steps and what overlapped."""

from jobctl.stack.timeline import Timeline


def test_steps_that_ran_at_the_same_time_are_named() -> None:
    now = [0.0]
    timeline = Timeline(clock=lambda: now[0])
    long = timeline.begin("long")
    now[0] = 1.0
    with timeline.step("short") as short:
        now[0] = 3.0
    timeline.end(long)
    with timeline.step("after") as after:
        now[0] = 4.0

    assert (short.start_seconds, short.end_seconds) == (1.0, 3.0)
    assert timeline.overlaps(long) == ["short"]
    assert timeline.overlaps(after) == []
