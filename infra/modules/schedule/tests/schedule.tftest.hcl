# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/shop-dev-schedule" }
  }
}

variables {
  location    = { account_id = "111122223333", region = "eu-central-1" }
  name        = "shop-dev"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  queue = {
    arn         = "arn:aws:sqs:eu-central-1:111122223333:shop-dev-triggers"
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/66666666-2222-3333-4444-555555555555"
  }
  schedules = {
    nightly = {
      expression = "cron(0 2 * * ? *)"
      timezone   = "Europe/Berlin"
      message    = "{\"trigger\":\"schedule\",\"correlationId\":\"\\u003caws.scheduler.execution-id\\u003e\"}"
    }
  }
}

run "a_schedule_sends_its_message_to_the_queue" {
  command = plan

  assert {
    condition     = one(aws_scheduler_schedule.this["nightly"].target).arn == var.queue.arn && aws_scheduler_schedule.this["nightly"].group_name == "shop-dev" && aws_scheduler_schedule.this["nightly"].schedule_expression_timezone == "Europe/Berlin" && aws_scheduler_schedule.this["nightly"].state == "ENABLED"
    error_message = "The message must go there, when it is said."
  }

  assert {
    condition     = aws_scheduler_schedule.this["nightly"].kms_key_arn == var.kms_key_arn && one(aws_scheduler_schedule.this["nightly"].flexible_time_window).mode == "OFF"
    error_message = "It must be encrypted, and come on the minute."
  }
}

run "the_scheduler_sees_its_own_words" {
  command = plan

  assert {
    condition     = one(aws_scheduler_schedule.this["nightly"].target).input == "{\"trigger\":\"schedule\",\"correlationId\":\"<aws.scheduler.execution-id>\"}"
    error_message = "What jsonencode made of < and > must be taken back."
  }
}

run "what_cannot_be_sent_is_kept" {
  command = plan

  assert {
    condition     = one(one(aws_scheduler_schedule.this["nightly"].target).dead_letter_config).arn == output.dead_letter_queue_arn && output.dead_letter_queue_arn == "arn:aws:sqs:eu-central-1:111122223333:shop-dev-schedule-dlq"
    error_message = "The schedule must have the queue."
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letter.kms_master_key_id == var.kms_key_arn
    error_message = "It must be kept for as long as SQS keeps anything, encrypted."
  }

  assert {
    condition     = one(one(aws_scheduler_schedule.this["nightly"].target).retry_policy).maximum_event_age_in_seconds == 3600
    error_message = "An hour is how long it is tried."
  }
}

run "the_role_sends_to_two_queues_and_nothing_else" {
  command = plan

  assert {
    condition     = { for s in data.aws_iam_policy_document.send.statement : one(s.resources) => one(s.actions) } == { (var.queue.arn) = "sqs:SendMessage", (output.dead_letter_queue_arn) = "sqs:SendMessage" }
    error_message = "Sending must be all."
  }

  assert {
    condition     = { for s in data.aws_iam_policy_document.encryption.statement : one(one(s.condition).values) => sort(s.resources) } == { "sqs.eu-central-1.amazonaws.com" = sort([var.queue.kms_key_arn, var.kms_key_arn]), "scheduler.eu-central-1.amazonaws.com" = tolist([var.kms_key_arn]) }
    error_message = "Keys must be used through the queues and the schedules alone."
  }

  assert {
    condition     = { for c in one(data.aws_iam_policy_document.trust.statement).condition : c.variable => one(c.values) } == { "aws:SourceAccount" = "111122223333", "aws:SourceArn" = "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/shop-dev" }
    error_message = "Only schedules of this group may take the role."
  }
}

run "the_role_is_known_before_the_first_apply" {
  command = plan

  assert {
    condition     = output.role_arn == "arn:aws:iam::111122223333:role/shop-dev-schedule" && aws_iam_role.this.name == "shop-dev-schedule"
    error_message = "The queue's policy has to name it in the first plan."
  }
}

run "a_schedule_may_sleep_and_need_not_be_on_the_minute" {
  command = plan

  variables {
    schedules = {
      often = { expression = "rate(5 minutes)", message = "{}", enabled = false, flexible_minutes = 5 }
      once  = { expression = "at(2026-12-31T06:00:00)", message = "{}" }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this["often"].state == "DISABLED" && one(aws_scheduler_schedule.this["often"].flexible_time_window).mode == "FLEXIBLE" && one(aws_scheduler_schedule.this["often"].flexible_time_window).maximum_window_in_minutes == 5
    error_message = "Both must be as they are asked for."
  }
}

run "there_is_no_alarm_unasked" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead_letters) == 0 && output.alarm_names == []
    error_message = "An alarm without a topic tells nobody."
  }
}

run "somebody_hears_of_what_could_not_be_sent" {
  command = plan

  variables {
    alarms = { topic_arn = "arn:aws:sns:eu-central-1:111122223333:alerts", runbook = "https://github.com/example/shop/blob/main/docs/runbooks.md#schedule" }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters["on"].dimensions == tomap({ QueueName = "shop-dev-schedule-dlq" }) && aws_cloudwatch_metric_alarm.dead_letters["on"].threshold == 0 && aws_cloudwatch_metric_alarm.dead_letters["on"].alarm_actions == toset(["arn:aws:sns:eu-central-1:111122223333:alerts"])
    error_message = "One message must be enough."
  }

  assert {
    condition     = output.alarm_names == ["shop-dev-schedule-dlq-dead-letters"] && strcontains(aws_cloudwatch_metric_alarm.dead_letters["on"].alarm_description, "Runbook: https://github.com/example/shop/blob/main/docs/runbooks.md#schedule-dead-letters")
    error_message = "It must say what to do."
  }
}

run "the_role_carries_the_boundary" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/shop-dev-boundary"
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == var.permissions_boundary_arn
    error_message = "A role without the boundary could do whatever its policy says."
  }
}

run "refuses_a_boundary_by_name" {
  command = plan

  variables {
    permissions_boundary_arn = "shop-dev-boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "refuses_a_name_that_leaves_no_room" {
  command = plan

  variables {
    name = join("", [for i in range(56) : "a"])
  }

  expect_failures = [var.name]
}

run "refuses_a_fifo_queue" {
  command = plan

  variables {
    queue = { arn = "arn:aws:sqs:eu-central-1:111122223333:orders.fifo", kms_key_arn = "k" }
  }

  expect_failures = [var.queue]
}

run "refuses_no_schedule" {
  command = plan

  variables {
    schedules = {}
  }

  expect_failures = [var.schedules]
}

run "refuses_cron_of_five_fields" {
  command = plan

  variables {
    schedules = { nightly = { expression = "cron(0 2 * * *)", message = "{}" } }
  }

  expect_failures = [var.schedules]
}

run "refuses_a_message_that_is_no_json" {
  command = plan

  variables {
    schedules = { nightly = { expression = "rate(1 day)", message = "wake up" } }
  }

  expect_failures = [var.schedules]
}

run "refuses_a_window_of_half_a_minute" {
  command = plan

  variables {
    schedules = { nightly = { expression = "rate(1 day)", message = "{}", flexible_minutes = 0.5 } }
  }

  expect_failures = [var.schedules]
}

run "refuses_to_try_for_longer_than_a_day" {
  command = plan

  variables {
    schedules = { nightly = { expression = "rate(1 day)", message = "{}", give_up_after_seconds = 86401 } }
  }

  expect_failures = [var.schedules]
}
