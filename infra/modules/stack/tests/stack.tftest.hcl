# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
}

variables {
  project_name = "shop"
  environment  = "dev"
  image_digests = {
    main_job       = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
    background_job = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
  }
}

run "instances_are_in_the_tasks_network_where_they_are_asked_for" {
  command = plan

  variables {
    ec2_capacity = { max_instances = 2 }
  }

  assert {
    condition     = output.ec2_capacity_provider_name == "shop-dev-cluster-instances"
    error_message = "Web services must be able to name the provider."
  }
}

run "scaling_is_told_where_it_is_asked_for" {
  command = plan

  variables {
    scaling_notices = true
  }

  assert {
    condition     = [output.sqs_main_job_triggers_queue_arn, output.ecs_cluster_arn] == ["arn:aws:sqs:us-east-1:111122223333:shop-dev-main-job-triggers", "arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"]
    error_message = "ARNs must follow from names."
  }

  assert {
    condition     = length(module.alerting.scaling_rule_names) == 3
    error_message = "The topic must be told of scaling."
  }
}

# A condition on a value that is not known yet fails the run: so this also proves what the first plan knows.
run "the_first_plan_knows_every_name_and_address" {
  command = plan

  assert {
    condition = {
      triggers  = output.sqs_main_job_triggers_queue_url
      jobs      = output.sqs_background_jobs_queue_url
      dead      = output.sqs_main_job_triggers_dlq_url
      dead_jobs = output.sqs_background_jobs_dlq_url
      } == {
      triggers  = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-main-job-triggers"
      jobs      = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-background-jobs"
      dead      = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-main-job-triggers-dlq"
      dead_jobs = "https://sqs.us-east-1.amazonaws.com/111122223333/shop-dev-background-jobs-dlq"
    }
    error_message = "Queue URLs must follow from names."
  }

  assert {
    condition = [
      output.ecs_cluster_name, output.ecs_main_job_service_name, output.ecs_background_job_service_name,
      output.ledger_table_name, output.results_bucket_name, output.sns_alerts_topic_arn,
      ] == [
      "shop-dev-cluster", "shop-dev-main-job-service", "shop-dev-background-job-service",
      "shop-dev-ledger", "shop-dev-results-111122223333", "arn:aws:sns:us-east-1:111122223333:shop-dev-alerts",
    ]
    error_message = "Names must follow from project and environment."
  }

  assert {
    condition = [
      output.cloudwatch_log_group_ecs, output.cloudwatch_log_group_main_job,
      output.cloudwatch_log_group_background_job, output.cloudwatch_log_group_custom_processing,
      ] == [
      "/ecs/shop-dev", "/ecs/shop-dev/main-job", "/ecs/shop-dev/background-job", "/ecs/shop-dev/custom-processing",
    ]
    error_message = "Log groups must be below /ecs/<prefix>."
  }

  assert {
    condition = [output.ecr_main_job_repository_url, output.ecr_background_job_repository_url] == [
      "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop-main-job", "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop-background-job",
    ]
    error_message = "Repositories belong to the project, not to the environment."
  }
}

run "a_given_network_is_used_and_none_is_made" {
  command = plan

  variables {
    existing_network = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0abc", "subnet-0def"] }
  }

  assert {
    condition     = length(module.network) == 0 && local.task_network == { vpc_id = "vpc-0abc", subnet_ids = tolist(["subnet-0abc", "subnet-0def"]), assign_public_ip = false }
    error_message = "Tasks must run in the given subnets, and no VPC may be made."
  }
}

run "endpoints_are_for_what_tasks_call" {
  command = plan

  variables {
    network = { interface_endpoints = true }
  }

  assert {
    condition     = module.network["own"].private_services == ["ecr.api", "ecr.dkr", "logs", "sqs"]
    error_message = "Images, logs and queues must be reached by private addresses."
  }
}

run "exec_sessions_and_secrets_have_endpoints_too" {
  command = plan

  variables {
    network                = { interface_endpoints = true }
    enable_execute_command = true
    secrets                = { main_job = { API_TOKEN = "arn:aws:ssm:us-east-1:111122223333:parameter/shop/dev/token" } }
  }

  assert {
    condition     = module.network["own"].private_services == ["ecr.api", "ecr.dkr", "logs", "sqs", "ssm", "ssmmessages"]
    error_message = "A shell goes through Session Manager, and Fargate fetches secrets from where they are."
  }
}

run "accepts_every_option_at_once" {
  command = plan

  variables {
    environment            = "staging"
    trigger_producer_arns  = ["arn:aws:iam::444455556666:role/producer"]
    network                = { nat = "per_az", flow_logs = true, interface_endpoints = true }
    container_cpu          = 1024
    container_memory       = 2048
    desired_count          = 0
    min_tasks              = 0
    max_tasks              = 3
    scaling                = { background_job = { acceptable_wait_seconds = 300, mean_job_seconds = 20 } }
    alert_email            = "oncall@example.com"
    enable_execute_command = true
    fault_injection        = "on"
    deletion_protection    = false
  }
}

run "accepts_the_longest_name_that_fits" {
  command = plan

  variables {
    project_name = "a-name-of-just-thirty-five-letters1"
  }
}

