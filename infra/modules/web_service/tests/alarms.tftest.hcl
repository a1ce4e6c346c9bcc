# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location       = { account_id = "111122223333", region = "us-east-1" }
  family         = "shop-dev-api"
  service_name   = "shop-dev-api-service"
  container_name = "api"
  cluster_name   = "shop-dev-cluster"
  cluster_arn    = "arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"
  kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  image          = { repository = "shop-api", digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  environment    = { ENVIRONMENT = "dev" }
  port           = 8080
  network        = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0abc"], assign_public_ip = false }
  load_balancer = {
    listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shop-dev/0123456789abcdef/0123456789abcdef"
    security_group_id = "sg-0balancer"
    arn_suffix        = "app/shop-dev/0123456789abcdef"
    path_patterns     = ["/orders", "/orders/*"]
    priority          = 10
  }
  log_group_name = "/ecs/shop-dev/api"
  enable_alarms  = true
  alarm_actions  = ["arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"]
  alarms = {
    runbook           = "docs/runbooks.md#api"
    deployment_events = { log_group_name = "/ecs/shop-dev", metrics_namespace = "shop-dev" }
  }
}

run "alarms_are_optional" {
  command = plan

  variables {
    enable_alarms = false
  }

  assert {
    condition     = output.alarm_names == []
    error_message = "Without alarms there must be none."
  }
}

run "more_than_one_answer_in_twenty_of_5xx_alarms" {
  command = plan

  assert {
    condition = {
      rule   = "${aws_cloudwatch_metric_alarm.server_errors["on"].comparison_operator} ${aws_cloudwatch_metric_alarm.server_errors["on"].threshold}"
      for    = "${aws_cloudwatch_metric_alarm.server_errors["on"].datapoints_to_alarm} of ${aws_cloudwatch_metric_alarm.server_errors["on"].evaluation_periods}"
      silent = aws_cloudwatch_metric_alarm.server_errors["on"].treat_missing_data
    } == { rule = "GreaterThanThreshold 5", for = "1 of 1", silent = "notBreaching" }
    error_message = "Above 5 % must alarm."
  }

  assert {
    condition     = [for query in aws_cloudwatch_metric_alarm.server_errors["on"].metric_query : query.expression if query.return_data == true] == ["IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"]
    error_message = "The share of a few requests says nothing."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.server_errors["on"].metric_query : query.id => "${one(query.metric).namespace} ${one(query.metric).metric_name} ${one(query.metric).stat} ${one(query.metric).period}" if length(query.metric) > 0 } == {
      requests = "AWS/ApplicationELB RequestCount Sum 300"
      errors   = "AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum 300"
    }
    error_message = "The metrics must be the load balancer's."
  }
}

run "sick_tasks_and_slow_answers_alarm" {
  command = plan

  # A first plan knows what the dimensions are called, and nothing more.
  assert {
    condition     = join(" ", keys(local.balancer_dimensions["on"])) == "LoadBalancer TargetGroup"
    error_message = "AWS writes these metrics by load balancer and target group."
  }

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.unhealthy["on"], aws_cloudwatch_metric_alarm.slow["on"]] :
      "${alarm.alarm_name}: ${alarm.namespace} ${alarm.metric_name} ${alarm.statistic == null ? alarm.extended_statistic : alarm.statistic} ${alarm.comparison_operator} ${alarm.threshold} in ${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s, ${alarm.treat_missing_data}"
      ] == [
      "shop-dev-api-unhealthy: AWS/ApplicationELB UnHealthyHostCount Minimum GreaterThanThreshold 0 in 5 of 5 x 60 s, notBreaching",
      "shop-dev-api-slow: AWS/ApplicationELB TargetResponseTime p95 GreaterThanThreshold 2 in 10 of 10 x 60 s, notBreaching",
    ]
    error_message = "A task that stays sick and answers that stay slow must alarm."
  }
}

run "every_alarm_calls_when_it_begins_and_ends_and_names_its_runbook" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.server_errors["on"], aws_cloudwatch_metric_alarm.unhealthy["on"], aws_cloudwatch_metric_alarm.slow["on"]] :
      alarm.alarm_actions == toset(var.alarm_actions) && alarm.ok_actions == toset(var.alarm_actions)
      && endswith(alarm.alarm_description, "\nRunbook: docs/runbooks.md#${trimprefix(alarm.alarm_name, "shop-dev-")}")
    ])
    error_message = "Both actions and the runbook's anchor must be there."
  }

  assert {
    condition = sort(output.alarm_names) == tolist([
      "shop-dev-api-cpu", "shop-dev-api-deployment-rolled-back", "shop-dev-api-memory", "shop-dev-api-server-errors",
      "shop-dev-api-slow", "shop-dev-api-too-few-running", "shop-dev-api-unhealthy",
    ])
    error_message = "All alarms must be there, those of container_service too."
  }
}

run "a_service_behind_no_load_balancer_is_watched_by_what_there_is" {
  command = plan

  variables {
    load_balancer = null
    alarms        = {}
  }

  assert {
    condition     = sort(output.alarm_names) == tolist(["shop-dev-api-cpu", "shop-dev-api-memory", "shop-dev-api-too-few-running"])
    error_message = "An alarm on a metric that never comes is none."
  }
}

run "refuses_alarms_that_call_nobody" {
  command = plan

  variables {
    alarm_actions = []
  }

  expect_failures = [var.enable_alarms]
}

run "refuses_a_share_of_nothing" {
  command = plan

  variables {
    alarms = { min_requests = 0 }
  }

  expect_failures = [var.alarms]
}

run "refuses_no_time_at_all_to_become_well" {
  command = plan

  variables {
    alarms = { unhealthy_minutes = 0 }
  }

  expect_failures = [var.alarms]
}
