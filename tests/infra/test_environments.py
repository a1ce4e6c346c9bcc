"""What each environment promises, read from its first plan: dev is cheap, staging small, prod survives."""

import ipaddress
import json
from collections.abc import Mapping
from itertools import combinations

import pytest
from deployment.product import product
from first_plans import ENVIRONMENTS, Plan, planned

Plans = Mapping[str, Plan]
environments = pytest.mark.parametrize("environment", ENVIRONMENTS)

SERVICES = 2


def test_dev_has_nothing_to_pay_for_but_tasks_on_spot(plans: Plans) -> None:
    plan = plans["dev"]

    assert planned(plan, "aws_nat_gateway") == planned(plan, "aws_flow_log") == []
    assert _capacity(plan) == [{"FARGATE_SPOT": 0}] * SERVICES
    assert _retentions(plan) == {7}


def test_staging_is_like_prod_but_small(plans: Plans) -> None:
    plan = plans["staging"]

    assert len(planned(plan, "aws_nat_gateway")) == len(planned(plan, "aws_flow_log")) == 1
    assert _zones(plan) == _named("a", "b")
    assert _capacity(plan) == [{"FARGATE": 1, "FARGATE_SPOT": 0}] * SERVICES
    assert _retentions(plan) == {14}
    types = {environment: _types(plans[environment]) for environment in ("staging", "prod")}
    assert types["staging"] == types["prod"]


def test_prod_is_over_three_zones_that_do_not_need_each_other(plans: Plans) -> None:
    plan = plans["prod"]

    assert _zones(plan) == _named("a", "b", "c")
    assert len(planned(plan, "aws_nat_gateway")) == len(planned(plan, "aws_route_table")) - 1 == 3
    assert len(planned(plan, "aws_flow_log")) == 1


def test_prod_has_a_base_on_demand_and_the_rest_mostly_on_spot(plans: Plans) -> None:
    plan = plans["prod"]
    services = planned(plan, "aws_ecs_service")

    assert _capacity(plan) == [{"FARGATE": 2, "FARGATE_SPOT": 0}] * SERVICES
    assert [service["desired_count"] for service in services] == [2] * SERVICES
    weights = {
        share["capacity_provider"]: share["weight"] for share in services[0]["capacity_provider_strategy"]
    }
    assert weights["FARGATE_SPOT"] > weights["FARGATE"]


def test_prod_keeps_logs_for_two_weeks_and_more(plans: Plans) -> None:
    assert min(_retentions(plans["prod"])) >= 14


@environments
def test_only_dev_may_be_destroyed_with_its_records(environment: str, plans: Plans) -> None:
    (table,) = planned(plans[environment], "aws_dynamodb_table")
    (bucket,) = planned(plans[environment], "aws_s3_bucket")

    assert table["deletion_protection_enabled"] is (environment != "dev")
    assert bucket["force_destroy"] is (environment == "dev")


@environments
def test_only_tasks_without_nat_have_public_addresses(environment: str, plans: Plans) -> None:
    public = {
        place["assign_public_ip"]
        for service in planned(plans[environment], "aws_ecs_service")
        for place in service["network_configuration"]
    }

    assert public == {environment == "dev"}


@environments
def test_an_environment_names_no_other(environment: str, plans: Plans) -> None:
    text = json.dumps(plans[environment]["planned_values"])

    named = {other for other in ENVIRONMENTS if f"{product().project_name}-{other}" in text}

    assert named == {environment}


def test_ranges_of_addresses_do_not_overlap(plans: Plans) -> None:
    ranges = [
        ipaddress.ip_network(vpc["cidr_block"])
        for environment in ENVIRONMENTS
        for vpc in planned(plans[environment], "aws_vpc")
    ]

    assert len(ranges) == len(ENVIRONMENTS)
    assert not any(one.overlaps(other) for one, other in combinations(ranges, 2))


def test_the_shared_root_plans_with_the_repositories_of_both_services(plans: Plans) -> None:
    assert {repository["name"] for repository in planned(plans["shared"], "aws_ecr_repository")} == {
        f"{product().project_name}-main-job",
        f"{product().project_name}-background-job",
    }


def _capacity(plan: Plan) -> list[dict[str, int]]:
    """For each service: provider → base."""
    return [
        {share["capacity_provider"]: share["base"] for share in service["capacity_provider_strategy"]}
        for service in planned(plan, "aws_ecs_service")
    ]


def _retentions(plan: Plan) -> set[int]:
    return {group["retention_in_days"] for group in planned(plan, "aws_cloudwatch_log_group")}


def _zones(plan: Plan) -> set[str]:
    return {subnet["availability_zone"] for subnet in planned(plan, "aws_subnet")}


def _named(*letters: str) -> set[str]:
    return {f"{product().aws_region}{letter}" for letter in letters}


def _types(plan: Plan) -> set[str]:
    return {change["type"] for change in plan["resource_changes"]}
