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

run "a_bad_deployment_rolls_back" {
  command = plan

  assert {
    condition     = one(aws_ecs_service.fargate["on"].deployment_circuit_breaker) == { enable = true, rollback = true }
    error_message = "The circuit breaker must roll back."
  }

  assert {
    condition     = !aws_ecs_service.fargate["on"].enable_execute_command
    error_message = "ECS Exec must be off by default."
  }
}

run "the_task_role_may_do_exactly_this" {
  command = plan

  assert {
    condition = { for s in data.aws_iam_policy_document.task["on"].statement : s.sid => "${join(" ", sort(s.actions))} on ${join(" ", s.resources)}" } == {
      QueueMail = "sqs:SendMessage on arn:aws:sqs:us-east-1:111122223333:shop-dev-mail"
    }
    error_message = "The task role must hold what it is given, and nothing else."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.task_encryption["on"].statement : statement.resources == toset([var.kms_key_arn]) && one(statement.condition).values == tolist(["sqs.us-east-1.amazonaws.com"])])
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
    condition     = one([for s in data.aws_iam_policy_document.task["on"].statement : s if s.sid == "ProtectOwnTask"]).resources == toset(["arn:aws:ecs:us-east-1:111122223333:task/shop-dev-cluster/*"])
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
    condition     = length(setintersection(data.aws_iam_policy_document.task_exec["on"].statement[*].sid, ["OpenExecSession", "FindExecLogGroup", "LogExecSession", "EncryptExecSession"])) == 4
    error_message = "The session needs its channels, its log and the key."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.task_exec["on"].statement : s if s.sid == "LogExecSession"]).resources == toset(["arn:aws:logs:us-east-1:111122223333:log-group:/ecs/shop-dev:*"])
    error_message = "The session must be logged to the cluster's group."
  }
}

run "spot_alone_is_one_strategy" {
  command = plan

  variables {
    capacity = { FARGATE_SPOT = { weight = 1 } }
  }

  assert {
    condition     = one(aws_ecs_service.fargate["on"].capacity_provider_strategy).capacity_provider == "FARGATE_SPOT"
    error_message = "What is left out must not appear."
  }
}

