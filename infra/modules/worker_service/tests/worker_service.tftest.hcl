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

run "the_image_is_named_by_digest_before_the_first_apply" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].image == "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop-worker@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    error_message = "The image must follow from account, region, name and digest."
  }
}

run "the_container_is_hardened" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "10001:10001"
    error_message = "The root file system must be read-only and the user not root."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"]
    error_message = "The container needs no capability."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].mountPoints == [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }] && one(aws_ecs_task_definition.this.volume).name == "tmp"
    error_message = "/tmp must be writable: the health file is there."
  }

  assert {
    condition     = one(aws_ecs_task_definition.this.runtime_platform) == { cpu_architecture = "X86_64", operating_system_family = "LINUX" }
    error_message = "The platform must be stated."
  }
}

run "the_worker_is_told_its_queues_and_limits" {
  command = plan

  assert {
    condition = { for pair in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : pair.name => pair.value } == {
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
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 120
    error_message = "ECS must wait longer than the drain takes."
  }
}

run "output_goes_to_the_own_group_and_never_stalls_the_worker" {
  command = plan

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].logConfiguration.options == {
      awslogs-group         = "/ecs/shop-dev/worker"
      awslogs-region        = "us-east-1"
      awslogs-stream-prefix = "worker"
      mode                  = "non-blocking"
      max-buffer-size       = "25m"
    }
    error_message = "The driver's mode and buffer must be set on purpose."
  }

  assert {
    condition     = aws_cloudwatch_log_group.service.retention_in_days == 14 && aws_cloudwatch_log_group.service.kms_key_id == var.kms_key_arn
    error_message = "The group must be encrypted and forget."
  }
}

run "a_bad_deployment_rolls_back_and_nothing_connects_to_a_task" {
  command = plan

  assert {
    condition     = one(aws_ecs_service.this.deployment_circuit_breaker) == { enable = true, rollback = true }
    error_message = "The circuit breaker must roll back."
  }

  assert {
    condition     = length(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings) == 0 && aws_vpc_security_group_egress_rule.https.to_port == 443
    error_message = "No port is open; the way out is HTTPS."
  }

  assert {
    condition     = !aws_ecs_service.this.enable_execute_command
    error_message = "ECS Exec must be off by default."
  }
}

run "the_task_role_may_do_exactly_this" {
  command = plan

  assert {
    condition = { for s in data.aws_iam_policy_document.task.statement : s.sid => "${join(" ", sort(s.actions))} on ${join(" ", s.resources)}" } == {
      ConsumeOwnQueue      = "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-orders"
      DeadLetterWithReason = "sqs:SendMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-orders-dlq"
      QueueMail            = "sqs:SendMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-mail"
    }
    error_message = "The task role must hold these three statements."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.task_encryption.statement : statement.resources == toset([var.kms_key_arn]) && one(statement.condition).values == tolist(["sqs.us-east-1.amazonaws.com"])])
    error_message = "The key may be used through SQS only."
  }
}

run "the_execution_role_pulls_one_image_and_writes_one_group" {
  command = plan

  assert {
    condition = { for s in data.aws_iam_policy_document.execution.statement : s.sid => join(" ", s.resources) } == {
      LogInToRegistry      = "*"
      PullImage            = "arn:aws:ecr:us-east-1:111122223333:repository/shop-worker"
      WriteContainerOutput = "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/shop-dev/worker:*"
    }
    error_message = "The execution role must be bound to the own repository and group."
  }

  assert {
    condition     = aws_iam_role.task.name == "shop-dev-worker-task" && aws_iam_role.execution.name == "shop-dev-worker-execution"
    error_message = "The two roles must be two."
  }
}

run "only_ecs_of_this_account_takes_the_roles" {
  command = plan

  assert {
    condition     = { for c in one(data.aws_iam_policy_document.trust.statement).condition : c.variable => one(c.values) } == { "aws:SourceAccount" = "111122223333", "aws:SourceArn" = "arn:aws:ecs:us-east-1:111122223333:*" }
    error_message = "The trust must be bound to the account."
  }
}

run "task_protection_is_for_tasks_of_the_own_cluster" {
  command = plan

  variables {
    enable_task_protection = true
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.task.statement : s if s.sid == "ProtectOwnTask"]).resources == toset(["arn:aws:ecs:us-east-1:111122223333:task/shop-dev-cluster/*"])
    error_message = "Protection must not reach other clusters."
  }
}

