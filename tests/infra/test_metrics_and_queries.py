"""What alarms, dashboard, scaling and queries look at exists: AWS documents it, or the services write it."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import service_output
import yaml
from deployment.product import product
from insights_query import discovered_fields, fields_of, values_of
from planned_metrics import Metric, metrics_by_user, planned_values
from service_output import ServiceOutput

POLICIES = Path(__file__).resolve().parents[2] / "policies"
PREFIX = f"{product().project_name}-dev"
# Logs Insights gives these to every line.
OWN_FIELDS = {"@timestamp", "@logStream"}


@pytest.fixture(scope="module")
def output(aws_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> ServiceOutput:
    """The lines of both services, after everything has happened to them that they count."""
    return service_output.record(aws_endpoint, tmp_path_factory.mktemp("services"), PREFIX)


@pytest.fixture(scope="module")
def written(output: ServiceOutput) -> set[Metric]:
    """Our own metrics as CloudWatch makes them of the lines."""
    metrics = set()
    for line in output.metric_lines():
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                metrics |= {
                    Metric(directive["Namespace"], metric["Name"], dimensions)
                    for metric in directive["Metrics"]
                }
    return metrics


def test_the_recorded_names_are_those_that_the_services_write(written: set[Metric]) -> None:
    by_service = defaultdict(set)
    for metric in written:
        by_service[dict(metric.dimensions)["Service"]].add(metric.name)

    recorded = json.loads((POLICIES / "service_metrics.json").read_text())

    assert {service: sorted(names) for service, names in by_service.items()} == recorded


def test_a_metric_line_holds_a_value_for_each_name_that_it_declares(output: ServiceOutput) -> None:
    for line in output.metric_lines():
        for directive in line["_aws"]["CloudWatchMetrics"]:
            assert all(metric["Name"] in line for metric in directive["Metrics"]), line


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_metric_that_is_looked_at_exists(
    environment: str, plans: Mapping[str, dict[str, Any]], written: set[Metric]
) -> None:
    plan = plans[environment]
    prefix = PREFIX.replace("dev", environment)
    own = {
        Metric(metric.namespace.replace(PREFIX, prefix), metric.name, metric.dimensions) for metric in written
    }
    own |= _made_by_filters(plan)
    looked_at = list(metrics_by_user(plan))

    missing = {
        (user, metric) for user, metric in looked_at if metric not in own and not _is_aws_metric(metric)
    }

    assert missing == set()
    # Every kind of user was found, and ours and AWS's among what they look at.
    assert {user.rpartition(".")[0].rpartition(".")[2] for user, _ in looked_at} >= {
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_dashboard",
        "aws_appautoscaling_policy",
    }
    assert {metric.namespace for _, metric in looked_at} == {
        prefix,
        "AWS/SQS",
        "AWS/ECS",
        "ECS/ContainerInsights",
    }


def test_metrics_of_aws_are_of_queues_and_services_in_the_same_plan(first_plan: dict[str, Any]) -> None:
    names = {
        "QueueName": {queue["name"] for queue in planned_values(first_plan, "aws_sqs_queue").values()},
        "ServiceName": {
            service["name"] for service in planned_values(first_plan, "aws_ecs_service").values()
        },
        "ClusterName": {
            cluster["name"] for cluster in planned_values(first_plan, "aws_ecs_cluster").values()
        },
    }

    for user, metric in metrics_by_user(first_plan):
        if metric.namespace != PREFIX:
            for name, value in metric.dimensions:
                assert value in names[name], f"{user} looks at {name} {value}"


def test_the_list_of_awss_metrics_names_its_sources() -> None:
    for namespace, known in _aws_metrics().items():
        assert known["source"].startswith("https://docs.aws.amazon.com/"), namespace


def test_saved_queries_use_fields_and_messages_that_the_services_write(
    first_plan: dict[str, Any], output: ServiceOutput
) -> None:
    groups = {
        f"/ecs/{PREFIX}/main-job": "triggers",
        f"/ecs/{PREFIX}/background-job": "jobs",
        f"/ecs/{PREFIX}/custom-processing": "custom",
    }
    queries = planned_values(first_plan, "aws_cloudwatch_query_definition").values()
    ours = {query["name"]: query for query in queries if f"/ecs/{PREFIX}" not in query["log_group_names"]}
    assert set(ours) == {
        f"{PREFIX}/{name}"
        for name in ("job by id", "jobs by correlation id", "slowest jobs", "failures by reason")
    }
    for name, query in ours.items():
        text = query["query_string"]
        lines = output.log_lines([groups[group] for group in query["log_group_names"]])
        messages = values_of(text, "message")
        assert messages <= {line["message"] for line in lines}, name
        chosen = [line for line in lines if not messages or line["message"] in messages]
        known = {field for line in chosen for field in discovered_fields(line)} | OWN_FIELDS
        assert fields_of(text) - known == set(), name


def test_each_line_of_a_job_can_be_found_by_job_and_by_correlation_id(output: ServiceOutput) -> None:
    """Both services' lines about a job, and the job's own."""
    told = [
        line
        for line in output.log_lines(["triggers", "jobs", "custom"])
        if line["message"].startswith(("job ", "Processing", "Simulated", "Attempt", "Background"))
    ]
    # What could not be read has neither; drops are not of one job.
    told = [line for line in told if line["message"] not in ("job rejected", "job log lines dropped")]

    assert len(told) > 20
    assert [line for line in told if not line.get("jobId") or not line.get("correlationId")] == []


def test_the_fields_of_a_query_are_told_from_its_words() -> None:
    query = '# a comment\nfields a, b.0.c | filter `d-e` = "f g" and h in ["i"]\n| stats max(j) as k by l'

    assert fields_of(query) == {"a", "b.0.c", "d-e", "h", "j", "l"}
    assert values_of(query, "h") == {"i"}
    assert discovered_fields({"a": 1, "b": [{"c": 2}]}) == {"a", "b", "b.0", "b.0.c"}


def _aws_metrics() -> dict[str, Any]:
    known: dict[str, Any] = yaml.safe_load((POLICIES / "aws_metrics.yaml").read_text())
    return known


def _is_aws_metric(metric: Metric) -> bool:
    sets = _aws_metrics().get(metric.namespace, {}).get("metrics", {}).get(metric.name, [])
    return metric.dimension_names in map(frozenset, sets)


def _made_by_filters(plan: dict[str, Any]) -> set[Metric]:
    return {
        Metric(made["namespace"], made["name"], frozenset())
        for values in planned_values(plan, "aws_cloudwatch_log_metric_filter").values()
        for made in values["metric_transformation"]
    }
