# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location    = { account_id = "111122223333", region = "us-east-1" }
  kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name        = "shop-dev-alerts"
}

run "the_topic_is_encrypted_and_known_before_the_first_apply" {
  command = plan

  assert {
    condition     = aws_sns_topic.alerts.kms_master_key_id == var.kms_key_arn
    error_message = "Alerts must be encrypted."
  }

  assert {
    condition     = output.topic_arn == "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"
    error_message = "The ARN must follow from account, region and name."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "Nobody is subscribed unasked."
  }
}

run "an_address_is_subscribed" {
  command = plan

  variables {
    email = "oncall@example.com"
  }

  assert {
    condition     = aws_sns_topic_subscription.email["oncall@example.com"].protocol == "email"
    error_message = "The address must get the alerts."
  }
}

run "only_alarms_of_this_account_publish" {
  command = plan

  assert {
    condition     = [for s in data.aws_iam_policy_document.topic.statement : one(s.condition).values if s.effect != "Deny"] == [tolist(["111122223333"])]
    error_message = "There must be one grant, bound to the account."
  }
}

run "scaling_of_one_cluster_is_told_where_it_is_asked_for" {
  command = plan

  variables {
    scaling_of_cluster = "shop-dev-cluster"
  }

  assert {
    condition = {
      for name, rule in aws_cloudwatch_event_rule.scaling : name => jsondecode(rule.event_pattern).detail
      } == {
      at-maximum    = { serviceNamespace = ["ecs"], resourceId = [{ prefix = "service/shop-dev-cluster/" }] }
      desired-count = { clusterArn = ["arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"], eventName = ["SERVICE_DESIRED_COUNT_UPDATED"] }
      instances     = { AutoScalingGroupName = ["shop-dev-cluster-instances"] }
    }
    error_message = "The rules must match this cluster's services and instances alone."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.scaling : target.arn == output.topic_arn])
    error_message = "All rules must publish to the topic."
  }

  assert {
    condition = [
      for s in data.aws_iam_policy_document.topic.statement : one(s.condition).values if s.sid == "ScalingRulesPublish"
      ] == [tolist([
        "arn:aws:events:us-east-1:111122223333:rule/shop-dev-alerts-at-maximum",
        "arn:aws:events:us-east-1:111122223333:rule/shop-dev-alerts-desired-count",
        "arn:aws:events:us-east-1:111122223333:rule/shop-dev-alerts-instances",
    ])]
    error_message = "The topic must admit these rules and no other."
  }
}

run "refuses_what_is_no_address" {
  command = plan

  variables {
    email = "oncall"
  }

  expect_failures = [var.email]
}

run "refuses_a_name_with_a_slash" {
  command = plan

  variables {
    name = "shop/alerts"
  }

  expect_failures = [var.name]
}
