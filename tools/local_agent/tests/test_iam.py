"""With IAM enforced, tasks have their task role's permissions, and the agent those of the execution role."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_stack import Stack, ask, start_server, wait_for
from local_agent.end import end_everything


@pytest.fixture
def enforced(tmp_path: Path) -> Iterator[Stack]:
    """A cluster and its agent on an embedded AWS that enforces IAM; the roles have no policies yet."""
    server, aws = start_server(tmp_path, "--enforce-iam")
    stack = Stack(aws, tmp_path)
    stack.create_cluster()
    stack.start_agent()
    yield stack
    end_everything(stack.state_dir)
    server.terminate()
    server.wait(10)


def allow(stack: Stack, action: list[str], resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stack.iam.put_role_policy(
        RoleName=stack.name, PolicyName=action[0].partition(":")[0], PolicyDocument=document
    )


def test_each_part_needs_its_roles_permissions(enforced: Stack) -> None:
    # without permission for the log stream no task starts
    enforced.create()
    [task, *_] = enforced.wait_stopped()
    assert "not authorized to perform: logs:CreateLogStream" in task["stoppedReason"]
    # with it tasks run, and their lines arrive
    group = f"arn:aws:logs:us-east-1:123456789012:log-group:{enforced.group}"
    allow(enforced, ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*")
    [task] = enforced.wait_running()
    wait_for(lambda: enforced.messages(task), "log lines")
    # protection needs the task role's permission
    url = enforced.hello(task)["environment"]["ECS_AGENT_URI"] + "/task-protection/v1/state"
    status, said = ask("PUT", url, {"ProtectionEnabled": True})
    assert (status, said["error"]["Code"]) == (400, "AccessDeniedException")
    tasks = f"arn:aws:ecs:us-east-1:123456789012:task/{enforced.cluster}/*"
    allow(enforced, ["ecs:UpdateTaskProtection"], tasks)
    status, said = ask("PUT", url, {"ProtectionEnabled": True})
    assert (status, said["protection"]["ProtectionEnabled"]) == (200, True)
