"""What resources cost at rest, against figures that were worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from pipeline.__main__ import main
from pipeline.cost import CostError, Estimate, Resource, compare, estimate, load_prices
from pipeline.cost.rules import FREE_AT_REST, PRICED, spread

PRICES = load_prices()
MODULE = "module.worker"
SPOT = [{"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 1}]
BASE_OF_TWO = [
    {"capacity_provider": "FARGATE", "base": 2, "weight": 1},
    {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 3},
]


def resource(kind: str, module: str = "", **values: Any) -> Resource:
    return Resource(f"{module}.{kind}.one" if module else f"{kind}.one", module, kind, values)


def worker(tasks: int, strategy: list[dict[str, Any]], public: bool = False) -> list[Resource]:
    """A service of the smallest tasks."""
    return [
        resource("aws_ecs_task_definition", MODULE, cpu="256", memory="512"),
        resource(
            "aws_ecs_service",
            MODULE,
            desired_count=tasks,
            capacity_provider_strategy=strategy,
            network_configuration=[{"assign_public_ip": public}],
        ),
    ]


def cost(*resources: Resource) -> Estimate:
    return estimate(resources, PRICES)


def of(estimated: Estimate, price: str) -> float:
    return round(estimated.by_price().get(price, 0.0), 2)


def test_the_smallest_task_on_demand_costs_nine_dollars() -> None:
    fargate = [{"capacity_provider": "FARGATE", "base": 0, "weight": 1}]

    costs = cost(*worker(1, fargate))

    # 730 h x (0.25 x $0.04048 + 0.5 x $0.004445)
    assert round(of(costs, "fargate_vcpu_hour") + of(costs, "fargate_gb_hour"), 2) == 9.01


def test_spot_is_seventy_per_cent_less() -> None:
    on_demand, on_spot = PRICES["fargate_vcpu_hour"].usd, PRICES["fargate_spot_vcpu_hour"].usd

    assert on_spot == pytest.approx(0.3 * on_demand)
    assert of(cost(*worker(2, SPOT)), "fargate_spot_vcpu_hour") == 4.43
    assert of(cost(*worker(2, SPOT)), "fargate_vcpu_hour") == 0


def test_a_task_waits_by_long_polls_which_are_requests() -> None:
    # 3 a minute: 131,400 a month
    assert of(cost(*worker(1, SPOT)), "sqs_request") == 0.05


def test_only_tasks_with_public_addresses_pay_for_them() -> None:
    assert of(cost(*worker(2, SPOT, public=True)), "public_ipv4_hour") == 7.30
    assert of(cost(*worker(2, SPOT)), "public_ipv4_hour") == 0


def test_a_service_that_sleeps_costs_nothing() -> None:
    target = resource("aws_appautoscaling_target", MODULE, min_capacity=0)

    assert cost(*worker(1, SPOT, public=True), target).total_usd == 0


def test_the_fewest_tasks_count_and_not_the_desired_ones() -> None:
    target = resource("aws_appautoscaling_target", MODULE, min_capacity=2)

    assert of(cost(*worker(9, SPOT), target), "fargate_spot_vcpu_hour") == 4.43


def test_scaling_of_another_service_does_not_count() -> None:
    target = resource("aws_appautoscaling_target", "module.other", min_capacity=0)

    assert cost(*worker(1, SPOT), target).total_usd > 0


@pytest.mark.parametrize(
    ("tasks", "placed"),
    [(0, (0, 0)), (1, (1, 0)), (2, (2, 0)), (3, (2, 1)), (6, (3, 3)), (10, (4, 6))],
)
def test_tasks_fill_the_base_and_then_follow_the_weights(tasks: int, placed: tuple[int, int]) -> None:
    assert tuple(spread(tasks, BASE_OF_TWO).values()) == placed


@pytest.mark.parametrize(
    ("kind", "usd"),
    [
        ("aws_nat_gateway", 32.85),
        ("aws_eip", 3.65),
        ("aws_kms_key", 1.00),
        ("aws_cloudwatch_composite_alarm", 0.50),
        ("aws_secretsmanager_secret", 0.40),
    ],
)
def test_what_has_one_price(kind: str, usd: float) -> None:
    assert round(cost(resource(kind)).total_usd, 2) == usd


def test_an_interface_endpoint_is_paid_in_each_zone_of_its_network() -> None:
    subnets = [resource("aws_subnet", availability_zone=f"us-east-1{zone}") for zone in "aabb"]
    elsewhere = resource("aws_subnet", "module.other", availability_zone="us-east-1c")

    costs = cost(resource("aws_vpc_endpoint", vpc_endpoint_type="Interface"), *subnets, elsewhere)

    assert round(costs.total_usd, 2) == 14.60


def test_a_gateway_endpoint_is_free() -> None:
    assert cost(resource("aws_vpc_endpoint", vpc_endpoint_type="Gateway")).total_usd == 0


def test_an_alarm_pays_for_each_metric_of_its_expression() -> None:
    expression = [{"id": "sum", "expression": "a + b"}, {"metric": [{}]}, {"metric": [{}]}]

    assert cost(resource("aws_cloudwatch_metric_alarm", metric_name="x")).total_usd == pytest.approx(0.10)
    assert cost(resource("aws_cloudwatch_metric_alarm", metric_query=expression)).total_usd == pytest.approx(
        0.20
    )


def test_target_tracking_makes_two_alarms_of_its_own() -> None:
    metrics = [{"metric_stat": [{}]}, {"metric_stat": [{}]}, {"metric_stat": [{}]}, {"expression": "a / b"}]
    tracking = [{"customized_metric_specification": [{"metrics": metrics}]}]

    policy = resource("aws_appautoscaling_policy", target_tracking_scaling_policy_configuration=tracking)

    assert cost(policy).total_usd == pytest.approx(0.60)
    assert cost(resource("aws_appautoscaling_policy", step_scaling_policy_configuration=[{}])).total_usd == 0


def test_three_dashboards_are_free_and_the_fourth_is_not() -> None:
    three = [resource("aws_cloudwatch_dashboard")] * 3

    assert cost(*three).total_usd == 0
    assert cost(*three, resource("aws_cloudwatch_dashboard")).total_usd == 3.00


@pytest.mark.parametrize(("tasks", "metrics"), [(1, 8 + 11 + 6), (0, 8 + 11)])
def test_container_insights_counts_cluster_services_and_families_that_run(tasks: int, metrics: int) -> None:
    cluster = resource("aws_ecs_cluster", setting=[{"name": "containerInsights", "value": "enabled"}])

    assert of(cost(cluster, *worker(tasks, SPOT)), "metric_month") == round(metrics * 0.30, 2)


def test_a_cluster_without_insights_is_free() -> None:
    assert cost(resource("aws_ecs_cluster", setting=[])).total_usd == 0


def test_insights_of_a_kind_without_a_price_are_refused() -> None:
    cluster = resource("aws_ecs_cluster", setting=[{"name": "containerInsights", "value": "enhanced"}])

    with pytest.raises(CostError, match="has containerInsights enhanced; only disabled and enabled"):
        cost(cluster)


def test_what_nobody_knows_is_named_and_not_counted_as_free() -> None:
    assert cost(resource("aws_mq_broker")).unpriced == ("aws_mq_broker.one",)


def test_a_service_behind_a_load_balancer_has_no_polls_to_pay_for() -> None:
    definition, service = worker(1, SPOT)
    behind = resource("aws_ecs_service", MODULE, **service.values, load_balancer=[{"container_port": 8080}])

    assert of(cost(definition, behind), "sqs_request") == 0
    assert of(cost(definition, behind), "fargate_spot_vcpu_hour") == of(
        cost(definition, service), "fargate_spot_vcpu_hour"
    )


def test_tasks_on_instances_are_paid_by_their_instances() -> None:
    instances = [{"capacity_provider": "shop-dev-instances", "base": 0, "weight": 1}]
    definition, service = worker(2, instances)
    behind = resource("aws_ecs_service", MODULE, **service.values, load_balancer=[{"container_port": 8080}])

    assert cost(definition, behind).total_usd == 0


def test_a_load_balancer_pays_for_an_address_in_each_of_its_zones() -> None:
    subnets = [
        Resource(f"module.network.aws_subnet.public[{zone}]", "", "aws_subnet", {"availability_zone": zone})
        for zone in "abc"
    ]
    private = Resource("module.network.aws_subnet.private", "", "aws_subnet", {"availability_zone": "d"})

    # 730 h x ($0.0225 + 2 x $0.005), and with three zones of which the plan does not know the subnets' ids
    assert round(cost(resource("aws_lb", subnets=["subnet-1", "subnet-2"])).total_usd, 2) == 23.73
    assert round(cost(resource("aws_lb"), *subnets, private).total_usd, 2) == 27.38
    assert round(cost(resource("aws_lb", internal=True, subnets=["subnet-1"])).total_usd, 2) == 16.43


@pytest.mark.parametrize(("multi_az", "usd"), [(False, 13.98 + 0.40), (True, 27.96 + 0.40)])
def test_a_database_costs_its_hours_its_storage_and_its_secret(multi_az: bool, usd: float) -> None:
    database = resource(
        "aws_db_instance",
        instance_class="db.t4g.micro",
        multi_az=multi_az,
        allocated_storage=20,
        manage_master_user_password=True,
    )

    # 730 h x $0.016 + 20 GB x $0.115, and as much again for a standby
    assert round(cost(database).total_usd, 2) == usd


def test_a_size_of_database_without_a_price_is_refused() -> None:
    with pytest.raises(CostError, match=r"is a db\.x2g\.large, which has no price here"):
        cost(resource("aws_db_instance", instance_class="db.x2g.large", allocated_storage=20))


def instances(size: str) -> list[Resource]:
    """A group of two instances at least."""
    disk = {"ebs": [{"volume_size": 30}]}
    return [
        resource("aws_launch_template", "module.cluster", instance_type=size, block_device_mappings=[disk]),
        resource("aws_autoscaling_group", "module.cluster", min_size=2, max_size=9),
    ]


def test_the_fewest_instances_cost_their_hours_and_their_disks() -> None:
    # 2 x (730 h x $0.0208 + 30 GB x $0.08)
    assert round(cost(*instances("t3.small")).total_usd, 2) == 35.17


def test_a_size_of_instance_without_a_price_is_refused() -> None:
    with pytest.raises(CostError, match=r"starts x2\.large, which has no price here"):
        cost(*instances("x2.large"))


def test_a_group_without_a_template_is_refused() -> None:
    with pytest.raises(CostError, match="has 0 launch templates in its module"):
        cost(instances("t3.small")[1])


def test_no_type_is_both_priced_and_free() -> None:
    assert not set(PRICED) & FREE_AT_REST


def test_every_price_has_a_page_of_aws_and_says_how_sure_it_is() -> None:
    assert PRICES.collected == "2026-11"
    for price in PRICES.prices.values():
        assert price.source.startswith("https://aws.amazon.com/")
        assert price.confirmed in {"copy", "memory"}


def test_a_plan_is_compared_with_what_is_there() -> None:
    comparison = compare(_plan(before=["aws_kms_key"], after=["aws_kms_key", "aws_nat_gateway"]), PRICES)

    assert comparison.text() == (
        "module.network.aws_nat_gateway.one: 0.00 -> 32.85\n"
        "At rest: 1.00 -> 33.85 US dollars a month (+32.85)\n"
    )


def test_the_command_prints_the_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(_plan(before=["aws_nat_gateway"], after=[])))

    with pytest.raises(SystemExit) as ended:
        main(["cost", str(tmp_path / "plan.json")])

    assert ended.value.code == 0
    assert capsys.readouterr().out.endswith("At rest: 32.85 -> 0.00 US dollars a month (-32.85)\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "is no JSON"),
        ("[]", "This is no plan"),
        ('{"format_version": "1.2", "resources": []}', "This is no plan"),
        ('{"format_version": "2.0", "planned_values": {}}', "has format 2.0; 1.x is understood"),
    ],
)
def test_what_is_no_plan_is_one_sentence(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(SystemExit) as ended:
        main(["cost", str(file)])

    printed = capsys.readouterr()
    assert (ended.value.code, printed.out, printed.err.count("\n")) == (1, "", 1)
    assert said in printed.err


def _plan(before: list[str], after: list[str]) -> dict[str, Any]:
    def values(kinds: list[str]) -> dict[str, Any]:
        resources = [
            {"address": f"module.network.{kind}.one", "mode": "managed", "type": kind, "values": {}}
            for kind in kinds
        ]
        return {"root_module": {"child_modules": [{"address": "module.network", "resources": resources}]}}

    return {
        "format_version": "1.2",
        "planned_values": values(after),
        "prior_state": {"format_version": "1.0", "values": values(before)},
    }
