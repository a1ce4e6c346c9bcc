# Offline: a plan of what does not exist yet asks AWS nothing but who we are. The provider is the real one, because
# mocks know no ephemeral resources; for the same reason nothing is drawn.
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

variables {
  draw_secrets      = false
  database_password = "canary-password"
  jwt_secret        = "canary-jwt"
}

# A condition on a value that is not known yet fails the run: so this also proves what the first plan knows.
run "every_name_ends_in_the_suffix" {
  command = plan

  assert {
    condition = [output.clusterName, output.apiEcrUrl, output.workerEcrUrl, output.schedulerEcrUrl, output.triggerQueueUrl] == [
      "cluster-dev",
      "111122223333.dkr.ecr.eu-central-1.amazonaws.com/api-service-dev",
      "111122223333.dkr.ecr.eu-central-1.amazonaws.com/worker-service-dev",
      "111122223333.dkr.ecr.eu-central-1.amazonaws.com/scheduler-service-dev",
      "https://sqs.eu-central-1.amazonaws.com/111122223333/triggers-dev",
    ]
    error_message = "Names must follow from the suffix, and the region must be eu-central-1."
  }

  assert {
    condition = { for name, service in module.service : name => service.log_group_name } == {
      api = "/ecs/api-service-dev", worker = "/ecs/worker-service-dev", scheduler = "/ecs/scheduler-service-dev"
    }
    error_message = "Log groups must be /ecs/<service>-service-<suffix>."
  }
}

run "another_suffix_is_another_stack" {
  command = plan

  variables {
    environment_suffix = "pr7"
  }

  assert {
    condition     = output.clusterName == "cluster-pr7" && module.service["api"].service_name == "api-service-pr7"
    error_message = "Every name must end in the suffix."
  }
}

run "refuses_a_suffix_that_secrets_manager_takes_for_its_own" {
  command = plan

  variables {
    environment_suffix = "review"
  }

  expect_failures = [var.environment_suffix]
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
