# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location           = { account_id = "111122223333", region = "us-east-1" }
  name               = "shop-dev"
  description        = "Everything of shop-dev"
  log_group_patterns = ["/ecs/shop-dev*"]
  queue_sender_arns  = ["arn:aws:iam::444455556666:role/producer"]
  alarms_publish     = true
}

run "the_key_rotates_and_its_deletion_can_be_undone_for_a_month" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "The key must rotate, and wait 30 days before it is gone."
  }
}

run "each_user_of_the_key_has_a_statement" {
  command = plan

  assert {
    condition     = data.aws_iam_policy_document.key.statement[*].sid == tolist(["AccountAdministersByIam", "LogsEncryptTheirGroups", "ProducersSendToQueues", "AlarmsPublishToTopics"])
    error_message = "There must be one statement a purpose."
  }

  assert {
    condition     = alltrue([for s in data.aws_iam_policy_document.key.statement : length(s.condition) > 0 if s.sid != "AccountAdministersByIam"])
    error_message = "Every grant but the account's own must be bound by a condition."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.key.statement : one(s.condition).values if s.sid == "LogsEncryptTheirGroups"]) == tolist(["arn:aws:logs:us-east-1:111122223333:log-group:/ecs/shop-dev*"])
    error_message = "CloudWatch Logs may use the key for the named groups only."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.key.statement : one(s.condition).values if s.sid == "ProducersSendToQueues"]) == tolist(["sqs.us-east-1.amazonaws.com"])
    error_message = "Producers may use the key through SQS only."
  }
}

run "by_default_only_the_account_has_the_key" {
  command = plan

  variables {
    log_group_patterns = []
    queue_sender_arns  = []
    alarms_publish     = false
  }

  assert {
    condition     = data.aws_iam_policy_document.key.statement[*].sid == tolist(["AccountAdministersByIam"])
    error_message = "Nobody else may be admitted unasked."
  }
}

run "event_rules_of_this_account_publish_where_it_is_asked_for" {
  command = plan

  variables {
    events_publish = true
  }

  assert {
    condition = [
      for s in data.aws_iam_policy_document.key.statement : one(one(s.condition).values)
      if s.sid == "EventsPublishToTopics" && one(s.principals).identifiers == toset(["events.amazonaws.com"])
    ] == ["111122223333"]
    error_message = "EventBridge must get the key, for this account's rules."
  }
}

run "refuses_a_name_with_a_slash" {
  command = plan

  variables {
    name = "shop/dev"
  }

  expect_failures = [var.name]
}

run "refuses_every_log_group" {
  command = plan

  variables {
    log_group_patterns = ["*"]
  }

  expect_failures = [var.log_group_patterns]
}

run "refuses_everybody_as_sender" {
  command = plan

  variables {
    queue_sender_arns = ["*"]
  }

  expect_failures = [var.queue_sender_arns]
}

run "refuses_a_deletion_within_a_week" {
  command = plan

  variables {
    deletion_window_days = 6
  }

  expect_failures = [var.deletion_window_days]
}
