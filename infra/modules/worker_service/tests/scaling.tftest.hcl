# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location       = { account_id = "111122223333", region = "us-east-1" }
  family         = "shop-dev-worker"
  service_name   = "shop-dev-worker-service"
  container_name = "worker"
  cluster_name   = "shop-dev-cluster"
  cluster_arn    = "arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"
  kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  image          = { repository = "shop-worker", digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  queue = {
    arn                        = "arn:aws:sqs:us-east-1:111122223333:shop-dev-orders"
    url                        = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-orders"
    dead_letter_arn            = "arn:aws:sqs:us-east-1:111122223333:shop-dev-orders-dlq"
    dead_letter_url            = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-orders-dlq"
    visibility_timeout_seconds = 30
    max_message_bytes          = 262144
  }
  worker            = { concurrency = 8, max_in_flight = 32 }
  environment       = { NEXT_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-mail" }
  permissions       = { QueueMail = { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:111122223333:shop-dev-mail"] } }
  network           = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0abc"], assign_public_ip = true }
  log_group_name    = "/ecs/shop-dev/worker"
  log_stream_prefix = "worker"
}

run "one_to_ten_tasks_follow_the_backlog_behind_each" {
  command = plan

  assert {
    condition = [
      module.service.scalable_target.resource_id, module.service.scalable_target.scalable_dimension,
      module.service.scalable_target.min_capacity, module.service.scalable_target.max_capacity,
      ] == [
      "service/shop-dev-cluster/shop-dev-worker-service", "ecs:service:DesiredCount", 1, 10,
    ]
    error_message = "The target must be the service, between 1 and 10 tasks."
  }

  # 60 s of wait / 1 s for a job * 8 at once
  assert {
    condition     = one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).target_value == 480
    error_message = "The target must be what one task gets through within the acceptable wait."
  }

  assert {
    condition     = one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).scale_out_cooldown == 240 && one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).scale_in_cooldown == 300
    error_message = "The cooldowns must be explicit."
  }

  assert {
    condition     = one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).disable_scale_in != true
    error_message = "What is not needed must go."
  }
}

run "the_metric_has_no_data_point_while_nothing_runs" {
  command = plan

  assert {
    condition = {
      for metric in one(one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).customized_metric_specification).metrics :
      metric.id => metric.expression if metric.return_data
    } == { backlog_per_task = "IF(running > 0, (visible + FILL(in_flight, 0)) / running)" }
    error_message = "One expression must be returned; it divides by running tasks only where there are some."
  }

  assert {
    condition = {
      for metric in one(one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).customized_metric_specification).metrics :
      metric.id => join(" ", concat(
        [one(metric.metric_stat).stat, one(one(metric.metric_stat).metric).namespace, one(one(metric.metric_stat).metric).metric_name],
        sort([for dimension in one(one(metric.metric_stat).metric).dimensions : "${dimension.name}=${dimension.value}"]),
      )) if !metric.return_data
      } == {
      visible   = "Average AWS/SQS ApproximateNumberOfMessagesVisible QueueName=shop-dev-orders"
      in_flight = "Average AWS/SQS ApproximateNumberOfMessagesNotVisible QueueName=shop-dev-orders"
      running   = "Average ECS/ContainerInsights RunningTaskCount ClusterName=shop-dev-cluster ServiceName=shop-dev-worker-service"
    }
    error_message = "The expression must be made of these three metrics."
  }
}

run "tasks_that_are_busy_are_not_taken_away_and_busyness_adds_none" {
  command = plan

  assert {
    condition = {
      for metric in one(one(aws_appautoscaling_policy.tracking["busy"].target_tracking_scaling_policy_configuration).customized_metric_specification).metrics :
      metric.id => "${metric.return_data} ${metric.expression}" if metric.expression != null
      } == {
      busy_percent = "false IF(running > 0, 100 * FILL(in_flight, 0) / (running * 8))"
      brake        = "true IF(busy_percent > 80, 80, busy_percent)"
    }
    error_message = "The metric must stop at the target, which it then never exceeds."
  }

  assert {
    condition = toset([
      for metric in one(one(aws_appautoscaling_policy.tracking["busy"].target_tracking_scaling_policy_configuration).customized_metric_specification).metrics :
      one(one(metric.metric_stat).metric).metric_name if metric.expression == null
    ]) == toset(["ApproximateNumberOfMessagesNotVisible", "RunningTaskCount"])
    error_message = "It must be made of messages in flight and running tasks."
  }

  assert {
    condition     = one(aws_appautoscaling_policy.tracking["busy"].target_tracking_scaling_policy_configuration).target_value == 80
    error_message = "The target must be 80 % of the concurrency."
  }
}

