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

run "the_worker_is_told_its_queues_and_limits" {
  command = plan

  assert {
    condition = { for pair in module.service.container.environment : pair.name => pair.value } == {
      AWS_REGION                 = "us-east-1"
      CONCURRENCY                = "8"
      DEAD_LETTER_QUEUE_URL      = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-orders-dlq"
      DRAIN_TIMEOUT_SECONDS      = "90"
      HEARTBEAT_SECONDS          = "10"
      LOG_LEVEL                  = "INFO"
      MAX_IN_FLIGHT              = "32"
      MAX_MESSAGE_BYTES          = "262144"
      NEXT_QUEUE_URL             = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-mail"
      QUEUE_URL                  = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-orders"
      SERVICE_NAME               = "worker"
      VISIBILITY_TIMEOUT_SECONDS = "30"
      WAIT_TIME_SECONDS          = "20"
    }
    error_message = "The environment must be exactly this."
  }

  assert {
    condition     = module.service.container.stopTimeout == 120
    error_message = "ECS must wait longer than the drain takes."
  }
}

run "refuses_a_drain_that_ecs_would_cut_short" {
  command = plan

  variables {
    worker = { concurrency = 1, max_in_flight = 1, drain_timeout_seconds = 120 }
  }

  expect_failures = [var.worker]
}

run "refuses_a_stop_beyond_two_minutes" {
  command = plan

  variables {
    worker = { concurrency = 1, max_in_flight = 1, stop_timeout_seconds = 121 }
  }

  expect_failures = [var.worker]
}

run "refuses_a_poll_longer_than_the_drain" {
  command = plan

  variables {
    worker = { concurrency = 1, max_in_flight = 1, drain_timeout_seconds = 25 }
  }

  expect_failures = [var.worker]
}

run "refuses_a_heartbeat_that_must_not_miss_once" {
  command = plan

  variables {
    worker = { concurrency = 1, max_in_flight = 1, heartbeat_seconds = 16 }
  }

  expect_failures = [var.worker]
}

run "refuses_fewer_in_flight_than_at_work" {
  command = plan

  variables {
    worker = { concurrency = 2, max_in_flight = 1 }
  }

  expect_failures = [var.worker]
}

run "refuses_an_unknown_log_level" {
  command = plan

  variables {
    worker = { concurrency = 1, max_in_flight = 1, log_level = "LOUD" }
  }

  expect_failures = [var.worker]
}

run "refuses_no_capacity" {
  command = plan

  variables {
    capacity = {}
  }

  expect_failures = [var.capacity]
}

run "refuses_two_bases" {
  command = plan

  variables {
    capacity = { fargate = { base = 1, weight = 1 }, fargate_spot = { base = 1, weight = 1 } }
  }

  expect_failures = [var.capacity]
}

run "refuses_an_environment_that_overrides_the_queue" {
  command = plan

  variables {
    environment = { QUEUE_URL = "https://example.com" }
  }

  expect_failures = [var.environment]
}

run "the_task_role_may_consume_its_queue_and_what_is_added" {
  command = plan

  assert {
    condition = { for sid, statement in local.permissions : sid => "${join(" ", sort(statement.actions))} on ${join(" ", statement.resources)}" } == {
      ConsumeOwnQueue      = "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-orders"
      DeadLetterWithReason = "sqs:SendMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-orders-dlq"
      QueueMail            = "sqs:SendMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-mail"
    }
    error_message = "The task role must hold these three statements."
  }

  assert {
    condition     = local.encrypted_services == { sqs = ["kms:Decrypt", "kms:GenerateDataKey"] }
    error_message = "The key may be used through SQS only."
  }
}

run "nothing_connects_to_a_task" {
  command = plan

  assert {
    condition     = length(module.service.container.portMappings) == 0 && aws_vpc_security_group_egress_rule.https.to_port == 443
    error_message = "No port is open; the way out is HTTPS."
  }
}

run "the_container_asks_the_worker_whether_it_is_alive" {
  command = plan

  assert {
    condition     = module.service.container.healthCheck == { command = ["CMD", "python", "-m", "queue_worker.health"], interval = 30, timeout = 10, retries = 3, startPeriod = 30 }
    error_message = "The health check must be the library's."
  }
}

run "capacity_names_the_providers_of_aws" {
  command = plan

  assert {
    condition     = module.service.capacity == { FARGATE = "1 1", FARGATE_SPOT = "0 3" }
    error_message = "One task must outlive a shortage of Spot."
  }
}
