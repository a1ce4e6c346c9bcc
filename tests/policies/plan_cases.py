"""Small plans that each policy passes, and those that it must fail, with a part of the reason."""

import json
from dataclasses import dataclass
from typing import Any

from small_plans import ACCOUNT, Planned, changed, queue, refers, small_plan, task_definition

SOURCE = queue("this", "orders")
DEAD = queue("dead", "orders-dlq", message_retention_seconds=1209600)
REDRIVE = Planned(
    "aws_sqs_queue_redrive_policy.this",
    {"redrive_policy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders-dlq"})},
    {"queue_url": True},
    {"queue_url": refers("aws_sqs_queue.this.url", "aws_sqs_queue.this")},
)
TASK = task_definition()


def schedule(dead_letters: str) -> Planned:
    """A schedule that keeps what it could not send in that queue."""
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{dead_letters}"
    return Planned("aws_scheduler_schedule.this", {"target": [{"dead_letter_config": [{"arn": arn}]}]})


@dataclass(frozen=True)
class Case:
    """A plan for one policy; `reasons` says, by address, what must be found. None: it passes."""

    name: str
    plan: dict[str, Any]
    reasons: dict[str, str]


def alarm(**values: Any) -> Planned:
    """An alarm on the age of messages in `orders`."""
    return Planned(
        "aws_cloudwatch_metric_alarm.this",
        {
            "namespace": "AWS/SQS",
            "metric_name": "ApproximateAgeOfOldestMessage",
            "dimensions": {"QueueName": "orders"},
            "metric_query": [],
            **values,
        },
    )


def scaling(metric: dict[str, Any]) -> Planned:
    """A target tracking policy by metric math over one metric."""
    query = {"metric_stat": [{"metric": [metric], "stat": "Sum"}]}
    specification = {"customized_metric_specification": [{"metrics": [query, {"expression": "m1 / 2"}]}]}
    return Planned(
        "aws_appautoscaling_policy.this", {"target_tracking_scaling_policy_configuration": [specification]}
    )


ALARM, SCALING = "aws_cloudwatch_metric_alarm.this", "aws_appautoscaling_policy.this"
IN_MATH = {"metric": [{"namespace": "AWS/SQS", "metric_name": "MessagesLost", "dimensions": {}}]}
OURS = {"namespace": "shop-prod", "dimensions": {"Service": "main-job"}}
MAIN_JOB = task_definition("main-job", environment={"QUEUE_URL": None})
FILTER = Planned(
    "aws_cloudwatch_log_metric_filter.this",
    {"metric_transformation": [{"namespace": "shop", "name": "Failed", "value": "1"}]},
)
# A target group's id is drawn by AWS: before the first apply the plan knows the dimension by name only.
REQUESTS = {"namespace": "AWS/ApplicationELB", "metric_name": "RequestCount"}
BALANCER = {"LoadBalancer": "app/shop/1"}
DRAWN = {"dimensions": {"TargetGroup": True}}


def requests_alarm(metric: dict[str, Any], unknown: dict[str, Any]) -> Planned:
    """An alarm by metric math over one metric, of which a part comes later."""
    return Planned(
        ALARM,
        {"metric_name": None, "metric_query": [{"metric": [metric]}, {"expression": "m1"}]},
        {"metric_query": [{"metric": [unknown]}, {}]},
    )


SQS_METRIC = {
    "namespace": "AWS/SQS",
    "metric_name": "NumberOfMessagesSent",
    "dimensions": [{"name": "QueueName", "value": "orders"}],
}
ALARMS = [
    Case("of AWS", small_plan(SOURCE, alarm()), {}),
    Case("of ours", small_plan(MAIN_JOB, alarm(metric_name="Retried", **OURS)), {}),
    Case("of a filter", small_plan(FILTER, alarm(namespace="shop", metric_name="Failed", dimensions={})), {}),
    Case("of scaling", small_plan(SOURCE, scaling(SQS_METRIC)), {}),
    Case(
        "predefined by AWS",
        small_plan(Planned(SCALING, {"target_tracking_scaling_policy_configuration": [{}]})),
        {},
    ),
    Case(
        "a name from public templates",
        small_plan(SOURCE, alarm(metric_name="ApproximateNumberOfVisibleMessages")),
        {ALARM: "lists no such metric of AWS/SQS"},
    ),
    Case("other dimensions", small_plan(SOURCE, alarm(dimensions={})), {ALARM: "AWS writes it with"}),
    Case("a queue that is not", small_plan(alarm()), {ALARM: "no aws_sqs_queue with the name orders"}),
    Case(
        "a service that is not",
        small_plan(alarm(metric_name="Retried", **OURS)),
        {ALARM: "neither AWS nor a metric filter or service"},
    ),
    Case(
        "not written by that service",
        small_plan(MAIN_JOB, alarm(metric_name="LogLinesDropped", **OURS)),
        {ALARM: "the service writes only HandedBack"},
    ),
    Case(
        "inside metric math",
        small_plan(SOURCE, alarm(metric_name=None, metric_query=[IN_MATH, {"expression": "m1"}])),
        {ALARM: "MessagesLost (no dimensions), which does not exist"},
    ),
    Case(
        "of a target group that is not there yet",
        small_plan(requests_alarm({**REQUESTS, "dimensions": BALANCER}, DRAWN)),
        {},
    ),
    Case(
        "of a target group alone",
        small_plan(requests_alarm(REQUESTS, DRAWN)),
        {ALARM: "RequestCount (TargetGroup=None), which does not exist: AWS writes it with"},
    ),
    Case(
        "of a load balancer that is not there yet",
        small_plan(requests_alarm(REQUESTS, {"dimensions": True})),
        {},
    ),
    Case(
        "that no load balancer writes",
        small_plan(requests_alarm({**REQUESTS, "metric_name": "Requests"}, {"dimensions": True})),
        {ALARM: "Requests (dimensions known after the apply only), which does not exist"},
    ),
    Case(
        "of a queue, by a name that comes later",
        small_plan(Planned(ALARM, {**alarm().values, "dimensions": None}, {"dimensions": True})),
        {ALARM: "(dimensions known after the apply only), which does not exist: AWS writes it with"},
    ),
    Case("no metric", small_plan(alarm(metric_name=None)), {ALARM: "not proven"}),
    Case(
        "scaling on nothing",
        small_plan(SOURCE, scaling({**SQS_METRIC, "metric_name": "Backlog"})),
        {SCALING: "AWS/SQS Backlog"},
    ),
]