run "a_service_that_never_sleeps_is_not_woken" {
  command = plan

  assert {
    condition     = length(aws_appautoscaling_policy.wake) == 0 && length(aws_cloudwatch_metric_alarm.wake) == 0 && length(aws_appautoscaling_policy.utilization) == 0
    error_message = "Waking is for services that may be at zero; CPU and memory count only where a target is given."
  }
}

run "a_waiting_message_wakes_a_service_at_zero" {
  command = plan

  variables {
    desired_count = 0
    scaling       = { min_tasks = 0 }
  }

  assert {
    condition     = one([for query in aws_cloudwatch_metric_alarm.wake["from-zero"].metric_query : query.expression if query.return_data == true]) == "IF(FILL(running, 0) < 1 AND visible >= 1, 1, 0)"
    error_message = "The alarm must see a message that waits while nothing is known to run."
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.wake["from-zero"].metric_query :
      query.id => join(" ", concat(
        [one(query.metric).stat, tostring(one(query.metric).period), one(query.metric).namespace, one(query.metric).metric_name],
        [for name in sort(keys(one(query.metric).dimensions)) : "${name}=${one(query.metric).dimensions[name]}"],
      )) if query.id != "asleep_with_work"
      } == {
      visible = "Maximum 60 AWS/SQS ApproximateNumberOfMessagesVisible QueueName=shop-dev-orders"
      running = "Maximum 60 ECS/ContainerInsights RunningTaskCount ClusterName=shop-dev-cluster ServiceName=shop-dev-worker-service"
    }
    error_message = "The alarm must be made of these two metrics."
  }

  assert {
    condition = [
      aws_cloudwatch_metric_alarm.wake["from-zero"].comparison_operator, aws_cloudwatch_metric_alarm.wake["from-zero"].threshold,
      aws_cloudwatch_metric_alarm.wake["from-zero"].evaluation_periods, aws_cloudwatch_metric_alarm.wake["from-zero"].datapoints_to_alarm,
      aws_cloudwatch_metric_alarm.wake["from-zero"].treat_missing_data,
    ] == ["GreaterThanOrEqualToThreshold", 1, 3, 3, "notBreaching"]
    error_message = "Three minutes in a row, and silence never wakes."
  }
}

run "waking_adds_a_task_and_never_takes_one_away" {
  command = plan

  override_resource {
    target          = aws_appautoscaling_policy.wake
    override_during = plan
    values          = { arn = "arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:wake" }
  }

  variables {
    scaling = { min_tasks = 0 }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.wake["from-zero"].alarm_actions == toset(["arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:wake"])
    error_message = "The alarm must run the policy."
  }

  assert {
    condition     = one(aws_appautoscaling_policy.wake["from-zero"].step_scaling_policy_configuration).adjustment_type == "ChangeInCapacity" && one(aws_appautoscaling_policy.wake["from-zero"].step_scaling_policy_configuration).cooldown == 300
    error_message = "An exact capacity would shrink a busy service whose metrics are missing."
  }

  assert {
    condition     = one(one(aws_appautoscaling_policy.wake["from-zero"].step_scaling_policy_configuration).step_adjustment).scaling_adjustment == 1 && one(one(aws_appautoscaling_policy.wake["from-zero"].step_scaling_policy_configuration).step_adjustment).metric_interval_lower_bound == "0"
    error_message = "There must be one step: one task more."
  }
}

run "the_target_follows_from_wait_job_and_concurrency" {
  command = plan

  variables {
    scaling = { acceptable_wait_seconds = 600, mean_job_seconds = 2.5, scale_out_cooldown_seconds = 120, scale_in_cooldown_seconds = 600 }
  }

  # 600 / 2.5 * 8
  assert {
    condition     = one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).target_value == 1920
    error_message = "The target must be 1920 messages a task."
  }

  assert {
    condition     = one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).scale_out_cooldown == 120 && one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).scale_in_cooldown == 600
    error_message = "The cooldowns given must be used."
  }
}

run "cpu_and_memory_may_count_too" {
  command = plan

  variables {
    scaling = { cpu_target_percent = 70, memory_target_percent = 80 }
  }

  assert {
    condition = {
      for name, policy in aws_appautoscaling_policy.utilization : name => [
        one(one(policy.target_tracking_scaling_policy_configuration).predefined_metric_specification).predefined_metric_type,
        one(policy.target_tracking_scaling_policy_configuration).target_value,
        one(policy.target_tracking_scaling_policy_configuration).scale_out_cooldown,
        one(policy.target_tracking_scaling_policy_configuration).scale_in_cooldown,
      ]
      } == {
      ECSServiceAverageCPUUtilization    = ["ECSServiceAverageCPUUtilization", 70, 60, 300]
      ECSServiceAverageMemoryUtilization = ["ECSServiceAverageMemoryUtilization", 80, 60, 300]
    }
    error_message = "Each must be a policy of its own, 60 s out and 300 s in."
  }
}

