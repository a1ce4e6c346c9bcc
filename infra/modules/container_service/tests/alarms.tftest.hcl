# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location           = { account_id = "111122223333", region = "us-east-1" }
  family             = "shop-dev-worker"
  service_name       = "shop-dev-worker-service"
  container_name     = "worker"
  cluster_name       = "shop-dev-cluster"
  cluster_arn        = "arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"
  kms_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  image              = { repository = "shop-worker", digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  environment        = { AWS_REGION = "us-east-1", NEXT_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-mail" }
  encrypted_services = { sqs = ["kms:Decrypt", "kms:GenerateDataKey"] }
  permissions        = { QueueMail = { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:111122223333:shop-dev-mail"] } }
  network            = { subnet_ids = ["subnet-0abc"], assign_public_ip = true }
  security_group_ids = ["sg-0abc"]
  desired_count      = 1
  scaling            = { min_tasks = 1, max_tasks = 10 }
  capacity           = { FARGATE = { base = 1, weight = 1 }, FARGATE_SPOT = { weight = 3 } }
  log_group_name     = "/ecs/shop-dev/worker"
  log_stream_prefix  = "worker"
  alarms = {
    actions                 = ["arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"]
    runbook                 = "docs/runbooks.md#worker"
    too_few_running_minutes = 5
    deployment_events       = { log_group_name = "/ecs/shop-dev", metrics_namespace = "shop-dev" }
    texts = {
      unit_of_work = "job"
      cpu          = { harm = "work slows down.", look_at = "the dashboard." }
      memory       = { harm = "and work is lost.", to_do = "do less at once" }
    }
  }
}

run "alarms_are_optional" {
  command = plan

  variables {
    alarms = null
  }

  assert {
    condition     = output.alarm_names == [] && length(aws_cloudwatch_log_metric_filter.deployments_failed) == 0
    error_message = "Without alarms there must be none, and no metric for them."
  }
}

run "busy_cpu_and_full_memory_alarm_after_ten_minutes" {
  command = plan

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.cpu["on"], aws_cloudwatch_metric_alarm.memory["on"]] :
      "${alarm.alarm_name}: ${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.comparison_operator} ${alarm.threshold} in ${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s, ${alarm.treat_missing_data}"
      ] == [
      "shop-dev-worker-cpu: AWS/ECS CPUUtilization Average GreaterThanThreshold 80 in 10 of 10 x 60 s, notBreaching",
      "shop-dev-worker-memory: AWS/ECS MemoryUtilization Maximum GreaterThanThreshold 80 in 10 of 10 x 60 s, notBreaching",
    ]
    error_message = "Above 80 % for 10 minutes: of the average task's CPU, of the fullest task's memory."
  }

  assert {
    condition     = alltrue([for alarm in [aws_cloudwatch_metric_alarm.cpu["on"], aws_cloudwatch_metric_alarm.memory["on"]] : alarm.dimensions == tomap({ ClusterName = "shop-dev-cluster", ServiceName = "shop-dev-worker-service" })])
    error_message = "Fargate reports by cluster and service."
  }
}

run "a_failed_deployment_of_this_service_is_counted_and_alarms" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_metric_filter.deployments_failed["on"].log_group_name == "/ecs/shop-dev" && aws_cloudwatch_log_metric_filter.deployments_failed["on"].pattern == "{ ($.detail.eventName = \"SERVICE_DEPLOYMENT_FAILED\") && ($.resources[0] = \"arn:aws:ecs:us-east-1:111122223333:service/shop-dev-cluster/shop-dev-worker-service\") }"
    error_message = "Only failures of this service count."
  }

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.deployment_rolled_back["on"]] :
      "${alarm.alarm_name}: ${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.comparison_operator} ${alarm.threshold} in ${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s, ${alarm.treat_missing_data}"
    ] == ["shop-dev-worker-deployment-rolled-back: shop-dev DeploymentsFailed-worker Sum GreaterThanThreshold 0 in 1 of 1 x 300 s, notBreaching"]
    error_message = "One failure is enough."
  }

  assert {
    condition     = [for m in aws_cloudwatch_log_metric_filter.deployments_failed["on"].metric_transformation : "${m.namespace} ${m.name} ${m.value}"] == ["shop-dev DeploymentsFailed-worker 1"] && one(aws_cloudwatch_log_metric_filter.deployments_failed["on"].metric_transformation).default_value == null
    error_message = "The alarm must look at what the filter counts, which costs nothing while nothing fails."
  }
}

