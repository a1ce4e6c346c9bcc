"""An alarm on a metric that nothing writes is never raised, and looks quiet and healthy."""

from plan_policy import PlanPolicy
from policy_documents.metrics import metrics_of_alarm, metrics_of_scaling, why_missing
from policy_documents.plan import Plan, Resource


class WatchedMetricsExist(PlanPolicy):
    """Holds for alarms, and for scaling, which works by alarms of its own."""

    id = "CKV_JOBS_1"
    sentence = "Alarms and scaling read metrics that exist"
    resource_types = ("aws_cloudwatch_metric_alarm", "aws_appautoscaling_policy")

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Compares namespace, name and dimensions of each metric with those that are known to exist."""
        is_alarm = resource.type == "aws_cloudwatch_metric_alarm"
        read = metrics_of_alarm(resource) if is_alarm else metrics_of_scaling(resource)
        return [
            f"it reads {metric}, which does not exist: {missing}"
            for metric in read
            if (missing := why_missing(metric, plan))
        ]


WatchedMetricsExist()
