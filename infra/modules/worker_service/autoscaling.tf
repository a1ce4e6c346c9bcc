# How many tasks run. docs/scaling.md tells how it works, why it is so, and what a simulation of it shows.
locals {
  queue_name = reverse(split(":", var.queue.arn))[0]

  # What one task gets through within the acceptable wait: more than this behind each task is too much.
  target_backlog_per_task = var.scaling.acceptable_wait_seconds / var.scaling.mean_job_seconds * var.worker.concurrency

  queue_dimensions   = { QueueName = local.queue_name }
  service_dimensions = { ClusterName = var.cluster_name, ServiceName = var.service_name }

  # What the expressions below are made of. All are published once a minute.
  scaling_metrics = {
    visible   = { namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", dimensions = local.queue_dimensions }
    in_flight = { namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesNotVisible", dimensions = local.queue_dimensions }
    running   = { namespace = "ECS/ContainerInsights", name = "RunningTaskCount", dimensions = local.service_dimensions }
  }

  # Without a running task there is no data point, and target tracking does nothing at all. SQS reports messages in
  # flight only while there are any, so that their absence, and only theirs, counts as none.
  tracking = {
    backlog-per-task = {
      target  = local.target_backlog_per_task
      metrics = ["visible", "in_flight", "running"]
      expressions = {
        backlog_per_task = "IF(running > 0, (visible + FILL(in_flight, 0)) / running)"
      }
      returned = "backlog_per_task"
    }

    # The brake: while nothing waits, the backlog says nothing of how much is to do, and would take busy tasks away.
    # Tasks go only when both policies agree. This one never adds any, for its metric stops at the target.
    busy = {
      target  = var.scaling.busy_target_percent
      metrics = ["in_flight", "running"]
      expressions = {
        busy_percent = "IF(running > 0, 100 * FILL(in_flight, 0) / (running * ${var.worker.concurrency}))"
        brake        = "IF(busy_percent > ${var.scaling.busy_target_percent}, ${var.scaling.busy_target_percent}, busy_percent)"
      }
      returned = "brake"
    }
  }

  # ECS reports nothing for a service without running tasks, so that here silence counts as zero. A message that waits
  # while nothing is known to run: 1.
  asleep_with_work_expression = "IF(FILL(running, 0) < 1 AND visible >= 1, 1, 0)"

  utilization_policies = { for metric, percent in {
    ECSServiceAverageCPUUtilization    = var.scaling.cpu_target_percent
    ECSServiceAverageMemoryUtilization = var.scaling.memory_target_percent
  } : metric => percent if percent != null }
}

# Tasks are added when one policy wants more, and taken away when all agree.
resource "aws_appautoscaling_policy" "tracking" {
  for_each = local.tracking

  name               = "${var.family}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = module.service.scalable_target.service_namespace
  scalable_dimension = module.service.scalable_target.scalable_dimension
  resource_id        = module.service.scalable_target.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = var.scaling.scale_out_cooldown_seconds
    scale_in_cooldown  = var.scaling.scale_in_cooldown_seconds

    customized_metric_specification {
      dynamic "metrics" {
        for_each = each.value.expressions

        content {
          id          = metrics.key
          expression  = metrics.value
          return_data = metrics.key == each.value.returned
        }
      }

      dynamic "metrics" {
        for_each = { for id in each.value.metrics : id => local.scaling_metrics[id] }

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = "Average"

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.name

              dynamic "dimensions" {
                for_each = metrics.value.dimensions

                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}

# Target tracking cannot leave zero, since nothing can be divided by no tasks. Only a service that may be at zero needs
# this; another one that a person has set to zero stays there.
resource "aws_appautoscaling_policy" "wake" {
  for_each = var.scaling.min_tasks == 0 ? toset(["from-zero"]) : toset([])

  name               = "${var.family}-wake-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = module.service.scalable_target.service_namespace
  scalable_dimension = module.service.scalable_target.scalable_dimension
  resource_id        = module.service.scalable_target.resource_id

  step_scaling_policy_configuration {
    # One more, never "exactly one": should Container Insights fall silent while ten tasks run, this adds an eleventh
    # instead of stopping nine.
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    # The woken task has to start and to be reported before another may be added.
    cooldown = var.scaling.wake_cooldown_seconds

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "wake" {
  for_each = aws_appautoscaling_policy.wake

  alarm_name        = "${var.family}-wake-${each.key}"
  alarm_description = "Not a fault: a message waits in ${local.queue_name} and no task of ${var.service_name} runs, so one is started. When it stays in ALARM, tasks do not start: look at the events of the service. docs/scaling.md#wake-from-zero"
  alarm_actions     = [each.value.arn]

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  # Container Insights may report a minute or two later than SQS, and until then FILL shows a busy service as asleep.
  # Three minutes in a row cannot be lateness alone.
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  # No data on the queue: it sleeps, and nothing waits there as far as SQS knows.
  treat_missing_data = "notBreaching"

  metric_query {
    id          = "asleep_with_work"
    label       = "A message waits and nothing runs"
    expression  = local.asleep_with_work_expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { for id in ["visible", "running"] : id => local.scaling_metrics[id] }

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        period      = 60
        stat        = "Maximum"
      }
    }
  }
}

# For work that loads the task itself; these have a say beside the two above.
resource "aws_appautoscaling_policy" "utilization" {
  for_each = local.utilization_policies

  name               = "${var.family}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = module.service.scalable_target.service_namespace
  scalable_dimension = module.service.scalable_target.scalable_dimension
  resource_id        = module.service.scalable_target.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value
    scale_out_cooldown = var.scaling.utilization_scale_out_cooldown_seconds
    scale_in_cooldown  = var.scaling.utilization_scale_in_cooldown_seconds

    predefined_metric_specification {
      predefined_metric_type = each.key
    }
  }
}