QUEUES = [
    Case("kept longer", small_plan(SOURCE, DEAD, REDRIVE), {}),
    Case(
        "redrive inside the queue",
        small_plan(
            Planned(
                "aws_sqs_queue.this",
                {**SOURCE.values, "redrive_policy": REDRIVE.values["redrive_policy"]},
                {},
                {"redrive_policy": refers("local.redrive")},
            ),
            DEAD,
        ),
        {},
    ),
    Case(
        "kept as long",
        small_plan(SOURCE, changed(DEAD, message_retention_seconds=345600), REDRIVE),
        {"aws_sqs_queue.this": "keeps messages for 345600 s and orders-dlq for 345600 s"},
    ),
    Case("of a schedule", small_plan(DEAD, schedule("orders-dlq")), {}),
    Case(
        "of another schedule",
        small_plan(DEAD, schedule("reports-dlq")),
        {"aws_sqs_queue.dead": "0 redrive policies"},
    ),
    Case("no dead-letter queue", small_plan(SOURCE), {"aws_sqs_queue.this": "0 redrive policies"}),
    Case(
        "a dead-letter queue from elsewhere",
        small_plan(SOURCE, REDRIVE),
        {"aws_sqs_queue.this": "not proven: this plan has no aws_sqs_queue named orders-dlq"},
    ),
]

HEARTBEATS = [
    Case("in time", small_plan(SOURCE, TASK), {}),
    Case("no worker", small_plan(task_definition(environment={"QUEUE_URL": None})), {}),
    Case(
        "too late",
        small_plan(SOURCE, task_definition(environment={"HEARTBEAT_SECONDS": "30"})),
        {TASK.address: "HEARTBEAT_SECONDS of worker is 30 and"},
    ),
    Case(
        "too late for the queue itself",
        small_plan(queue("this", "orders", visibility_timeout_seconds=10), TASK),
        {TASK.address: "visibility_timeout_seconds of orders is 10"},
    ),
    Case(
        "a queue from elsewhere",
        small_plan(TASK),
        {TASK.address: "not proven: this plan has no aws_sqs_queue"},
    ),
    Case(
        "not told",
        small_plan(SOURCE, task_definition(environment={"HEARTBEAT_SECONDS": None})),
        {TASK.address: "not proven: container worker is not told HEARTBEAT_SECONDS"},
    ),
    Case(
        "a queue by secret",
        small_plan(SOURCE, task_definition(environment={"QUEUE_URL": None}, secrets=[{"name": "QUEUE_URL"}])),
        {TASK.address: "not proven: container worker is not told QUEUE_URL"},
    ),
    Case(
        "containers that come later",
        small_plan(Planned(TASK.address, {"family": "x"}, {"container_definitions": True})),
        {TASK.address: "not proven: container_definitions of aws_ecs_task_definition.this is known after"},
    ),
]

DRAINS = [
    Case("in time", small_plan(TASK), {}),
    Case(
        "too long", small_plan(task_definition(stopTimeout=90)), {TASK.address: "stopTimeout is 90: SIGKILL"}
    ),
    Case(
        "not set",
        small_plan(task_definition(stopTimeout=None)),
        {TASK.address: "not proven: container worker has"},
    ),
    Case(
        "no number",
        small_plan(task_definition(environment={"DRAIN_TIMEOUT_SECONDS": "90s"})),
        {TASK.address: "not proven: DRAIN_TIMEOUT_SECONDS of container worker is '90s'"},
    ),
]

