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
  secret_arns = {
    DATABASE_URL   = "arn:aws:secretsmanager:us-east-1:111122223333:secret:portal/database-url-AbCdEf"
    OPENAI_API_KEY = "arn:aws:ssm:us-east-1:111122223333:parameter/portal/openai"
  }
}

# A condition on a value that is not known yet fails the run: so this also proves what the first plan knows.
run "a_row_of_the_table_is_a_service_by_its_name" {
  command = plan

  assert {
    condition     = join(" ", keys(module.service)) == "analytics chatbot customer gateway inventory notification order returns salesforce"
    error_message = "There must be nine services."
  }

  assert {
    condition     = alltrue([for name, service in module.service : service.service_name == "customer-order-portal-dev-${name}" && service.log_group_name == "/ecs/customer-order-portal-dev/${name}"])
    error_message = "Services and log groups must be named after their row."
  }

  assert {
    condition     = output.repository_urls["order"] == "111122223333.dkr.ecr.us-east-1.amazonaws.com/customer-portal/order" && length(output.repository_urls) == 9
    error_message = "Images must be in customer-portal/<service>, nine of them."
  }
}

run "each_service_admits_its_callers_and_only_on_its_port" {
  command = plan

  assert {
    condition     = sort([for rule in aws_vpc_security_group_ingress_rule.services : rule.description]) == sort(flatten([for name in ["analytics", "chatbot", "customer", "inventory", "notification", "order", "returns", "salesforce"] : ["${name} from gateway", "${name} from load-balancer", "${name} from services"]]))
    error_message = "Each service must admit gateway, load balancer and services."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.services : rule.from_port == rule.to_port && rule.from_port >= 8001 && rule.from_port <= 8008])
    error_message = "Only the services' own ports may be open."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.gateway.from_port == 8000 && aws_vpc_security_group_egress_rule.database.to_port == 5432
    error_message = "The gateway must listen on 8000, the database on 5432."
  }
}

run "one_variable_stops_the_fleet" {
  command = plan

  variables {
    services_desired_count = 0
  }

  assert {
    condition     = alltrue([for service in module.service : service.scaling == { min_tasks = 0, max_tasks = 0 }])
    error_message = "Nothing may scale a stopped fleet up again."
  }
}

run "refuses_more_tasks_than_may_run" {
  command = plan

  variables {
    services_desired_count = 11
  }

  expect_failures = [var.services_desired_count]
}

run "refuses_bounds_the_wrong_way_round" {
  command = plan

  variables {
    services_desired_count = 0
    min_capacity           = 3
    max_capacity           = 2
  }

  expect_failures = [var.max_capacity]
}

run "refuses_a_secret_that_no_row_names" {
  command = plan

  variables {
    secret_arns = { DATABASE_URI = "arn:aws:ssm:us-east-1:111122223333:parameter/portal/uri" }
  }

  expect_failures = [var.secret_arns]
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
    image_digests = { order = "latest" }
  }

  expect_failures = [var.image_digests]
}

run "refuses_an_environment_with_a_dash" {
  command = plan

  variables {
    environment = "my-dev"
  }

  expect_failures = [var.environment]
}