run "exec_gives_what_it_needs_and_logs_the_session" {
  command = plan

  variables {
    enable_execute_command = true
    exec_log_group_name    = "/ecs/shop-dev"
  }

  assert {
    condition     = !jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.initProcessEnabled
    error_message = "The agent of Exec writes to the root file system and needs an init process."
  }

  assert {
    condition     = length(setintersection(data.aws_iam_policy_document.task.statement[*].sid, ["OpenExecSession", "FindExecLogGroup", "LogExecSession"])) == 3 && contains(data.aws_iam_policy_document.task_encryption.statement[*].sid, "EncryptExecSession")
    error_message = "The session needs its channels, its log and the key."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.task.statement : s if s.sid == "LogExecSession"]).resources == toset(["arn:aws:logs:us-east-1:111122223333:log-group:/ecs/shop-dev:*"])
    error_message = "The session must be logged to the cluster's group."
  }
}

run "spot_alone_is_one_strategy" {
  command = plan

  variables {
    capacity = { fargate_spot = { weight = 1 } }
  }

  assert {
    condition     = one(aws_ecs_service.this.capacity_provider_strategy).capacity_provider == "FARGATE_SPOT"
    error_message = "What is left out must not appear."
  }
}

run "by_default_the_first_task_is_not_on_spot" {
  command = plan

  assert {
    condition     = { for s in aws_ecs_service.this.capacity_provider_strategy : s.capacity_provider => "${s.base} ${s.weight}" } == { FARGATE = "1 1", FARGATE_SPOT = "0 3" }
    error_message = "One task must outlive a shortage of Spot."
  }
}

run "accepts_a_larger_pair_of_cpu_and_memory" {
  command = plan

  variables {
    container_cpu    = 2048
    container_memory = 5120
  }
}

run "refuses_a_pair_that_fargate_does_not_offer" {
  command = plan

  variables {
    container_memory = 4096
  }

  expect_failures = [var.container_memory]
}

run "refuses_cpu_that_fargate_does_not_offer" {
  command = plan

  variables {
    container_cpu = 300
  }

  expect_failures = [var.container_memory]
}