IMAGES = [
    Case("by digest", small_plan(TASK), {}),
    Case(
        "by tag",
        small_plan(task_definition(image="shop/worker:1.2.3")),
        {TASK.address: "'shop/worker:1.2.3'"},
    ),
    Case(
        "by half a digest",
        small_plan(task_definition(image="shop/worker@sha256:abc")),
        {TASK.address: "sha256:abc"},
    ),
]


def service(*groups: str, **code: Any) -> Planned:
    """A service that runs TASK in these security groups."""
    return Planned(
        "aws_ecs_service.this",
        {"name": "orders", "network_configuration": [{}]},
        {"network_configuration": [{"security_groups": True}]},
        {
            "task_definition": refers("aws_ecs_task_definition.this.arn", "aws_ecs_task_definition.this"),
            "network_configuration": [{"security_groups": refers(*groups)}],
            **code,
        },
    )


GROUP = Planned("aws_security_group.this", {"name": "worker"}, {"id": True, "ingress": True})
IN_GROUP = "aws_security_group.this.id"
RULE_CODE = {"security_group_id": refers(IN_GROUP)}
SERVICE = service(IN_GROUP)
INGRESS = [
    Case("egress only", small_plan(TASK, GROUP, SERVICE), {}),
    Case(
        "a rule of another group",
        small_plan(
            TASK,
            GROUP,
            SERVICE,
            Planned("aws_security_group.other", {}),
            Planned(
                "aws_vpc_security_group_ingress_rule.this",
                {},
                {},
                {"security_group_id": refers("aws_security_group.other.id")},
            ),
        ),
        {},
    ),
    Case(
        "no worker",
        small_plan(task_definition(environment={"QUEUE_URL": None}), service(load_balancer=[{}])),
        {},
    ),
    Case(
        "an ingress rule",
        small_plan(TASK, GROUP, SERVICE, Planned("aws_vpc_security_group_ingress_rule.x", {}, {}, RULE_CODE)),
        {SERVICE.address: "aws_vpc_security_group_ingress_rule.x lets something in"},
    ),
    Case(
        "an old ingress rule",
        small_plan(
            TASK, GROUP, SERVICE, Planned("aws_security_group_rule.x", {"type": "ingress"}, {}, RULE_CODE)
        ),
        {SERVICE.address: "aws_security_group_rule.x lets something in"},
    ),
    Case(
        "a rule inside the group",
        small_plan(
            TASK, SERVICE, Planned(GROUP.address, {"ingress": [{"from_port": 22}]}, {}, {"ingress": [{}]})
        ),
        {SERVICE.address: "aws_security_group.this has ingress rules"},
    ),
    Case(
        "a port",
        small_plan(task_definition(portMappings=[{"containerPort": 80}]), GROUP, SERVICE),
        {SERVICE.address: "container worker maps ports"},
    ),
    Case(
        "a load balancer",
        small_plan(TASK, GROUP, service(IN_GROUP, load_balancer=[{}])),
        {SERVICE.address: "the service has load_balancer"},
    ),
    Case(
        "a load balancer by a dynamic block",
        small_plan(TASK, GROUP, changed(SERVICE, load_balancer=[{"container_port": 80}])),
        {SERVICE.address: "the service has load_balancer"},
    ),
    Case("a group from elsewhere", small_plan(TASK, service("var.group")), {SERVICE.address: "not proven"}),
    Case(
        "a known group beside ours",
        small_plan(
            TASK,
            changed(GROUP, id="sg-1"),
            changed(SERVICE, network_configuration=[{"security_groups": ["sg-1", "sg-2"]}]),
        ),
        {SERVICE.address: "its security groups are not all in this plan"},
    ),
    Case("a task from elsewhere", small_plan(GROUP, SERVICE), {SERVICE.address: "not proven"}),
]

FAULTS = [
    Case("off", small_plan(task_definition(environment={"FAULT_INJECTION": "off"})), {}),
    Case("unknown to the service", small_plan(TASK), {}),
    Case(
        "on in dev",
        small_plan(
            task_definition(environment={"FAULT_INJECTION": "on", "ENVIRONMENT": "dev"}), environment="dev"
        ),
        {},
    ),
    Case(
        "on in prod",
        small_plan(task_definition(environment={"FAULT_INJECTION": "on"})),
        {TASK.address: "FAULT_INJECTION of worker is 'on' in prod"},
    ),
    Case(
        "on in prod that calls itself dev",
        small_plan(task_definition(environment={"FAULT_INJECTION": "on", "ENVIRONMENT": "dev"})),
        {TASK.address: "'on' in prod (ENVIRONMENT=dev)"},
    ),
    Case(
        "on where nobody knows",
        small_plan(
            task_definition(environment={"FAULT_INJECTION": "on", "ENVIRONMENT": None}), environment="dev"
        ),
        {TASK.address: "'on' in dev (ENVIRONMENT=None)"},
    ),
]
