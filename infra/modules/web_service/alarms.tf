# What only a load balancer sees. The alarms on CPU, memory, running tasks and deployments are container_service's.
locals {
  balancer_alarms = var.enable_alarms && !local.asleep ? local.behind : {}

  runbook_line = { for name in ["server-errors", "unhealthy", "slow"] : name => var.alarms.runbook == null ? "" : "Runbook: ${var.alarms.runbook}-${name}" }
}

resource "aws_cloudwatch_metric_alarm" "server_errors" {
  for_each = local.balancer_alarms

  alarm_name = "${var.family}-server-errors"
  alarm_description = join("\n", compact([
    "More than ${var.alarms.server_errors_percent} % of the requests to ${var.service_name} were answered with 5xx (of at least ${var.alarms.min_requests} in 5 minutes).",
    "Look at: the last lines of the container; whether a deployment came just before, and what it depends on.",
    "Do: after a deployment, deploy the image before it; otherwise mend the dependency.",
    local.runbook_line["server-errors"],
  ]))

  metric_query {
    id          = "failing"
    label       = "Answered with 5xx (%)"
    expression  = "IF(requests >= ${var.alarms.min_requests}, 100 * FILL(errors, 0) / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { requests = "RequestCount", errors = "HTTPCode_Target_5XX_Count" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = local.balancer_dimensions[each.key]
        stat        = "Sum"
        period      = 300
      }
    }
  }

  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.server_errors_percent
  # No requests, no errors.
  treat_missing_data = "notBreaching"

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "unhealthy" {
  for_each = local.balancer_alarms

  alarm_name = "${var.family}-unhealthy"
  alarm_description = join("\n", compact([
    "A task of ${var.service_name} has not answered its health check for ${var.alarms.unhealthy_minutes} minutes.",
    "Look at: the last lines of that task; ECS replaces it, so a lasting alarm means that the new ones fail, too.",
    "Do: see whether ${try(var.load_balancer.health_check_path, "/")} asks for something that is away; it should not.",
    local.runbook_line["unhealthy"],
  ]))

  namespace   = "AWS/ApplicationELB"
  metric_name = "UnHealthyHostCount"
  dimensions  = local.balancer_dimensions[each.key]
  statistic   = "Minimum" # all through the minute: tasks that just start are not counted

  period              = 60
  evaluation_periods  = var.alarms.unhealthy_minutes
  datapoints_to_alarm = var.alarms.unhealthy_minutes
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching" # nothing is reported without targets: that is the running count's alarm

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  for_each = local.balancer_alarms

  alarm_name = "${var.family}-slow"
  alarm_description = join("\n", compact([
    "One request in twenty to ${var.service_name} took longer than ${var.alarms.slow_seconds} s, for 10 minutes.",
    "Look at: CPU and the running count against its bounds (load), and what the service waits for.",
    "Do: raise scaling.max_tasks where it is reached; otherwise mend what it waits for.",
    local.runbook_line["slow"],
  ]))

  namespace          = "AWS/ApplicationELB"
  metric_name        = "TargetResponseTime"
  dimensions         = local.balancer_dimensions[each.key]
  extended_statistic = "p95"

  period              = 60
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.slow_seconds
  treat_missing_data  = "notBreaching"
  # One slow request at night says nothing about one in twenty.
  evaluate_low_sample_count_percentiles = "ignore"

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions
}

locals {
  balancer_dimensions = { for key, balancer in local.behind : key => {
    LoadBalancer = balancer.arn_suffix
    TargetGroup  = aws_lb_target_group.tasks[key].arn_suffix
  } }
}