run "refuses_a_tag_in_place_of_a_digest" {
  command = plan

  variables {
    image = { repository = "shop-worker", digest = "latest" }
  }

  expect_failures = [var.image]
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

run "refuses_root" {
  command = plan

  variables {
    user = "0:0"
  }

  expect_failures = [var.user]
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

run "refuses_a_deployment_that_can_replace_nothing" {
  command = plan

  variables {
    deployment = { minimum_healthy_percent = 100, maximum_percent = 100 }
  }

  expect_failures = [var.deployment]
}

run "refuses_more_than_double_during_a_deployment" {
  command = plan

  variables {
    deployment = { maximum_percent = 300 }
  }

  expect_failures = [var.deployment]
}

run "refuses_a_retention_that_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 15
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_a_statement_without_a_proper_sid" {
  command = plan

  variables {
    permissions = { "queue-mail" = { actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:111122223333:q"] } }
  }

  expect_failures = [var.permissions]
}

run "refuses_every_action" {
  command = plan

  variables {
    permissions = { All = { actions = ["sqs:*"], resources = ["arn:aws:sqs:us-east-1:111122223333:q"] } }
  }

  expect_failures = [var.permissions]
}

run "refuses_every_resource" {
  command = plan

  variables {
    permissions = { All = { actions = ["sqs:SendMessage"], resources = ["*"] } }
  }

  expect_failures = [var.permissions]
}

run "refuses_an_environment_that_overrides_the_queue" {
  command = plan

  variables {
    environment = { QUEUE_URL = "https://example.com" }
  }

  expect_failures = [var.environment]
}

run "refuses_exec_without_a_log_for_its_sessions" {
  command = plan

  variables {
    enable_execute_command = true
  }

  expect_failures = [var.exec_log_group_name]
}

run "refuses_a_family_that_leaves_no_room_for_roles" {
  command = plan

  variables {
    family = join("", [for i in range(55) : "f"])
  }

  expect_failures = [var.family]
}

run "secrets_reach_the_container_by_arn_and_the_execution_role_reads_exactly_these" {
  command = plan

  variables {
    secrets = {
      API_TOKEN         = "arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/token"
      DATABASE_PASSWORD = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-dev/database-AbCdEf:password::"
      DATABASE_USER     = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-dev/database-AbCdEf:username::"
    }
    secret_kms_key_arns = ["arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
  }

  assert {
    condition     = tomap({ for entry in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets : entry.name => entry.valueFrom }) == var.secrets
    error_message = "The container must name each secret by its ARN."
  }

  assert {
    condition = { for s in data.aws_iam_policy_document.execution_secrets["read"].statement : s.sid => "${join(" ", s.actions)} on ${join(" ", s.resources)}" } == {
      ReadParameters            = "ssm:GetParameters on arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/token"
      ReadSecrets               = "secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-dev/database-AbCdEf"
      DecryptThroughTheirStores = "kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    }
    error_message = "The execution role must read these secrets and no others."
  }

  assert {
    condition     = one(one([for s in data.aws_iam_policy_document.execution_secrets["read"].statement : s if s.sid == "DecryptThroughTheirStores"]).condition).values == tolist(["secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"])
    error_message = "The key may be used through the two stores only."
  }

  assert {
    condition     = length(setintersection(data.aws_iam_policy_document.task.statement[*].sid, ["ReadParameters", "ReadSecrets"])) == 0
    error_message = "The code in the container may not read the stores itself."
  }
}

run "without_secrets_there_is_no_permission_to_read_any" {
  command = plan

  assert {
    condition     = length(aws_iam_role_policy.execution_secrets) == 0 && !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets)
    error_message = "Nothing must be left over of secrets."
  }
}

run "refuses_a_secret_in_plain_text" {
  command = plan

  variables {
    secrets = { API_TOKEN = "hunter2" }
  }

  expect_failures = [var.secrets]
}

run "refuses_a_secret_arn_with_a_wildcard" {
  command = plan

  variables {
    secrets = { API_TOKEN = "arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/*" }
  }

  expect_failures = [var.secrets]
}

run "refuses_a_secret_arn_without_its_six_characters" {
  command = plan

  variables {
    secrets = { API_TOKEN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:token" }
  }

  expect_failures = [var.secrets]
}

run "refuses_a_secret_that_the_environment_names_too" {
  command = plan

  variables {
    secrets = { NEXT_QUEUE_URL = "arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/url" }
  }

  expect_failures = [var.secrets]
}

run "refuses_a_secret_that_the_module_sets_itself" {
  command = plan

  variables {
    secrets = { QUEUE_URL = "arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/url" }
  }

  expect_failures = [var.secrets]
}

run "refuses_a_secret_with_a_name_that_no_process_can_have" {
  command = plan

  variables {
    secrets = { "API-TOKEN" = "arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/token" }
  }

  expect_failures = [var.secrets]
}

run "refuses_an_alias_in_place_of_a_key" {
  command = plan

  variables {
    secret_kms_key_arns = ["arn:aws:kms:us-east-1:111122223333:alias/shop-dev"]
  }

  expect_failures = [var.secret_kms_key_arns]
}

run "refuses_what_looks_like_a_secret_in_the_plain_environment" {
  command = plan

  variables {
    environment = { DATABASE_PASSWORD = "hunter2" } # pragma: allowlist secret - what the rule refuses
  }

  expect_failures = [var.environment]
}

run "the_key_is_used_through_each_service_for_what_it_needs_there" {
  command = plan

  variables {
    encrypted_services = { dynamodb = ["kms:Decrypt"], s3 = ["kms:Decrypt", "kms:GenerateDataKey"] }
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.task_encryption.statement : one(statement.actions) => one(statement.condition).values } == {
      "kms:Decrypt"         = tolist(["dynamodb.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"])
      "kms:GenerateDataKey" = tolist(["s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"])
    }
    error_message = "Nothing makes data keys for DynamoDB, and nobody uses the key past the services."
  }
}

run "another_use_of_the_key_is_refused" {
  command = plan

  variables {
    encrypted_services = { s3 = ["kms:*"] }
  }

  expect_failures = [var.encrypted_services]
}

run "every_role_carries_the_boundary" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/shop-dev-boundary"
  }

  assert {
    condition     = aws_iam_role.task.permissions_boundary == var.permissions_boundary_arn && aws_iam_role.execution.permissions_boundary == var.permissions_boundary_arn
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