run "fewer_tasks_than_scaling_keeps_alarm_also_when_there_are_none" {
  command = plan

  assert {
    condition = [for alarm in [aws_cloudwatch_metric_alarm.too_few_running["on"]] :
      "${alarm.alarm_name}: ${alarm.namespace} ${alarm.metric_name} ${alarm.statistic} ${alarm.comparison_operator} ${alarm.threshold} in ${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods} x ${alarm.period} s, ${alarm.treat_missing_data}"
    ] == ["shop-dev-worker-too-few-running: ECS/ContainerInsights RunningTaskCount Maximum LessThanThreshold 1 in 5 of 5 x 60 s, breaching"]
    error_message = "A service whose tasks end again and again must be seen."
  }
}

run "every_alarm_calls_when_it_begins_and_ends_and_names_its_runbook" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in [
        aws_cloudwatch_metric_alarm.cpu["on"], aws_cloudwatch_metric_alarm.memory["on"],
        aws_cloudwatch_metric_alarm.too_few_running["on"], aws_cloudwatch_metric_alarm.deployment_rolled_back["on"],
      ] :
      alarm.alarm_actions == toset(var.alarms.actions) && alarm.ok_actions == toset(var.alarms.actions)
      && endswith(alarm.alarm_description, "\nRunbook: docs/runbooks.md#${trimprefix(alarm.alarm_name, "shop-dev-")}")
    ])
    error_message = "Both actions and the runbook's anchor must be there."
  }

  assert {
    condition     = length(output.alarm_names) == 4
    error_message = "The names must be known before the first apply."
  }
}

run "what_is_not_asked_for_is_not_watched" {
  command = plan

  variables {
    alarms = {
      actions        = []
      cpu_percent    = 70
      memory_percent = 90
      texts = {
        unit_of_work = "request"
        cpu          = { harm = "answers come late.", look_at = "the dashboard." }
        memory       = { harm = "and what it answers is lost.", to_do = "do less at once" }
      }
    }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.too_few_running) + length(aws_cloudwatch_metric_alarm.deployment_rolled_back) + length(aws_cloudwatch_log_metric_filter.deployments_failed) == 0
    error_message = "The two must be left out."
  }

  assert {
    condition     = [aws_cloudwatch_metric_alarm.cpu["on"].threshold, aws_cloudwatch_metric_alarm.memory["on"].threshold] == [70, 90] && !strcontains(aws_cloudwatch_metric_alarm.cpu["on"].alarm_description, "Runbook")
    error_message = "Each threshold must reach its alarm; without a runbook none is named."
  }
}

run "refuses_a_topic_by_name" {
  command = plan

  variables {
    alarms = { actions = ["alerts"], texts = { unit_of_work = "job", cpu = { harm = "x", look_at = "y" }, memory = { harm = "x", to_do = "y" } } }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_runbook_without_an_anchor" {
  command = plan

  variables {
    alarms = { actions = ["arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"], runbook = "docs/runbooks.md", texts = { unit_of_work = "job", cpu = { harm = "x", look_at = "y" }, memory = { harm = "x", to_do = "y" } } }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_percentage_that_nothing_exceeds" {
  command = plan

  variables {
    alarms = { actions = ["arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"], cpu_percent = 100, texts = { unit_of_work = "job", cpu = { harm = "x", look_at = "y" }, memory = { harm = "x", to_do = "y" } } }
  }

  expect_failures = [var.alarms]
}

run "refuses_no_time_at_all_for_tasks_to_start" {
  command = plan

  variables {
    alarms = { actions = ["arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"], too_few_running_minutes = 0, texts = { unit_of_work = "job", cpu = { harm = "x", look_at = "y" }, memory = { harm = "x", to_do = "y" } } }
  }

  expect_failures = [var.alarms]
}
