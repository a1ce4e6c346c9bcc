"""An agent that is killed, one that finds tasks left, and an embedded AWS that is away."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from agent_stack import HEALTH, KEYS, Stack, ask, start_server, task_id, wait_for
from local_agent.end import end_everything


def test_tasks_go_on_when_the_agent_is_killed_and_the_next_agent_adopts_them(alone: Stack) -> None:
    # given a running task whose agent is killed
    alone.create(alone.register("count", healthCheck=HEALTH))
    alone.wait_completed()
    [task] = alone.wait_running()
    said = alone.hello(task)
    alone.end_agent(signal.SIGKILL)
    size = len(alone.output(task))
    wait_for(lambda: len(alone.output(task)) > size + 200, "output without an agent")
    # when another agent starts
    alone.start_agent()
    # then the very process is still the service's task, and its addresses answer
    url = said["environment"]["ECS_AGENT_URI"] + "/task-protection/v1/state"
    wait_for(lambda: answers(url))
    assert [t["taskArn"] for t in alone.wait_running()] == [task["taskArn"]]
    assert alone.hello(task)["pid"] == said["pid"]
    assert alone.tasks()[0]["healthStatus"] == "HEALTHY"
    # and not a line is missing
    alone.update(desiredCount=0)
    [stopped] = alone.wait_stopped()
    assert "exit code is not known" in stopped["containers"][0]["reason"]
    last = int(alone.output(task).splitlines()[-1].split()[1])
    wait_for(lambda: alone.messages(task)[-1] == f"last {last}", "the last line")
    lines = [m for m in alone.messages(task) if m.startswith("line ")]
    assert list(dict.fromkeys(lines)) == [f"line {number}" for number in range(1, last + 1)]


def answers(url: str) -> bool:
    try:
        return ask("GET", url)[0] == 200
    except OSError:
        return False


def test_a_task_that_ended_without_an_agent_is_replaced_by_the_next_agent(alone: Stack) -> None:
    alone.create()
    [task] = alone.wait_running()
    pid = alone.hello(task)["pid"]
    alone.end_agent(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    alone.start_agent()
    [stopped] = alone.wait_stopped()
    assert stopped["taskArn"] == task["taskArn"]
    [other] = alone.wait_running()
    assert other["taskArn"] != task["taskArn"]


def test_a_process_with_a_reused_pid_is_left_alone(alone: Stack) -> None:
    # given a state file that names a pid which now belongs to somebody else
    alone.create()
    alone.wait_running()
    alone.end_agent()
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        state = alone.state()
        [entry] = state["tasks"]
        entry["lastStatus"], entry["stopReason"], entry["stopCode"] = "RUNNING", None, None
        start_time = psutil.Process(stranger.pid).create_time() - 3600
        entry["containers"][0] |= {"pid": stranger.pid, "startTime": start_time, "hasEnded": False}
        (alone.state_dir / "agent.json").write_text(json.dumps(state))
        # when an agent starts and stops, and everything is ended from outside too
        alone.start_agent()
        alone.wait_running()
        alone.end_agent()
        (alone.state_dir / "agent.json").write_text(json.dumps(state))
        end_everything(alone.state_dir)
        # then the stranger lives
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_task_that_was_half_started_is_ended(alone: Stack) -> None:
    alone.create()
    [task] = alone.wait_running()
    process = psutil.Process(alone.hello(task)["pid"])
    alone.end_agent(signal.SIGKILL)
    state = alone.state()
    state["tasks"][0]["containers"][0] |= {"pid": None, "startTime": None}
    state["tasks"][0]["lastStatus"] = "PENDING"
    (alone.state_dir / "agent.json").write_text(json.dumps(state))
    alone.start_agent()
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    [stopped] = alone.wait_stopped()
    assert "while the task started" in stopped["stoppedReason"]
    alone.wait_running()


def test_a_task_whose_agent_had_to_move_to_another_port_is_replaced(alone: Stack) -> None:
    alone.create()
    [task] = alone.wait_running()
    alone.end_agent(signal.SIGKILL)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", alone.state()["endpointPort"]))
        taken.listen()
        alone.start_agent()
        [stopped] = alone.wait_stopped()
    assert (stopped["taskArn"], "had to move" in stopped["stoppedReason"]) == (task["taskArn"], True)
    assert alone.output(task).endswith("bye\n")
    alone.wait_running()


def test_everything_can_be_ended_from_the_state_folder(alone: Stack) -> None:
    alone.create(count=2)
    tasks = alone.wait_running(2)
    processes = [psutil.Process(alone.hello(task)["pid"]) for task in tasks]
    alone.end_agent(signal.SIGKILL)
    subprocess.run(
        [sys.executable, "-m", "local_agent.end", "--state-dir", str(alone.state_dir)], check=True, timeout=30
    )
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
    assert all(alone.output(task).endswith("bye\n") for task in tasks)


def test_ending_everything_lets_a_living_agent_do_it(alone: Stack) -> None:
    alone.create()
    [task] = alone.wait_running()
    assert end_everything(alone.state_dir) == 0
    assert alone.agent is not None
    assert alone.agent.wait(5) == 0
    assert alone.output(task).endswith("bye\n")


def test_two_agents_do_not_share_a_state_folder(alone: Stack) -> None:
    wait_for((alone.state_dir / "agent.json").exists)
    second = run_agent(["--cluster", "c", "--images", str(alone.images), "--state-dir", str(alone.state_dir)])
    assert second.returncode == 2
    assert second.stderr.startswith("Another agent uses")


def test_wrong_settings_stop_the_start_with_one_sentence(tmp_path: Path) -> None:
    arguments = ["--cluster", "c", "--images", str(tmp_path / "none.json"), "--state-dir", str(tmp_path)]
    missing = run_agent(arguments)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "none.json" in missing.stderr
    no_endpoint = run_agent(arguments, AWS_ENDPOINT_URL="")
    assert (no_endpoint.returncode, no_endpoint.stderr.count("\n")) == (2, 1)
    assert "AWS_ENDPOINT_URL" in no_endpoint.stderr


def run_agent(arguments: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", **environment}
    command = [sys.executable, "-m", "local_agent", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=20, check=False)


def test_tasks_go_on_while_the_embedded_aws_is_away_and_later_lines_arrive(tmp_path: Path) -> None:
    # given an embedded AWS of its own, with a running service
    server, aws = start_server(tmp_path)
    stack = Stack(aws, tmp_path)
    stack.create_cluster()
    stack.start_agent()
    try:
        stack.create(stack.register("count", healthCheck=HEALTH))
        stack.wait_completed()
        [task] = stack.wait_running()
        # when it hangs for longer than the agent waits for an answer
        os.kill(server.pid, signal.SIGSTOP)
        first = len(stack.output(task).splitlines())
        wait_for(lambda: len(stack.output(task).splitlines()) > first + 150, "output")
        line = stack.output(task).splitlines()[-1]
        os.kill(server.pid, signal.SIGCONT)
        # then the task is the same, and nothing is lost
        wait_for(lambda: line in stack.messages(task), "the lines from meanwhile")
        assert [t["taskArn"] for t in stack.tasks()] == [task["taskArn"]]
        # when it ends for good
        server.terminate()
        server.wait(10)
        # then the task runs on, and the agent still ends in order
        count = len(stack.output(task))
        wait_for(lambda: len(stack.output(task)) > count + 200)
        assert stack.end_agent() == 0
        assert stack.output(task).splitlines()[-1].startswith("last")
    finally:
        server.kill()
        server.wait()
        end_everything(stack.state_dir)


def test_a_new_embedded_aws_gets_the_service_back(tmp_path: Path) -> None:
    server, aws = start_server(tmp_path)
    stack = Stack(aws, tmp_path)
    stack.create_cluster()
    stack.start_agent()
    try:
        stack.create()
        [old] = stack.wait_running()
        server.terminate()
        server.wait(10)
        server, _ = start_server(tmp_path, port=aws.endpoint.rpartition(":")[2])
        stack.logs.create_log_group(logGroupName=stack.group)
        stack.role_arn = stack.make_role(stack.name)
        stack.create_cluster()
        stack.create(stack.register(healthCheck=HEALTH))
        deployment = stack.wait_completed()
        [new] = stack.wait_running()
        assert new["startedBy"] == deployment["id"]
        assert task_id(new) != task_id(old)
        assert stack.output(old).endswith("bye\n")
    finally:
        end_everything(stack.state_dir)
        server.kill()
        server.wait()