run "accepts_the_bounds" {
  command = plan

  variables {
    desired_count = 5000
    scaling = {
      min_tasks                  = 5000, max_tasks = 5000, acceptable_wait_seconds = 43200, mean_job_seconds = 43200,
      scale_out_cooldown_seconds = 0, scale_in_cooldown_seconds = 3600,
      cpu_target_percent         = 95, memory_target_percent = 10, busy_target_percent = 95
    }
  }

  # A wait of one job: what is at work, and nothing behind it.
  assert {
    condition     = one(aws_appautoscaling_policy.tracking["backlog-per-task"].target_tracking_scaling_policy_configuration).target_value == 8
    error_message = "The smallest target must be the concurrency of a task."
  }
}

run "accepts_the_largest_backlog_for_a_task" {
  command = plan

  variables {
    scaling = { acceptable_wait_seconds = 12500, mean_job_seconds = 1 }
  }
}

run "refuses_half_a_task_at_least" {
  command = plan

  variables {
    scaling = { min_tasks = 0.5 }
  }

  expect_failures = [var.scaling]
}

run "refuses_fewer_than_no_tasks" {
  command = plan

  variables {
    scaling = { min_tasks = -1 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_maximum_of_none" {
  command = plan

  variables {
    desired_count = 0
    scaling       = { min_tasks = 0, max_tasks = 0 }
  }

  expect_failures = [var.scaling]
}

run "refuses_half_a_task_at_most" {
  command = plan

  variables {
    scaling = { max_tasks = 2.5 }
  }

  expect_failures = [var.scaling]
}

run "refuses_more_tasks_than_ecs_runs_in_a_service" {
  command = plan

  variables {
    scaling = { max_tasks = 5001 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_maximum_below_the_minimum" {
  command = plan

  variables {
    desired_count = 4
    scaling       = { min_tasks = 4, max_tasks = 3 }
  }

  expect_failures = [var.scaling]
}

run "refuses_jobs_that_take_no_time" {
  command = plan

  variables {
    scaling = { mean_job_seconds = 0 }
  }

  expect_failures = [var.scaling]
}

run "refuses_jobs_longer_than_a_message_may_be_in_flight" {
  command = plan

  variables {
    scaling = { mean_job_seconds = 43201, acceptable_wait_seconds = 50000 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_wait_shorter_than_one_job" {
  command = plan

  variables {
    scaling = { acceptable_wait_seconds = 59, mean_job_seconds = 60 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_backlog_that_looks_like_wrong_units" {
  command = plan

  variables {
    scaling = { acceptable_wait_seconds = 12501, mean_job_seconds = 1 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_cooldown_below_zero" {
  command = plan

  variables {
    scaling = { scale_out_cooldown_seconds = -1 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_cooldown_beyond_an_hour" {
  command = plan

  variables {
    scaling = { scale_in_cooldown_seconds = 3601 }
  }

  expect_failures = [var.scaling]
}

run "refuses_half_a_second_of_cooldown_after_waking" {
  command = plan

  variables {
    scaling = { wake_cooldown_seconds = 0.5 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_utilization_cooldown_beyond_an_hour" {
  command = plan

  variables {
    scaling = { utilization_scale_out_cooldown_seconds = 3601 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_utilization_cooldown_below_zero" {
  command = plan

  variables {
    scaling = { utilization_scale_in_cooldown_seconds = -1 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_cpu_target_without_headroom" {
  command = plan

  variables {
    scaling = { cpu_target_percent = 96 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_memory_target_that_is_always_exceeded" {
  command = plan

  variables {
    scaling = { memory_target_percent = 9 }
  }

  expect_failures = [var.scaling]
}

run "refuses_half_a_task_to_begin_with" {
  command = plan

  variables {
    desired_count = 1.5
  }

  expect_failures = [var.desired_count]
}

run "refuses_to_begin_below_the_minimum" {
  command = plan

  variables {
    desired_count = 0
  }

  expect_failures = [var.desired_count]
}

run "refuses_to_begin_above_the_maximum" {
  command = plan

  variables {
    desired_count = 11
  }

  expect_failures = [var.desired_count]
}

run "refuses_a_busy_target_that_nothing_reaches" {
  command = plan

  variables {
    scaling = { busy_target_percent = 96 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_busy_target_that_keeps_idle_tasks" {
  command = plan

  variables {
    scaling = { busy_target_percent = 9 }
  }

  expect_failures = [var.scaling]
}
