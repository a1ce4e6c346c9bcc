# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location           = { account_id = "111122223333", region = "us-east-1" }
  kms_key_arn        = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name               = "shop-dev-orders"
  consumer_role_arns = ["arn:aws:iam::111122223333:role/shop-dev-worker-task"]
  alarms = {
    topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"
    runbook   = "docs/runbooks.md#orders"
    depth     = { messages = 50 }
  }
}

run "alarms_are_optional" {
  command = plan

  variables {
    alarms = null
  }

  assert {
    condition     = output.alarm_names == []
    error_message = "Without alarms there must be none."
  }
}

run "a_deep_queue_alarms_after_fifteen_minutes_of_it" {
  command = plan

  assert {
    condition = {
      name   = aws_cloudwatch_metric_alarm.depth["on"].alarm_name
      metric = "${aws_cloudwatch_metric_alarm.depth["on"].namespace} ${aws_cloudwatch_metric_alarm.depth["on"].metric_name} ${aws_cloudwatch_metric_alarm.depth["on"].statistic}"
      of     = aws_cloudwatch_metric_alarm.depth["on"].dimensions.QueueName
      rule   = "${aws_cloudwatch_metric_alarm.depth["on"].comparison_operator} ${aws_cloudwatch_metric_alarm.depth["on"].threshold}"
      for    = "${aws_cloudwatch_metric_alarm.depth["on"].datapoints_to_alarm} of ${aws_cloudwatch_metric_alarm.depth["on"].evaluation_periods} x ${aws_cloudwatch_metric_alarm.depth["on"].period} s"
      silent = aws_cloudwatch_metric_alarm.depth["on"].treat_missing_data
      } == {
      name   = "shop-dev-orders-depth"
      metric = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum"
      of     = "shop-dev-orders"
      rule   = "GreaterThanThreshold 50"
      for    = "15 of 15 x 60 s"
      silent = "notBreaching"
    }
    error_message = "51 messages for 15 minutes must alarm, 50 must not."
  }
}

run "an_old_message_alarms_after_ten_minutes_more" {
  command = plan

  assert {
    condition = {
      name   = aws_cloudwatch_metric_alarm.oldest_message["on"].alarm_name
      metric = "${aws_cloudwatch_metric_alarm.oldest_message["on"].namespace} ${aws_cloudwatch_metric_alarm.oldest_message["on"].metric_name} ${aws_cloudwatch_metric_alarm.oldest_message["on"].statistic}"
      of     = aws_cloudwatch_metric_alarm.oldest_message["on"].dimensions.QueueName
      rule   = "${aws_cloudwatch_metric_alarm.oldest_message["on"].comparison_operator} ${aws_cloudwatch_metric_alarm.oldest_message["on"].threshold}"
      for    = "${aws_cloudwatch_metric_alarm.oldest_message["on"].datapoints_to_alarm} of ${aws_cloudwatch_metric_alarm.oldest_message["on"].evaluation_periods} x ${aws_cloudwatch_metric_alarm.oldest_message["on"].period} s"
      silent = aws_cloudwatch_metric_alarm.oldest_message["on"].treat_missing_data
      } == {
      name   = "shop-dev-orders-oldest-message"
      metric = "AWS/SQS ApproximateAgeOfOldestMessage Maximum"
      of     = "shop-dev-orders"
      rule   = "GreaterThanThreshold 900"
      for    = "10 of 10 x 60 s"
      silent = "notBreaching"
    }
    error_message = "A queue that has slept must have time to wake its service."
  }
}

run "the_first_dead_letter_alarms_at_once_and_silence_changes_nothing" {
  command = plan

  assert {
    condition = {
      name   = aws_cloudwatch_metric_alarm.dead_letters["on"].alarm_name
      metric = "${aws_cloudwatch_metric_alarm.dead_letters["on"].namespace} ${aws_cloudwatch_metric_alarm.dead_letters["on"].metric_name} ${aws_cloudwatch_metric_alarm.dead_letters["on"].statistic}"
      of     = aws_cloudwatch_metric_alarm.dead_letters["on"].dimensions.QueueName
      rule   = "${aws_cloudwatch_metric_alarm.dead_letters["on"].comparison_operator} ${aws_cloudwatch_metric_alarm.dead_letters["on"].threshold}"
      for    = "${aws_cloudwatch_metric_alarm.dead_letters["on"].datapoints_to_alarm} of ${aws_cloudwatch_metric_alarm.dead_letters["on"].evaluation_periods} x ${aws_cloudwatch_metric_alarm.dead_letters["on"].period} s"
      silent = aws_cloudwatch_metric_alarm.dead_letters["on"].treat_missing_data
      } == {
      name   = "shop-dev-orders-dead-letters"
      metric = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum"
      of     = "shop-dev-orders-dlq"
      rule   = "GreaterThanThreshold 0"
      for    = "1 of 1 x 60 s"
      silent = "ignore"
    }
    error_message = "One letter is enough, and a queue that falls asleep keeps its letters."
  }
}

run "every_alarm_tells_the_topic_when_it_begins_and_ends_and_names_its_runbook" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.depth["on"], aws_cloudwatch_metric_alarm.oldest_message["on"], aws_cloudwatch_metric_alarm.dead_letters["on"]] :
      alarm.alarm_actions == toset([var.alarms.topic_arn]) && alarm.ok_actions == toset([var.alarms.topic_arn])
      && endswith(alarm.alarm_description, "Runbook: docs/runbooks.md#${trimprefix(alarm.alarm_name, "shop-dev-")}")
    ])
    error_message = "Both actions and the runbook's anchor must be there."
  }

  assert {
    condition     = toset(output.alarm_names) == toset(["shop-dev-orders-depth", "shop-dev-orders-oldest-message", "shop-dev-orders-dead-letters"])
    error_message = "The names must be known before the first apply."
  }
}

run "a_queue_may_go_without_an_alarm_on_its_depth" {
  command = plan

  variables {
    alarms = {
      topic_arn              = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"
      runbook                = "docs/runbooks.md#orders"
      oldest_message_seconds = 60
    }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.depth) == 0 && aws_cloudwatch_metric_alarm.oldest_message["on"].threshold == 60
    error_message = "Without depth there is no alarm on it, and thresholds are those given."
  }
}

run "refuses_a_topic_by_name" {
  command = plan

  variables {
    alarms = { topic_arn = "alerts", runbook = "docs/runbooks.md#orders" }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_runbook_without_an_anchor" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md" }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_depth_of_nothing" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md#orders", depth = { messages = 0 } }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_depth_for_longer_than_a_day" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md#orders", depth = { messages = 50, minutes = 1441 } }
  }

  expect_failures = [var.alarms]
}

run "refuses_an_age_that_no_message_reaches" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts", runbook = "docs/runbooks.md#orders", oldest_message_seconds = 345600 }
  }

  expect_failures = [var.alarms]
}
