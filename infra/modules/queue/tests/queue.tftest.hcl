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
  sender_arns        = ["arn:aws:iam::444455556666:role/producer"]
}

run "names_arns_and_urls_are_known_before_the_first_apply" {
  command = plan

  assert {
    condition     = output.url == "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-orders"
    error_message = "The URL must follow from account, region and name."
  }

  assert {
    condition     = output.dead_letter_arn == "arn:aws:sqs:us-east-1:111122223333:shop-dev-orders-dlq"
    error_message = "The dead-letter queue's ARN must follow from account, region and name."
  }
}

run "dead_letters_outlive_messages_and_only_this_queue_sends_there" {
  command = plan

  assert {
    condition     = aws_sqs_queue.dead_letter.message_retention_seconds > aws_sqs_queue.this.message_retention_seconds
    error_message = "A dead letter keeps its first enqueue time, so its queue must keep longer."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_policy.this.redrive_policy) == { deadLetterTargetArn = output.dead_letter_arn, maxReceiveCount = 100 }
    error_message = "The queue must redrive to its own dead-letter queue after 100 receives."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letter.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [output.arn] }
    error_message = "No other queue may redrive there."
  }
}

run "both_queues_are_encrypted_with_the_given_key" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.dead_letter.kms_master_key_id == var.kms_key_arn
    error_message = "Both queues must use the key."
  }
}

run "the_policy_admits_consumers_and_senders_and_nobody_else" {
  command = plan

  assert {
    condition = { for s in data.aws_iam_policy_document.queue.statement : s.sid => join(" ", sort(s.actions)) } == {
      DenyPlainHttp    = "sqs:*"
      ConsumersReceive = "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage"
      SendersSend      = "sqs:SendMessage"
    }
    error_message = "The queue's statements must be these three."
  }

  assert {
    condition     = toset(flatten([for s in data.aws_iam_policy_document.queue.statement : [for p in s.principals : p.identifiers] if s.effect != "Deny"])) == toset(concat(var.consumer_role_arns, var.sender_arns))
    error_message = "Only the named principals may be allowed."
  }

  assert {
    condition     = { for s in data.aws_iam_policy_document.dead_letter.statement : s.sid => s.actions } == { DenyPlainHttp = toset(["sqs:*"]), ConsumersDeadLetter = toset(["sqs:SendMessage"]) }
    error_message = "Consumers may send to the dead-letter queue, and nobody may do anything else by its policy."
  }

  assert {
    condition     = alltrue([for s in concat(data.aws_iam_policy_document.queue.statement, data.aws_iam_policy_document.dead_letter.statement) : one(s.condition).variable == "aws:SecureTransport" if s.effect == "Deny"])
    error_message = "What is denied must be plain HTTP."
  }
}

run "without_senders_there_is_no_statement_for_them" {
  command = plan

  variables {
    sender_arns = []
  }

  assert {
    condition     = !contains(data.aws_iam_policy_document.queue.statement[*].sid, "SendersSend")
    error_message = "A statement without principals would be refused by SQS."
  }
}

run "accepts_the_limits_of_sqs" {
  command = plan

  variables {
    visibility_timeout_seconds    = 43200
    message_retention_seconds     = 1209599
    dead_letter_retention_seconds = 1209600
    max_message_bytes             = 1024
    receive_wait_time_seconds     = 0
    max_receive_count             = 1000
    kms_data_key_reuse_seconds    = 86400
  }
}

run "refuses_a_name_that_leaves_no_room_for_dlq" {
  command = plan

  variables {
    name = join("", [for i in range(77) : "q"])
  }

  expect_failures = [var.name]
}

run "refuses_dead_letters_that_expire_with_the_queue" {
  command = plan

  variables {
    dead_letter_retention_seconds = 345600
  }

  expect_failures = [var.dead_letter_retention_seconds]
}

run "refuses_dead_letters_beyond_14_days" {
  command = plan

  variables {
    dead_letter_retention_seconds = 1209601
  }

  expect_failures = [var.dead_letter_retention_seconds]
}

run "refuses_a_retention_beyond_14_days" {
  command = plan

  variables {
    message_retention_seconds = 1209601
  }

  expect_failures = [var.message_retention_seconds]
}

run "refuses_everybody_as_sender" {
  command = plan

  variables {
    sender_arns = ["*"]
  }

  expect_failures = [var.sender_arns]
}

run "refuses_a_user_as_consumer" {
  command = plan

  variables {
    consumer_role_arns = ["arn:aws:iam::111122223333:user/me"]
  }

  expect_failures = [var.consumer_role_arns]
}

run "refuses_no_consumer" {
  command = plan

  variables {
    consumer_role_arns = []
  }

  expect_failures = [var.consumer_role_arns]
}

run "refuses_a_visibility_of_zero" {
  command = plan

  variables {
    visibility_timeout_seconds = 0
  }

  expect_failures = [var.visibility_timeout_seconds]
}

run "refuses_a_message_beyond_256_KiB" {
  command = plan

  variables {
    max_message_bytes = 262145
  }

  expect_failures = [var.max_message_bytes]
}

run "refuses_a_long_poll_beyond_20_seconds" {
  command = plan

  variables {
    receive_wait_time_seconds = 21
  }

  expect_failures = [var.receive_wait_time_seconds]
}

run "refuses_a_receive_count_that_cuts_retries_short" {
  command = plan

  variables {
    max_receive_count = 3
  }

  expect_failures = [var.max_receive_count]
}

run "refuses_a_data_key_for_less_than_a_minute" {
  command = plan

  variables {
    kms_data_key_reuse_seconds = 59
  }

  expect_failures = [var.kms_data_key_reuse_seconds]
}

run "refuses_an_account_that_is_no_account" {
  command = plan

  variables {
    location = { account_id = "me", region = "us-east-1" }
  }

  expect_failures = [var.location]
}
