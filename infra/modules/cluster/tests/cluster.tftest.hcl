# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location       = { account_id = "111122223333", region = "us-east-1" }
  kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name           = "shop-dev-cluster"
  log_group_name = "/ecs/shop-dev"
}

run "the_cluster_has_insights_and_both_kinds_of_fargate" {
  command = plan

  assert {
    condition     = one(aws_ecs_cluster.this.setting) == { name = "containerInsights", value = "enabled" }
    error_message = "Container insights must be on."
  }

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT"])
    error_message = "Services may choose between Fargate and Fargate Spot."
  }
}

run "events_of_this_cluster_reach_the_log_group" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.ecs["tasks"].event_pattern).detail.clusterArn == ["arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"]
    error_message = "Task events must be those of this cluster."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.ecs["deployments"].event_pattern).resources == [{ prefix = "arn:aws:ecs:us-east-1:111122223333:service/shop-dev-cluster/" }]
    error_message = "Deployment events must be those of this cluster's services."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.log_group : target.arn == "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/shop-dev"]) && length(aws_cloudwatch_event_target.log_group) == 3
    error_message = "All three kinds of events must go to the log group."
  }

  assert {
    condition     = data.aws_iam_policy_document.events.statement[0].resources == toset(["arn:aws:logs:us-east-1:111122223333:log-group:/ecs/shop-dev:*"])
    error_message = "EventBridge may write to this group only."
  }
}

run "exec_sessions_are_logged_and_encrypted" {
  command = plan

  assert {
    condition     = aws_ecs_cluster.this.configuration[0].execute_command_configuration[0].log_configuration[0].cloud_watch_log_group_name == "/ecs/shop-dev"
    error_message = "Sessions must be logged beside the events."
  }

  assert {
    condition     = aws_ecs_cluster.this.configuration[0].execute_command_configuration[0].kms_key_id == var.kms_key_arn
    error_message = "Sessions must be encrypted."
  }
}

run "accepts_a_retention_that_cloudwatch_offers" {
  command = plan

  variables {
    log_retention_days = 365
  }
}

run "refuses_a_retention_that_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 15
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_a_name_that_leaves_no_room_for_rules" {
  command = plan

  variables {
    name = join("", [for i in range(49) : "c"])
  }

  expect_failures = [var.name]
}
