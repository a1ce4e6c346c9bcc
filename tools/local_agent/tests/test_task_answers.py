"""What tasks hear from the agent: credentials, metadata, protection."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from agent_stack import HEALTH, KEYS, Stack, ask, task_id, wait_for
from local_agent.role_clients import LIFETIME, RENEW_BEFORE, RoleClients


def test_a_task_calls_aws_as_its_task_role(stack: Stack) -> None:
    stack.create(stack.register("whoami"))
    [task] = stack.wait_running()
    wait_for(lambda: "I am" in stack.output(task))
    assert f"assumed-role/{stack.name}/{task_id(task)}" in stack.output(task)


def test_credentials_are_renewed_before_they_end(agentless: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    now = datetime.now(UTC)
    clients = RoleClients(agentless.aws.endpoint, "us-east-1", now=lambda: now)
    first = clients.assume(agentless.role_arn, "task")
    assert clients.assume(agentless.role_arn, "task") == first
    now += LIFETIME - RENEW_BEFORE + timedelta(seconds=5)
    assert clients.assume(agentless.role_arn, "task") != first


def test_a_task_without_a_task_role_gets_no_credentials(stack: Stack) -> None:
    container = {"name": "demo", "image": "demo:1", "memory": 128}
    answer = stack.ecs.register_task_definition(family=stack.name, containerDefinitions=[container])
    stack.create(answer["taskDefinition"]["taskDefinitionArn"])
    [task] = stack.wait_running()
    environment = stack.hello(task)["environment"]
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in environment
    status, said = ask("GET", f"{environment['ECS_AGENT_URI']}/task-protection/v1/state")
    assert (status, said["error"]["Code"]) == (403, "AccessDeniedException")


def test_the_metadata_pages_describe_container_and_task(stack: Stack) -> None:
    stack.create()
    [task] = stack.wait_running()
    uri = stack.hello(task)["environment"]["ECS_CONTAINER_METADATA_URI_V4"]
    _, container = ask("GET", uri)
    assert (container["Name"], container["KnownStatus"]) == ("demo", "RUNNING")
    _, whole = ask("GET", f"{uri}/task")
    assert whole["TaskARN"] == task["taskArn"]
    assert (whole["Family"], whole["Revision"]) == (stack.name, "1")


def test_an_unknown_address_is_refused(stack: Stack) -> None:
    stack.create()
    [task] = stack.wait_running()
    uri = stack.hello(task)["environment"]["ECS_AGENT_URI"].rpartition("/")[0]
    assert ask("GET", f"{uri}/{'0' * 32}/task-protection/v1/state")[0] == 404
    assert ask("GET", f"{uri.removesuffix('/api')}/v2/credentials/guess")[0] == 404


def protection_url(stack: Stack, task: dict[str, Any]) -> str:
    return f"{stack.hello(task)['environment']['ECS_AGENT_URI']}/task-protection/v1/state"


def test_a_task_protects_itself_and_the_api_agrees(stack: Stack) -> None:
    stack.create()
    [task] = stack.wait_running()
    url = protection_url(stack, task)
    assert ask("GET", url) == (
        200,
        {"protection": {"ProtectionEnabled": False, "TaskArn": task["taskArn"]}},
    )
    status, said = ask("PUT", url, {"ProtectionEnabled": True, "ExpiresInMinutes": 5})
    assert (status, said["protection"]["ProtectionEnabled"]) == (200, True)
    assert said["protection"]["ExpirationDate"].endswith("Z")
    answer = stack.ecs.get_task_protection(cluster=stack.cluster, tasks=[task["taskArn"]])
    assert answer["protectedTasks"][0]["protectionEnabled"] is True
    assert ask("GET", url)[1] == said


def test_a_wrong_protection_request_gets_the_agents_error(stack: Stack) -> None:
    stack.create()
    [task] = stack.wait_running()
    url = protection_url(stack, task)
    for body in ({"ExpiresInMinutes": 5}, {"ProtectionEnabled": True, "Other": 1}, "no object"):
        status, said = ask("PUT", url, body)
        assert (status, said["error"]["Code"]) == (400, "InvalidParameterException")
    status, said = ask("PUT", url, {"ProtectionEnabled": True, "ExpiresInMinutes": 9999})
    assert (status, said["error"]["Code"]) == (400, "InvalidParameterException")


def test_a_protected_task_survives_scale_in_until_it_lets_go(stack: Stack) -> None:
    stack.create(count=2)
    tasks = stack.wait_running(2)
    url = protection_url(stack, tasks[0])
    ask("PUT", url, {"ProtectionEnabled": True})
    stack.update(desiredCount=0)
    [left] = stack.wait_running(1)
    assert left["taskArn"] == tasks[0]["taskArn"]
    wait_for(lambda: any("scale-in protection" in e["message"] for e in stack.service()["events"]))
    ask("PUT", url, {"ProtectionEnabled": False})
    stack.wait_running(0)


def test_a_protected_task_holds_a_deployment_and_others_are_blocked(stack: Stack) -> None:
    stack.create(
        stack.register(healthCheck=HEALTH),
        count=2,
        deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 100},
    )
    stack.wait_completed()
    protected, late = stack.wait_running(2)
    ask("PUT", protection_url(stack, protected), {"ProtectionEnabled": True})
    stack.update(forceNewDeployment=True)
    status, said = ask("PUT", protection_url(stack, late), {"ProtectionEnabled": True})
    assert (status, said["failure"]["Reason"]) == (200, "DEPLOYMENT_BLOCKED")
    assert said["failure"]["Arn"] == late["taskArn"]
    stack.update(deploymentConfiguration={"maximumPercent": 200})
    wait_for(lambda: late["taskArn"] not in {task["taskArn"] for task in stack.tasks()})
    assert protected["taskArn"] in {task["taskArn"] for task in stack.tasks()}
    ask("PUT", protection_url(stack, protected), {"ProtectionEnabled": False})
    stack.wait_completed()
