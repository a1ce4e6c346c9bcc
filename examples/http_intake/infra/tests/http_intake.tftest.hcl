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

# A condition on a value that is not known yet fails the run: so this also proves what the first plan knows.
run "the_api_sends_to_the_queue_of_the_stack_behind_it" {
  command = plan

  assert {
    condition = [output.bucket_name, output.sqs_main_job_triggers_queue_url, output.ecs_cluster_name, output.ecs_api_service_name] == [
      "http-intake-dev-results-111122223333",
      "https://sqs.us-east-1.amazonaws.com/111122223333/http-intake-dev-main-job-triggers",
      "http-intake-dev-cluster",
      "http-intake-dev-api-service",
    ]
    error_message = "Names must follow from project and environment."
  }

  assert {
    condition     = local.token_parameter_arn == "arn:aws:ssm:us-east-1:111122223333:parameter/api/token"
    error_message = "The API must be allowed to read the token's parameter."
  }
}

run "a_second_environment_uses_the_images_of_the_first" {
  command = plan

  variables {
    environment         = "prod"
    create_repositories = false
  }

  assert {
    condition     = length(output.repository_urls) == 0
    error_message = "Repositories are made once an account."
  }
}

run "one_variable_runs_the_api_on_instances" {
  command = plan

  variables {
    capacity = "ec2"
  }

  assert {
    condition     = module.stack.ec2_capacity_provider_name == "http-intake-dev-cluster-instances" && output.ecs_api_service_name == "http-intake-dev-api-on-instances" && module.api.security_group_id == null
    error_message = "The API must run on the cluster's instances, in their group."
  }
}

run "refuses_another_capacity" {
  command = plan

  variables {
    capacity = "lambda"
  }

  expect_failures = [var.capacity]
}

run "refuses_a_parameter_without_a_slash" {
  command = plan

  variables {
    token_parameter = "token"
  }

  expect_failures = [var.token_parameter]
}

run "refuses_more_tasks_than_scaling_allows" {
  command = plan

  variables {
    desired_count = 11
  }

  expect_failures = [var.desired_count]
}

run "refuses_an_image_of_no_service" {
  command = plan

  variables {
    image_digests = { web = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  }

  expect_failures = [var.image_digests]
}

run "refuses_a_tag_in_place_of_a_digest" {
  command = plan

  variables {
    image_digests = { api = "latest" }
  }

  expect_failures = [var.image_digests]
}
