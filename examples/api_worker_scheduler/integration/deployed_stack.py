"""What is deployed is what `cfn-outputs/flat-outputs.json` names. Reads only; needs credentials.

Run it after `terraform apply` and `flat_outputs.py`; FLAT_OUTPUTS names another file than the usual one.
pytest does not collect it by itself, for it needs a deployed stack.
"""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest

FILE = Path(
    os.environ.get("FLAT_OUTPUTS", Path(__file__).resolve().parents[1] / "cfn-outputs/flat-outputs.json")
)
SERVICES = ("api", "worker", "scheduler")


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """Name → value of each output."""
    assert FILE.exists(), f"{FILE} is not there; apply the root, then run flat_outputs.py"
    read: dict[str, str] = json.loads(FILE.read_text())
    return read


def client(service: str, outputs: dict[str, str]) -> Any:
    """A client of the region that everything is in."""
    make: Any = boto3.client
    return make(service, region_name=outputs["region"])


def test_the_load_balancer_is_active_and_sends_three_paths_to_three_services(outputs: dict[str, str]) -> None:
    balancers = client("elbv2", outputs)
    (balancer,) = [
        each
        for each in balancers.describe_load_balancers()["LoadBalancers"]
        if each["DNSName"] == outputs["albDnsName"]
    ]
    listeners = balancers.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = [
        rule
        for listener in listeners
        for rule in balancers.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        if not rule["IsDefault"]
    ]

    assert balancer["State"]["Code"] == "active"
    assert sorted(
        path
        for rule in rules
        for condition in rule["Conditions"]
        for path in condition["PathPatternConfig"]["Values"]
    ) == ["/api/*", "/scheduler/*", "/worker/*"]
    targets = {action["TargetGroupArn"] for rule in rules for action in rule["Actions"]}
    assert len(targets) == len(SERVICES)


def test_three_services_want_their_tasks_and_scale_from_two_to_ten(outputs: dict[str, str]) -> None:
    cluster, suffix = outputs["clusterName"], outputs["environment"]
    names = [f"{service}-service-{suffix}" for service in SERVICES]

    services = client("ecs", outputs).describe_services(cluster=cluster, services=names)["services"]
    scaled = client("application-autoscaling", outputs).describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/{cluster}/{name}" for name in names]
    )["ScalableTargets"]

    assert {service["serviceName"] for service in services} == set(names)
    assert all(2 <= service["desiredCount"] <= 10 for service in services)
    assert [(target["MinCapacity"], target["MaxCapacity"]) for target in scaled] == [(2, 10)] * len(SERVICES)


def test_images_are_pushed_where_the_outputs_say_and_ten_are_kept(outputs: dict[str, str]) -> None:
    registry = client("ecr", outputs)
    for service in SERVICES:
        name = outputs[f"{service}EcrUrl"].partition("/")[2]
        (repository,) = registry.describe_repositories(repositoryNames=[name])["repositories"]
        policy = json.loads(registry.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])

        assert repository["repositoryUri"].endswith(name)
        kept = [rule["selection"] for rule in policy["rules"] if rule["selection"]["tagStatus"] == "tagged"]
        assert [each["countNumber"] for each in kept] == [10]


def test_the_schedule_is_on_and_sends_to_the_queue_of_the_worker(outputs: dict[str, str]) -> None:
    queue_url = outputs["triggerQueueUrl"]
    queue = client("sqs", outputs).get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    schedules = client("scheduler", outputs)
    found = [
        schedules.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        for each in schedules.list_schedules()["Schedules"]
    ]

    assert [each["State"] for each in found if each["Target"]["Arn"] == queue["Attributes"]["QueueArn"]] == [
        "ENABLED"
    ]


def test_secrets_have_their_fields_and_no_value_is_shown(outputs: dict[str, str]) -> None:
    """Which fields there are, not what is in them: a failure must not print a secret."""
    manager, suffix = client("secretsmanager", outputs), outputs["environment"]
    fields = {
        name: sorted(json.loads(manager.get_secret_value(SecretId=f"{name}-{suffix}")["SecretString"]))
        for name in ("db-credentials", "api-keys")
    }

    assert fields == {
        "db-credentials": ["dbname", "host", "password", "port", "username"],
        "api-keys": ["externalApiKey", "jwtSecret"],
    }
