# The worker counts for itself, in the namespace that it is told (METRICS_NAMESPACE), as EMF lines on stdout. It writes
# nothing when nothing happens: in these metrics a missing value is a zero.
locals {
  alarms               = { for alarms in [var.alarms] : "on" => alarms if alarms != null }
  dropped_lines_alarms = { for key, alarms in local.alarms : key => alarms if alarms.dropped_log_lines }

  metrics_namespace = lookup(var.environment, "METRICS_NAMESPACE", null)
  own_dimensions    = { Service = var.container_name }
}

# Each failed attempt is one Retried, or one Rejected where it was the last or could never succeed. Messages that were
# only handed back, deferred or found done are no errors. Log lines of level ERROR would miss retries, which are
# warnings, and count twice what two layers report.
resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = local.alarms

  alarm_name = "${var.family}-errors"
  alarm_description = trimspace(<<-EOT
    More than ${each.value.errors} attempts of ${var.container_name} failed within 5 minutes. Each is tried again, or is now a dead letter.
    Look at: the saved query "failures by reason"; whether ${var.family}-failing is on, too (then most of the work fails).
    Do: one reason, one sender or job type: mend that; all of them: roll back, or mend what they depend on.
    Runbook: ${each.value.runbook}-errors
  EOT
  )

  metric_query {
    id          = "errors"
    label       = "Failed attempts"
    expression  = "FILL(retried, 0) + FILL(rejected, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { retried = "Retried", rejected = "Rejected" }

    content {
      id = metric_query.key

      metric {
        namespace   = local.metrics_namespace
        metric_name = metric_query.value
        dimensions  = local.own_dimensions
        stat        = "Sum"
        period      = 300
      }
    }
  }

  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.errors
  treat_missing_data  = "notBreaching"

  alarm_actions = [each.value.topic_arn]
  ok_actions    = [each.value.topic_arn]
}

# The share tells an outage from a few bad messages among many good ones. Below the floor it says nothing: there the
# alarm on errors is the finer one.
resource "aws_cloudwatch_metric_alarm" "failing" {
  for_each = local.alarms

  alarm_name = "${var.family}-failing"
  alarm_description = trimspace(<<-EOT
    More than ${each.value.failing.percent} % of the attempts of ${var.container_name} fail (of at least ${each.value.failing.min_attempts} in 5 minutes): it is broken, or what it depends on is.
    Look at: the saved query "failures by reason"; whether a deployment came just before.
    Do: after a deployment, deploy the image before it; otherwise mend the dependency. Messages wait and are tried again.
    Runbook: ${each.value.runbook}-failing
  EOT
  )

  metric_query {
    id          = "failing"
    label       = "Failing (%)"
    expression  = "IF(attempts >= ${each.value.failing.min_attempts}, 100 * failed / attempts, 0)"
    return_data = true
  }

  metric_query {
    id         = "attempts"
    label      = "Attempts"
    expression = "FILL(succeeded, 0) + failed"
  }

  metric_query {
    id         = "failed"
    label      = "Failed attempts"
    expression = "FILL(retried, 0) + FILL(rejected, 0)"
  }

  dynamic "metric_query" {
    for_each = { succeeded = "Succeeded", retried = "Retried", rejected = "Rejected" }

    content {
      id = metric_query.key

      metric {
        namespace   = local.metrics_namespace
        metric_name = metric_query.value
        dimensions  = local.own_dimensions
        stat        = "Sum"
        period      = 300
      }
    }
  }

  # Two of three: retries come back minutes later, so a quiet five minutes in between must not hide an outage.
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.failing.percent
  treat_missing_data  = "notBreaching"

  alarm_actions = [each.value.topic_arn]
  ok_actions    = [each.value.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "log_lines_dropped" {
  for_each = local.dropped_lines_alarms

  alarm_name = "${var.family}-log-lines-dropped"
  alarm_description = trimspace(<<-EOT
    ${var.container_name} could not put lines of jobs into CloudWatch Logs and dropped them. The jobs themselves are not affected.
    Look at: lines "job log lines dropped" of the process, which name the reason.
    Do: see whether CloudWatch is disturbed, throttles, or refuses the task role.
    Runbook: ${each.value.runbook}-log-lines-dropped
  EOT
  )

  namespace   = local.metrics_namespace
  metric_name = "LogLinesDropped"
  dimensions  = local.own_dimensions
  statistic   = "Sum"

  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = [each.value.topic_arn]
  ok_actions    = [each.value.topic_arn]
}
