"""Each example makes what its README says, and what it is an example of. Planned on the embedded AWS."""

from collections.abc import Mapping

import pytest
from example_readmes import Row, by_type, made, resource_rows
from first_plans import EXAMPLES, Plan

Plans = Mapping[str, Plan]
# What each stack is asked to have, whatever its README says.
REQUIRED = {
    "service_fleet": [
        ("aws_vpc", "", 1),
        ("aws_subnet", "", 6),
        ("aws_nat_gateway", "", 1),
        ("aws_ecs_cluster", "", 1),
        ("aws_ecs_service", "", 9),
        ("aws_ecs_task_definition", "", 9),
        ("aws_iam_role", "", 18),
        ("aws_security_group", "", 4),
        ("aws_lb", "", 1),
        ("aws_lb_target_group", "", 9),
        ("aws_service_discovery_service", "", 9),
        ("aws_db_instance", "", 1),
        ("aws_s3_bucket", "", 1),
        ("aws_cloudfront_distribution", "", 1),
        ("aws_cloudwatch_log_group", "module.service", 9),
    ],
    "api_worker_scheduler": [
        ("aws_vpc", "", 1),
        ("aws_subnet", "", 4),
        ("aws_internet_gateway", "", 1),
        ("aws_nat_gateway", "", 2),
        ("aws_route_table", "", 3),
        ("aws_ecr_repository", "", 3),
        ("aws_ecr_lifecycle_policy", "", 3),
        ("aws_secretsmanager_secret", "", 2),
        ("aws_ecs_service", "", 3),
        ("aws_lb", "", 1),
        ("aws_lb_target_group", "", 3),
        ("aws_lb_listener_rule", "", 3),
        ("aws_appautoscaling_target", "", 3),
        ("aws_scheduler_schedule", "", 1),
    ],
    "http_intake": [
        ("aws_ecs_service", "", 3),
        ("aws_lb", "", 1),
        ("aws_lb_target_group", "", 1),
        ("aws_s3_bucket", "module.stack", 1),
        ("aws_sqs_queue", "module.stack", 4),
    ],
}


def test_every_example_is_counted() -> None:
    assert set(REQUIRED) == set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_plan_makes_what_the_stack_is_asked_to_have(example: str, plans: Plans) -> None:
    rows = [Row("", kind, module, count) for kind, module, count in REQUIRED[example]]

    assert [(row.type, row.found(plans[example])) for row in rows] == [(row.type, row.count) for row in rows]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_table_of_the_readme_is_what_the_plan_makes(example: str, plans: Plans) -> None:
    rows, together = resource_rows(example)
    plan = plans[example]

    assert [(row.what, row.found(plan)) for row in rows] == [(row.what, row.count) for row in rows]
    assert len(made(plan)) == together
    # A type that is in the table is there with all of its resources.
    told: dict[str, int] = {}
    for row in rows:
        told[row.type] = told.get(row.type, 0) + row.count
    assert told == {kind: by_type(plan)[kind] for kind in told}
