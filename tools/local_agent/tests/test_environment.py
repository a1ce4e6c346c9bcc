"""A container sees its task definition's environment, what ECS adds, and nothing of the agent's."""

import json
import sys
from pathlib import Path

from agent_stack import Stack, task_id

ADDED = {
    "PATH",
    "HOME",
    "TMPDIR",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "ECS_AGENT_URI",
    "ECS_CONTAINER_METADATA_URI_V4",
}
FROM_THE_INTERPRETER = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


def environment_of(stack: Stack) -> dict[str, str]:
    [task] = stack.wait_running()
    environment: dict[str, str] = stack.hello(task)["environment"]
    return environment


def test_the_environment_is_exactly_what_a_container_gets(agentless: Stack) -> None:
    agentless.create_cluster()
    agentless.start_agent(OF_THE_AGENT_ALONE="must not leak", PYTHONPATH="")
    agentless.create(agentless.register(environment=[{"name": "QUEUE_URL", "value": "http://q"}]))
    environment = environment_of(agentless)
    expected = ADDED | {"QUEUE_URL", "PYTHONUNBUFFERED", "FROM_IMAGE"}
    assert set(environment) - FROM_THE_INTERPRETER == expected
    assert environment["QUEUE_URL"] == "http://q"
    assert environment["FROM_IMAGE"] == "from the image"
    assert environment["AWS_ENDPOINT_URL"] == agentless.aws.endpoint
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-east-1"
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))


def test_the_task_definition_wins_over_the_additions_and_the_image(stack: Stack) -> None:
    given = {"AWS_REGION": "eu-west-1", "FROM_IMAGE": "from the task"}
    pairs = [{"name": name, "value": value} for name, value in given.items()]
    stack.create(stack.register(environment=pairs))
    environment = environment_of(stack)
    assert {name: environment[name] for name in given} == given
    assert environment["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_each_task_has_a_temporary_folder_of_its_own_that_goes_with_it(stack: Stack) -> None:
    stack.create(count=2)
    tasks = stack.wait_running(2)
    folders = {Path(stack.hello(task)["environment"]["TMPDIR"]) for task in tasks}
    assert len(folders) == 2
    assert all((folder / "healthy").exists() for folder in folders)
    stack.update(desiredCount=0)
    stack.wait_stopped(2)
    assert not any(folder.exists() for folder in folders)


def test_secrets_come_from_parameters_and_secrets_manager(stack: Stack) -> None:
    ssm, manager = stack.aws.client("ssm"), stack.aws.client("secretsmanager")
    name = f"/{stack.name}/token"
    ssm.put_parameter(Name=name, Value="from ssm", Type="SecureString")
    value = json.dumps({"password": "p4ss", "user": "u"})
    arn = manager.create_secret(Name=f"{stack.name}/db", SecretString=value)["ARN"]
    secrets = [
        {"name": "BY_NAME", "valueFrom": name},
        {"name": "BY_ARN", "valueFrom": f"arn:aws:ssm:us-east-1:123456789012:parameter{name}"},
        {"name": "WHOLE", "valueFrom": arn},
        {"name": "ONE_KEY", "valueFrom": f"{arn}:password::"},
    ]
    stack.create(stack.register(secrets=secrets))
    environment = environment_of(stack)
    found = [environment[secret["name"]] for secret in secrets]
    assert found == ["from ssm", "from ssm", value, "p4ss"]
    assert "p4ss" not in (stack.state_dir / "agent.json").read_text()


def stopped_reason(stack: Stack, task_definition: str) -> str:
    stack.create(task_definition)
    [task, *_] = stack.wait_stopped()
    assert task["stopCode"] == "TaskFailedToStart"
    assert not (stack.state_dir / "tasks" / task_id(task) / "demo.log").exists()
    return str(task["stoppedReason"])


def test_a_missing_secret_stops_the_task_with_the_reason(stack: Stack) -> None:
    secrets = [{"name": "TOKEN", "valueFrom": "/not/there"}]
    reason = stopped_reason(stack, stack.register(secrets=secrets))
    assert "ResourceInitializationError: unable to pull secrets" in reason
    assert "TOKEN" in reason


def test_a_missing_json_key_stops_the_task_with_the_reason(stack: Stack) -> None:
    manager = stack.aws.client("secretsmanager")
    arn = manager.create_secret(Name=f"{stack.name}/db", SecretString="{}")["ARN"]
    secrets = [{"name": "TOKEN", "valueFrom": f"{arn}:password::"}]
    assert "json key password" in stopped_reason(stack, stack.register(secrets=secrets))


def test_an_image_that_nobody_maps_cannot_be_pulled(stack: Stack) -> None:
    assert "CannotPullContainerError" in stopped_reason(stack, stack.register(image="other:1"))


def test_a_role_that_tasks_may_not_assume_stops_the_task(stack: Stack) -> None:
    trust = {"Statement": [{"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    stack.role_arn = stack.make_role(f"other-{stack.name}", trust)
    assert "unable to assume the role" in stopped_reason(stack, stack.register())


def test_a_missing_log_group_stops_the_task(stack: Stack) -> None:
    task_definition = stack.register()
    stack.logs.delete_log_group(logGroupName=stack.group)
    assert "ResourceInitializationError" in stopped_reason(stack, task_definition)


def test_a_program_that_is_not_there_stops_the_task(stack: Stack) -> None:
    task_definition = stack.register(entryPoint=["/no/such/program"])
    stack.create(task_definition)
    [task, *_] = stack.wait_stopped()
    assert "CannotStartContainerError" in task["stoppedReason"]
