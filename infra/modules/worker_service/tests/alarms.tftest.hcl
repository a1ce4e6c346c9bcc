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
  environment       = { METRICS_NAMESPACE = "shop-dev" }
  network           = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0abc"], assign_public_ip = true }
  log_group_name    = "/ecs/shop-dev/worker"
  log_stream_prefix = "worker"
  alarms = {
    topic_arn             = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"
    runbook               = "docs/runbooks.md#worker"
    events_log_group_name = "/ecs/shop-dev"
    dropped_log_lines     = true
  }
}

run "alarms_are_optional" {
  command = plan

  variables {
    alarms      = null
    environment = {}
  }

  assert {
    condition     = output.alarm_names == []
    error_message = "Without alarms there must be none."
  }
}

run "more_than_five_failed_attempts_in_five_minutes_alarm" {
  command = plan

  assert {
    condition = {
      name   = aws_cloudwatch_metric_alarm.errors["on"].alarm_name
      rule   = "${aws_cloudwatch_metric_alarm.errors["on"].comparison_operator} ${aws_cloudwatch_metric_alarm.errors["on"].threshold}"
      for    = "${aws_cloudwatch_metric_alarm.errors["on"].datapoints_to_alarm} of ${aws_cloudwatch_metric_alarm.errors["on"].evaluation_periods}"
      silent = aws_cloudwatch_metric_alarm.errors["on"].treat_missing_data
      } == {
      name   = "shop-dev-worker-errors"
      rule   = "GreaterThanThreshold 5"
      for    = "1 of 1"
      silent = "notBreaching"
    }
    error_message = "Six must alarm, five must not."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.errors["on"].metric_query : query.id => query.expression if query.expression != null } == {
      errors = "FILL(retried, 0) + FILL(rejected, 0)"
    }
    error_message = "Retried and rejected are errors; a metric that is silent counts as zero."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.errors["on"].metric_query : query.id => "${one(query.metric).namespace} ${one(query.metric).metric_name} ${one(query.metric).stat} ${one(query.metric).period} ${one(query.metric).dimensions.Service}" if length(query.metric) > 0 } == {
      retried  = "shop-dev Retried Sum 300 worker"
      rejected = "shop-dev Rejected Sum 300 worker"
    }
    error_message = "The metrics must be those that the worker writes."
  }

  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.errors["on"].metric_query : query.id if query.return_data == true] == ["errors"]
    error_message = "The sum is what is compared."
  }
}

run "a_quarter_of_the_attempts_failing_alarms_from_twenty_attempts_on" {
  command = plan

  assert {
    condition = {
      name   = aws_cloudwatch_metric_alarm.failing["on"].alarm_name
      rule   = "${aws_cloudwatch_metric_alarm.failing["on"].comparison_operator} ${aws_cloudwatch_metric_alarm.failing["on"].threshold}"
      for    = "${aws_cloudwatch_metric_alarm.failing["on"].datapoints_to_alarm} of ${aws_cloudwatch_metric_alarm.failing["on"].evaluation_periods}"
      silent = aws_cloudwatch_metric_alarm.failing["on"].treat_missing_data
      } == {
      name   = "shop-dev-worker-failing"
      rule   = "GreaterThanThreshold 25"
      for    = "2 of 3"
      silent = "notBreaching"
    }
    error_message = "Ten of fifteen minutes above 25 % must alarm."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.failing["on"].metric_query : query.id => query.expression if query.expression != null } == {
      failing  = "IF(attempts >= 20, 100 * failed / attempts, 0)"
      attempts = "FILL(succeeded, 0) + failed"
      failed   = "FILL(retried, 0) + FILL(rejected, 0)"
    }
    error_message = "The share is that of failed attempts among all, and 0 below the floor."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.failing["on"].metric_query : query.id => "${one(query.metric).namespace} ${one(query.metric).metric_name} ${one(query.metric).stat} ${one(query.metric).period} ${one(query.metric).dimensions.Service}" if length(query.metric) > 0 } == {
      succeeded = "shop-dev Succeeded Sum 300 worker"
      retried   = "shop-dev Retried Sum 300 worker"
      rejected  = "shop-dev Rejected Sum 300 worker"
    }
    error_message = "The metrics must be those that the worker writes."
  }

  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.failing["on"].metric_query : query.id if query.return_data == true] == ["failing"]
    error_message = "The share is what is compared."
  }
}