run "capacity_reaches_the_service" {
  command = plan

  assert {
    condition     = { for s in aws_ecs_service.fargate["on"].capacity_provider_strategy : s.capacity_provider => "${s.base} ${s.weight}" } == { FARGATE = "1 1", FARGATE_SPOT = "0 3" }
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
    capacity = { FARGATE = { base = 1, weight = 1 }, FARGATE_SPOT = { base = 1, weight = 1 } }
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
    condition     = length(setintersection(data.aws_iam_policy_document.task["on"].statement[*].sid, ["ReadParameters", "ReadSecrets"])) == 0
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
    encrypted_services = { dynamodb = ["kms:Decrypt"], s3 = ["kms:Decrypt", "kms:GenerateDataKey"], sqs = ["kms:Decrypt", "kms:GenerateDataKey"] }
  }

  assert {
    condition = { for statement in data.aws_iam_policy_document.task_encryption["on"].statement : one(statement.actions) => one(statement.condition).values } == {
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

run "a_port_is_mapped_to_itself_on_fargate" {
  command = plan

  variables {
    ports         = [8080]
    load_balancer = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/0123456789abcdef", port = 8080, grace_seconds = 30 }
    registry      = { arn = "arn:aws:servicediscovery:us-east-1:111122223333:service/srv-0123456789abcdef" }
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [{ containerPort = 8080, hostPort = 8080, protocol = "tcp" }]
    error_message = "The task has its own address."
  }

  assert {
    condition     = one(aws_ecs_service.fargate["on"].load_balancer).container_port == 8080 && aws_ecs_service.fargate["on"].health_check_grace_period_seconds == 30
    error_message = "The tasks must join the target group, and have time to start."
  }

  assert {
    condition     = one(aws_ecs_service.fargate["on"].service_registries).registry_arn == var.registry.arn
    error_message = "The tasks' addresses must be kept in Cloud Map."
  }
}

run "on_instances_tasks_share_their_network_and_take_a_free_port" {
  command = plan

  variables {
    on_instances       = true
    container_memory   = 384
    capacity           = { shop-dev-instances = { weight = 1 } }
    network            = null
    security_group_ids = []
    ports              = [8080]
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [{ containerPort = 8080, hostPort = 0, protocol = "tcp" }]
    error_message = "Several tasks must fit on one instance."
  }

  assert {
    condition     = aws_ecs_task_definition.this.network_mode == "bridge" && aws_ecs_task_definition.this.requires_compatibilities == toset(["EC2"])
    error_message = "The task must be for instances."
  }

  assert {
    condition     = length(aws_ecs_service.fargate) == 0 && one(aws_ecs_service.instances["on"].capacity_provider_strategy).capacity_provider == "shop-dev-instances" && one(aws_ecs_service.instances["on"].deployment_circuit_breaker) == { enable = true, rollback = true }
    error_message = "The service must be the one on instances, and roll back as the other."
  }

  assert {
    condition     = output.service_name == "shop-dev-worker-service" && aws_appautoscaling_target.this.resource_id == "service/shop-dev-cluster/shop-dev-worker-service"
    error_message = "Both kinds of service must scale."
  }
}

run "a_task_that_may_do_nothing_has_no_policy" {
  command = plan

  variables {
    permissions        = {}
    encrypted_services = {}
  }

  assert {
    condition     = length(aws_iam_role_policy.task) + length(aws_iam_role_policy.task_encryption) + length(aws_iam_role_policy.task_exec) == 0
    error_message = "IAM takes no empty policy."
  }
}

run "a_container_without_a_check_of_its_own_has_none" {
  command = plan

  assert {
    condition     = !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck)
    error_message = "Then the load balancer alone decides."
  }
}

run "refuses_a_health_check_that_docker_does_not_know" {
  command = plan

  variables {
    health_check = { command = ["curl", "localhost"] }
  }

  expect_failures = [var.health_check]
}

run "refuses_a_port_below_1024" {
  command = plan

  variables {
    ports = [80]
  }

  expect_failures = [var.ports]
}

run "refuses_a_target_group_on_a_port_that_is_not_open" {
  command = plan

  variables {
    load_balancer = { target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/0123456789abcdef", port = 8080, grace_seconds = 30 }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_fargate_without_a_network" {
  command = plan

  variables {
    network = null
  }

  expect_failures = [var.network]
}

run "refuses_a_registry_of_tasks_without_addresses" {
  command = plan

  variables {
    on_instances = true
    capacity     = { shop-dev-instances = { weight = 1 } }
    network      = null
    registry     = { arn = "arn:aws:servicediscovery:us-east-1:111122223333:service/srv-0123456789abcdef" }
  }

  expect_failures = [var.registry]
}

run "refuses_instances_beside_fargate" {
  command = plan

  variables {
    capacity = { shop-dev-instances = { weight = 1 } }
  }

  expect_failures = [var.capacity]
}

run "refuses_a_stop_beyond_two_minutes" {
  command = plan

  variables {
    stop_timeout_seconds = 121
  }

  expect_failures = [var.stop_timeout_seconds]
}

run "refuses_a_key_that_is_only_read_with" {
  command = plan

  variables {
    encrypted_services = { dynamodb = ["kms:Decrypt"] }
  }

  expect_failures = [var.encrypted_services]
}

run "refuses_more_tasks_at_least_than_at_most" {
  command = plan

  variables {
    scaling = { min_tasks = 2, max_tasks = 1 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_count_outside_its_bounds" {
  command = plan

  variables {
    desired_count = 11
  }

  expect_failures = [var.desired_count]
}
