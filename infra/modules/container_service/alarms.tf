# The alarms that mean the same for whatever runs in the container. What it means for the work is in `texts`.
locals {
  alarms             = { for alarms in [var.alarms] : "on" => alarms if alarms != null }
  deployment_alarms  = { for key, alarms in local.alarms : key => alarms if alarms.deployment_events != null }
  running_alarms     = { for key, alarms in local.alarms : key => alarms if alarms.too_few_running_minutes != null }
  service_dimensions = { ClusterName = var.cluster_name, ServiceName = var.service_name }

  failed_deployments_metric = "DeploymentsFailed-${var.container_name}"

  # The last line of each description, where there is a document to read on.
  runbook_lines = { for key, alarms in local.alarms : key => alarms.runbook == null ? "" : "Runbook: ${alarms.runbook}-" }
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  for_each = local.alarms

  alarm_name = "${var.family}-cpu"
  alarm_description = join("\n", compact([
    "The tasks of ${var.service_name} used more than ${each.value.cpu_percent} % of their CPU for 10 minutes: ${each.value.texts.cpu.harm}",
    "Look at: ${each.value.texts.cpu.look_at}",
    "Do: raise the number of tasks, or container_cpu where a single ${each.value.texts.unit_of_work} needs more.",
    local.runbook_lines[each.key] == "" ? "" : "${local.runbook_lines[each.key]}cpu",
  ]))

  namespace   = "AWS/ECS"
  metric_name = "CPUUtilization"
  dimensions  = local.service_dimensions
  statistic   = "Average" # of all tasks: one that is busy is not the service

  period              = 60
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.cpu_percent

  # ECS reports nothing for a service without running tasks.
  treat_missing_data = "notBreaching"

  alarm_actions = each.value.actions
  ok_actions    = each.value.actions
}

resource "aws_cloudwatch_metric_alarm" "memory" {
  for_each = local.alarms

  alarm_name = "${var.family}-memory"
  alarm_description = join("\n", compact([
    "A task of ${var.service_name} used more than ${each.value.memory_percent} % of its memory for 10 minutes. At 100 % it is killed, ${each.value.texts.memory.harm}",
    "Look at: the dashboard, whether memory grows steadily (a leak) or with the load.",
    "Do: raise container_memory, or ${each.value.texts.memory.to_do}; a new deployment replaces tasks that leak.",
    local.runbook_lines[each.key] == "" ? "" : "${local.runbook_lines[each.key]}memory",
  ]))

  namespace   = "AWS/ECS"
  metric_name = "MemoryUtilization"
  dimensions  = local.service_dimensions
  statistic   = "Maximum" # the fullest task is the one that gets killed; the average hides it

  period              = 60
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.memory_percent

  # ECS reports nothing for a service without running tasks.
  treat_missing_data = "notBreaching"

  alarm_actions = each.value.actions
  ok_actions    = each.value.actions
}

# Tasks that do not start, or that end again and again, show here: the count stays below what scaling keeps at least.
resource "aws_cloudwatch_metric_alarm" "too_few_running" {
  for_each = local.running_alarms

  alarm_name = "${var.family}-too-few-running"
  alarm_description = join("\n", compact([
    "Fewer than ${var.scaling.min_tasks} tasks of ${var.service_name} ran for ${each.value.too_few_running_minutes} minutes: they do not start, or end again and again.",
    "Look at: the events of the service, the reasons of stopped tasks, the last lines of the container.",
    "Do: after a deployment, deploy the image before it; otherwise mend what the tasks stop for. For a service put to zero by hand, set its bounds to zero, too.",
    local.runbook_lines[each.key] == "" ? "" : "${local.runbook_lines[each.key]}too-few-running",
  ]))

  namespace   = "ECS/ContainerInsights"
  metric_name = "RunningTaskCount"
  dimensions  = local.service_dimensions
  # The best moment of each minute: a deployment that replaces tasks one by one is no alarm.
  statistic = "Maximum"

  period              = 60
  evaluation_periods  = each.value.too_few_running_minutes
  datapoints_to_alarm = each.value.too_few_running_minutes
  comparison_operator = "LessThanThreshold"
  threshold           = var.scaling.min_tasks

  # Nothing is reported while nothing runs, which is the worst case of this alarm.
  treat_missing_data = "breaching"

  alarm_actions = each.value.actions
  ok_actions    = each.value.actions
}

# ECS tells of a failed deployment by an event only. The circuit breaker sends this one, then rolls back.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
resource "aws_cloudwatch_log_metric_filter" "deployments_failed" {
  for_each = local.deployment_alarms

  name           = "${var.family}-deployments-failed"
  log_group_name = each.value.deployment_events.log_group_name
  pattern        = "{ ($.detail.eventName = \"SERVICE_DEPLOYMENT_FAILED\") && ($.resources[0] = \"${local.ecs_arn_prefix}:service/${var.cluster_name}/${var.service_name}\") }"

  # The service is part of the name: a filter takes dimensions from the event only, and the event has the whole ARN. No
  # default value, which would cost a metric all month.
  metric_transformation {
    namespace = each.value.deployment_events.metrics_namespace
    name      = local.failed_deployments_metric
    value     = "1"
    unit      = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "deployment_rolled_back" {
  for_each = local.deployment_alarms

  alarm_name = "${var.family}-deployment-rolled-back"
  alarm_description = join("\n", compact([
    "New tasks of ${var.service_name} did not come up. ECS has gone back to the tasks before; they do the work.",
    "Look at: the reasons of stopped tasks and the first lines of the new ones.",
    "Do: mend it and deploy again, or revert the commit. The alarm returns to OK by itself after 5 minutes; that says nothing.",
    local.runbook_lines[each.key] == "" ? "" : "${local.runbook_lines[each.key]}deployment-rolled-back",
  ]))

  namespace   = each.value.deployment_events.metrics_namespace
  metric_name = local.failed_deployments_metric
  statistic   = "Sum"

  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0

  # There is a value only when a deployment fails.
  treat_missing_data = "notBreaching"

  alarm_actions = each.value.actions
  ok_actions    = each.value.actions

  depends_on = [aws_cloudwatch_log_metric_filter.deployments_failed]
}