run "one_dropped_log_line_alarms" {
  command = plan

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.log_lines_dropped["on"]] :
      "${alarm.alarm_name}: ${alarm.namespace} ${alarm.metric_name} ${alarm.dimensions.Service} ${alarm.statistic} ${alarm.comparison_operator} ${alarm.threshold} in ${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s, ${alarm.treat_missing_data}"
    ] == ["shop-dev-worker-log-lines-dropped: shop-dev LogLinesDropped worker Sum GreaterThanThreshold 0 in 1 of 1 x 300 s, notBreaching"]
    error_message = "No line may be lost unseen."
  }
}

run "a_worker_without_job_logs_drops_none" {
  command = plan

  variables {
    alarms = {
      topic_arn             = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"
      runbook               = "docs/runbooks.md#worker"
      events_log_group_name = "/ecs/shop-dev"
    }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.log_lines_dropped) == 0
    error_message = "An alarm on a metric that never comes is none."
  }
}

run "every_alarm_tells_the_topic_when_it_begins_and_ends_and_names_its_runbook" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in [
        aws_cloudwatch_metric_alarm.errors["on"], aws_cloudwatch_metric_alarm.failing["on"],
        aws_cloudwatch_metric_alarm.log_lines_dropped["on"],
      ] :
      alarm.alarm_actions == toset([var.alarms.topic_arn]) && alarm.ok_actions == toset([var.alarms.topic_arn])
      && endswith(alarm.alarm_description, "Runbook: docs/runbooks.md#${trimprefix(alarm.alarm_name, "shop-dev-")}")
    ])
    error_message = "Both actions and the runbook's anchor must be there."
  }

  assert {
    condition = sort(output.alarm_names) == tolist([
      "shop-dev-worker-cpu", "shop-dev-worker-deployment-rolled-back", "shop-dev-worker-errors",
      "shop-dev-worker-failing", "shop-dev-worker-log-lines-dropped", "shop-dev-worker-memory",
    ])
    error_message = "The names must be known before the first apply, those of container_service too."
  }
}

run "thresholds_are_those_given" {
  command = plan

  variables {
    alarms = {
      topic_arn             = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"
      runbook               = "docs/runbooks.md#worker"
      events_log_group_name = "/ecs/shop-dev"
      errors                = 0
      cpu_percent           = 70
      memory_percent        = 90
      failing               = { percent = 10, min_attempts = 100 }
    }
  }

  assert {
    condition = [
      aws_cloudwatch_metric_alarm.errors["on"].threshold, aws_cloudwatch_metric_alarm.failing["on"].threshold,
    ] == [0, 10]
    error_message = "Each threshold must reach its alarm."
  }

  assert {
    condition     = contains(aws_cloudwatch_metric_alarm.failing["on"].metric_query[*].expression, "IF(attempts >= 100, 100 * failed / attempts, 0)")
    error_message = "The floor must reach the expression."
  }
}

run "refuses_a_topic_by_name" {
  command = plan

  variables {
    alarms = { topic_arn = "alerts", runbook = "docs/runbooks.md#worker", events_log_group_name = "/ecs/shop-dev" }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_runbook_without_an_anchor" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md", events_log_group_name = "/ecs/shop-dev" }
  }

  expect_failures = [var.alarms]
}

run "refuses_alarms_on_metrics_in_no_known_namespace" {
  command = plan

  variables {
    environment = {}
  }

  expect_failures = [var.alarms]
}

run "refuses_fewer_errors_than_none" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md#worker", events_log_group_name = "/ecs/shop-dev", errors = -1 }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_percentage_that_nothing_exceeds" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md#worker", events_log_group_name = "/ecs/shop-dev", cpu_percent = 100 }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_share_of_nothing" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md#worker", events_log_group_name = "/ecs/shop-dev", failing = { min_attempts = 0 } }
  }

  expect_failures = [var.alarms]
}