run "refuses_names_too_long_for_a_role" {
  command = plan

  variables {
    project_name = "a-name-of-one-more-than-thirty-five1"
  }

  expect_failures = [var.project_name]
}

run "refuses_capitals_in_the_project_name" {
  command = plan

  variables {
    project_name = "Shop"
  }

  expect_failures = [var.project_name]
}

run "refuses_the_name_of_the_shared_root" {
  command = plan

  variables {
    environment = "shared"
  }

  expect_failures = [var.environment]
}

run "refuses_an_environment_with_a_dash" {
  command = plan

  variables {
    environment = "dev-1"
  }

  expect_failures = [var.environment]
}

run "refuses_a_tag_in_place_of_a_digest" {
  command = plan

  variables {
    image_digests = { main_job = "latest", background_job = "latest" }
  }

  expect_failures = [var.image_digests]
}

run "refuses_faults_in_prod" {
  command = plan

  variables {
    environment     = "prod"
    fault_injection = "on"
  }

  expect_failures = [var.fault_injection]
}

run "refuses_another_word_for_faults" {
  command = plan

  variables {
    fault_injection = "maybe"
  }

  expect_failures = [var.fault_injection]
}

run "refuses_more_attempts_than_receives_allow" {
  command = plan

  variables {
    max_attempts = 21
  }

  expect_failures = [var.max_attempts]
}

run "refuses_a_network_without_subnets" {
  command = plan

  variables {
    existing_network = { vpc_id = "vpc-0abc", subnet_ids = [] }
  }

  expect_failures = [var.existing_network]
}

run "each_alarm_gets_its_threshold_and_its_own_part_of_the_runbooks" {
  command = plan

  variables {
    alarm_thresholds = { errors = 7, background_queue_messages = 500 }
  }

  assert {
    condition     = [for name, alarms in local.service_alarms : "${name} ${alarms.errors} ${alarms.cpu_percent} ${alarms.runbook} ${alarms.dropped_log_lines}"] == ["background-job 7 80 docs/runbooks.md#background-job true", "main-job 7 80 docs/runbooks.md#main-job false"]
    error_message = "What is not given must keep its default."
  }

  assert {
    condition     = local.queue_alarms.jobs.depth == { messages = 500, minutes = 15 } && [for alarms in values(local.queue_alarms) : alarms.oldest_message_seconds] == [1800, 900]
    error_message = "Only the background queue has an alarm on its depth; jobs may take longer than triggers."
  }

  assert {
    condition     = length(setunion(module.trigger_queue.alarm_names, module.main_job.alarm_names, module.background_queue.alarm_names, module.background_job.alarm_names)) == 16
    error_message = "Both queues and both services must have their alarms."
  }
}

run "refuses_an_age_that_a_long_job_reaches" {
  command = plan

  variables {
    alarm_thresholds = { background_job_age_seconds = 900 }
  }

  expect_failures = [var.alarm_thresholds]
}

run "refuses_to_begin_below_the_least_tasks" {
  command = plan

  variables {
    desired_count = 0
  }

  expect_failures = [var.desired_count]
}

run "refuses_to_begin_above_the_most_tasks" {
  command = plan

  variables {
    desired_count = 4
    max_tasks     = 3
  }

  expect_failures = [var.desired_count]
}

run "each_service_gets_its_own_target_within_the_same_bounds" {
  command = plan

  variables {
    min_tasks = 0
    max_tasks = 5
    scaling   = { background_job = { acceptable_wait_seconds = 300, mean_job_seconds = 20 } }
  }

  assert {
    condition = {
      main_job       = module.main_job.scaling
      background_job = module.background_job.scaling
      } == {
      main_job       = { min_tasks = 0, max_tasks = 5, target_backlog_per_task = 9600 }
      background_job = { min_tasks = 0, max_tasks = 5, target_backlog_per_task = 240 }
    }
    error_message = "Bounds are shared; 60 s / 0.05 s * 8 for the main job, 300 s / 20 s * 16 for the background job."
  }
}

run "what_github_deploys_admits_the_roles_that_shared_makes" {
  command = plan

  variables {
    deployed_by_github    = true
    trigger_producer_arns = ["arn:aws:iam::111122223333:user/operator"]
  }

  assert {
    condition     = local.permissions_boundary_arn == "arn:aws:iam::111122223333:policy/shop-dev-boundary"
    error_message = "The boundary's ARN must follow from project and environment."
  }

  assert {
    condition     = join(" ", local.trigger_senders) == "arn:aws:iam::111122223333:user/operator arn:aws:iam::111122223333:role/shop-github-apply-dev arn:aws:iam::111122223333:role/shop-github-load-dev"
    error_message = "This environment's deployer and load test, and no other's, may send triggers beside the producers."
  }
}

run "what_github_does_not_deploy_names_nothing_of_its" {
  command = plan

  assert {
    condition     = local.permissions_boundary_arn == null
    error_message = "Without GitHub's access there is no boundary to name."
  }

  assert {
    condition     = length(local.trigger_senders) == 0
    error_message = "SQS refuses a policy that names a role which is not there."
  }
}

run "refuses_an_environment_named_like_githubs_roles" {
  command = plan

  variables {
    environment = "github"
  }

  expect_failures = [var.environment]
}
