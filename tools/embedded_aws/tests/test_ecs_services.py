"""Services keep their settings and record their deployments, against stock moto."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from ecs_stack import STRATEGY, Stack

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "minimumHealthyPercent": 50}
SETTINGS = {
    "capacityProviderStrategy": STRATEGY,
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "deploymentConfiguration": BREAKER,
    "healthCheckGracePeriodSeconds": 7,
}


def test_a_service_shows_the_settings_that_terraform_compares(embedded: Any, stock: Any) -> None:
    service = Stack(embedded)
    service.create(**SETTINGS)
    shown = service.describe()
    for name in set(SETTINGS) - {"deploymentConfiguration"}:
        assert shown[name] == SETTINGS[name]
    assert shown["deploymentConfiguration"] == {**BREAKER, "maximumPercent": 200}
    assert "launchType" not in shown  # a launch type beside a strategy would be a difference

    lost = Stack(stock)
    lost.create(**SETTINGS)
    assert not {"capacityProviderStrategy", "enableECSManagedTags", "deploymentConfiguration"} & set(
        lost.describe()
    )


def test_a_service_on_instances_shows_neither_a_network_nor_a_platform(embedded: Any, stock: Any) -> None:
    on_instances = {"capacityProviderStrategy": [{"capacityProvider": "instances", "weight": 1, "base": 0}]}
    service = Stack(embedded)
    service.create(**on_instances)
    service.update(forceNewDeployment=True)
    shown = service.describe()
    assert not {"networkConfiguration", "platformVersion"} & set(shown)
    assert shown["capacityProviderStrategy"] == on_instances["capacityProviderStrategy"]

    empty = Stack(stock)
    empty.create(**on_instances)
    # The provider of Terraform looks into it without asking whether anything is there.
    assert empty.describe()["networkConfiguration"] == {}


def test_an_update_changes_what_it_names_and_keeps_the_rest(embedded: Any, stock: Any) -> None:
    service = Stack(embedded)
    service.create(**SETTINGS)
    service.update(deploymentConfiguration={"maximumPercent": 150}, enableECSManagedTags=False)
    shown = service.describe()
    assert shown["deploymentConfiguration"] == {**BREAKER, "maximumPercent": 150}
    assert shown["enableECSManagedTags"] is False
    assert shown["enableExecuteCommand"] is True

    lost = Stack(stock)
    lost.create(**SETTINGS)
    lost.update(deploymentConfiguration={"maximumPercent": 150})
    assert lost.describe()["deploymentConfiguration"] == {"maximumPercent": 150}


def test_a_new_service_has_no_running_task_until_one_is_reported(embedded: Any, stock: Any) -> None:
    service = Stack(embedded)
    service.create(desiredCount=1)
    service.update(desiredCount=2)
    assert service.describe()["runningCount"] == 0
    service.report_task()
    assert service.describe()["runningCount"] == 1

    wrong = Stack(stock)
    wrong.create(desiredCount=1)
    wrong.update(desiredCount=2)
    assert wrong.describe()["runningCount"] == 2


def test_another_count_is_no_deployment(embedded: Any) -> None:
    service = Stack(embedded)
    first = service.create()["deployments"][0]
    service.update(desiredCount=5, taskDefinition=service.task_definition)
    [only] = service.describe()["deployments"]
    assert (only["id"], only["desiredCount"]) == (first["id"], 5)


@pytest.mark.parametrize("change", ["forceNewDeployment", "taskDefinition", "capacityProviderStrategy"])
def test_a_change_of_what_runs_is_a_deployment(embedded: Any, stock: Any, change: str) -> None:
    def changed(aws: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        service = Stack(aws)
        before = service.create()
        if aws is embedded:
            service.report_task()
        values = {"taskDefinition": service.register(), "capacityProviderStrategy": STRATEGY}
        service.update(**{change: values.get(change, True)})
        return before, service.describe()

    before, after = changed(embedded)
    assert [d["status"] for d in after["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert after["deployments"][1]["id"] == before["deployments"][0]["id"]
    assert after["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert after["deployments"][0]["taskDefinition"] == after["taskDefinition"]

    _, wrong = changed(stock)
    assert len(wrong["deployments"]) == 1


def test_a_replaced_deployment_goes_when_its_last_task_has_stopped(embedded: Any) -> None:
    service = Stack(embedded)
    service.create()
    old = service.report_task()
    service.update(forceNewDeployment=True)
    service.report_task()
    assert len(service.describe()["deployments"]) == 2
    service.report_task("STOPPED", arn=old)
    [left] = service.describe()["deployments"]
    assert (left["status"], left["runningCount"]) == ("PRIMARY", 1)


def test_the_waiter_for_stable_services_returns(embedded: Any, stock: Any) -> None:
    def wait(service: Stack) -> None:
        service.ecs.get_waiter("services_stable").wait(
            cluster=service.cluster, services=["worker"], WaiterConfig={"Delay": 1, "MaxAttempts": 1}
        )

    service = Stack(embedded)
    service.create()
    service.report_task()
    wait(service)

    wrong = Stack(stock)
    wrong.create()
    with pytest.raises(WaiterError):
        wait(wrong)


def test_a_failed_deployment_rolls_back_to_the_last_completed_one(embedded: Any) -> None:
    service = Stack(embedded)
    good = service.create(deploymentConfiguration=BREAKER)["deployments"][0]
    service.report_task()
    service.report_progress(id=good["id"], rolloutState="COMPLETED")
    bad = service.update(taskDefinition=service.register())["deployments"][0]
    service.report_progress(id=bad["id"], failedTasks=3, rolloutState="FAILED")
    shown = service.describe()
    assert shown["taskDefinition"] == good["taskDefinition"]
    [primary] = shown["deployments"]
    assert (primary["id"], primary["status"]) == (good["id"], "PRIMARY")
    assert "rolling back" in primary["rolloutStateReason"]
    assert any(bad["id"] in event["message"] for event in shown["events"])


def test_without_rollback_a_failed_deployment_stays(embedded: Any) -> None:
    service = Stack(embedded)
    only = service.create()["deployments"][0]
    service.report_progress(id=only["id"], rolloutState="FAILED")
    assert [d["rolloutState"] for d in service.describe()["deployments"]] == ["FAILED"]


def test_the_history_of_deployments_tells_which_was_rolled_back(embedded: Any, stock: Any) -> None:
    service = Stack(embedded)
    good = service.create(deploymentConfiguration=BREAKER)["deployments"][0]
    service.report_progress(id=good["id"], rolloutState="COMPLETED")
    bad = service.update(taskDefinition=service.register())["deployments"][0]
    service.report_progress(id=bad["id"], rolloutState="FAILED")
    listed = service.ecs.list_service_deployments(cluster=service.cluster, service="worker")
    assert listed["serviceDeployments"][0]["status"] == "ROLLBACK_IN_PROGRESS"
    service.report_progress(id=good["id"], rolloutState="COMPLETED")
    arns = [d["serviceDeploymentArn"] for d in listed["serviceDeployments"]]
    described = service.ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    assert [d["status"] for d in described] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]

    with pytest.raises(ClientError):
        unknown = Stack(stock)
        unknown.create()
        unknown.ecs.list_service_deployments(cluster=unknown.cluster, service="worker")


def test_a_second_service_of_the_same_name_is_refused(embedded: Any, stock: Any) -> None:
    service = Stack(embedded)
    service.create()
    with pytest.raises(ClientError, match="not idempotent"):
        service.create()

    wrong = Stack(stock)
    wrong.create()
    wrong.create()


def test_a_deleted_service_drains_until_its_tasks_have_stopped(embedded: Any, stock: Any) -> None:
    service = Stack(embedded)
    service.create()
    task = service.report_task()
    service.ecs.delete_service(cluster=service.cluster, service="worker", force=True)
    assert service.describe()["status"] == "DRAINING"
    service.report_task("STOPPED", arn=task)
    assert service.describe()["status"] == "INACTIVE"
    assert service.ecs.list_services(cluster=service.cluster)["serviceArns"] == []
    with pytest.raises(ClientError, match="not ACTIVE"):
        service.update(desiredCount=1)
    service.create()

    wrong = Stack(stock)
    wrong.create()
    wrong.ecs.delete_service(cluster=wrong.cluster, service="worker", force=True)
    assert wrong.ecs.list_services(cluster=wrong.cluster)["serviceArns"] != []


def test_without_an_agent_a_deleted_service_is_gone_at_once(embedded: Any) -> None:
    service = Stack(embedded)
    service.create()
    service.ecs.delete_service(cluster=service.cluster, service="worker", force=True)
    assert service.describe()["status"] == "INACTIVE"
