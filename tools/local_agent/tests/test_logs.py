"""Output reaches CloudWatch Logs whole, in order and within the limits."""

from pathlib import Path
from typing import Any

from agent_stack import Stack, wait_for
from hypothesis import given
from hypothesis import strategies as st
from local_agent.awslogs import (
    EVENT_OVERHEAD_BYTES,
    MAX_BATCH_BYTES,
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    LogTail,
    cut_lines,
)


def test_every_line_of_a_task_that_exits_at_once_is_there(stack: Stack) -> None:
    stack.ecs.run_task(cluster=stack.cluster, taskDefinition=stack.register("burst"))
    [task] = stack.wait_stopped()
    messages = wait_for(lambda: len(found := stack.messages(task)) == 5003 and found, "all lines")
    assert messages[1:5001] == [f"line {number}" for number in range(5000)]
    assert messages[5001:] == ["on stderr", "no newline"]
    assert stack.output(task).count("\n") == 5002  # and the file is kept


def test_lines_appear_while_the_task_runs(stack: Stack) -> None:
    stack.create(stack.register("count"))
    [task] = stack.wait_running()
    wait_for(lambda: "line 20" in stack.messages(task))


@given(
    st.lists(st.binary(max_size=50).filter(lambda line: b"\n" not in line), max_size=30),
    st.binary(max_size=9),
)
def test_cutting_keeps_every_byte_in_order(lines: list[bytes], rest: bytes) -> None:
    rest = rest.replace(b"\n", b"")
    data = b"".join(line + b"\n" for line in lines) + rest
    assert sum(used for _, used in cut_lines(data, is_last=True)) == len(data)
    assert sum(used for _, used in cut_lines(data, is_last=False)) == len(data) - len(rest)


def test_a_batch_stays_within_the_limits_of_a_call() -> None:
    for data in (b"x\n" * 20_000, b"y" * 3_000_000, b"\xff" * 1_000_000, (b"z" * 2000 + b"\n") * 900):
        lines = cut_lines(data, is_last=True)
        assert len(lines) <= MAX_EVENTS
        assert sum(len(line) + EVENT_OVERHEAD_BYTES for line, _ in lines) <= MAX_BATCH_BYTES
        assert max(len(line) for line, _ in lines) <= MAX_EVENT_BYTES


def test_a_tail_goes_on_where_the_one_before_it_stopped(aws: Any, tmp_path: Path) -> None:
    logs = aws.client("logs")
    group = f"/tail/{tmp_path.name}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    output = tmp_path / "demo.log"
    output.write_text("one\ntwo\nthr")
    LogTail(output, group, "s", lambda: logs).step(now=0)
    output.write_text("one\ntwo\nthree\n\nfour")
    second = LogTail(output, group, "s", lambda: logs)
    second.end()
    second.step(now=0)
    second.step(now=0)
    events = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["one", "two", "three", "four"]
    assert second.is_done
