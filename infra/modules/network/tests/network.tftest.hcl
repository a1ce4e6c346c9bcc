# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location = { account_id = "111122223333", region = "eu-central-1" }
  name     = "shop-dev"
}

run "without_nat_tasks_are_in_public_subnets" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_subnet.private) == 0 && output.assign_public_ip
    error_message = "There must be nothing to pay for by the hour."
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => "${subnet.availability_zone} ${subnet.cidr_block}" } == { a = "eu-central-1a 10.0.0.0/21", b = "eu-central-1b 10.0.8.0/21" }
    error_message = "Zones must be those of the region, and their ranges fixed."
  }
}

run "s3_and_dynamodb_have_their_own_way" {
  command = plan

  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.gateway : endpoint.service_name]) == toset(["com.amazonaws.eu-central-1.s3", "com.amazonaws.eu-central-1.dynamodb"])
    error_message = "Both gateway endpoints must exist: they cost nothing."
  }
}

run "the_default_security_group_admits_nothing" {
  command = plan

  assert {
    condition     = length(aws_default_security_group.closed.ingress) == 0 && length(aws_default_security_group.closed.egress) == 0
    error_message = "The default security group must be closed."
  }
}

run "a_single_nat_serves_the_private_subnets_of_all_zones" {
  command = plan

  variables {
    nat = "single"
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["a"] && keys(aws_subnet.private) == ["a", "b"] && !output.assign_public_ip
    error_message = "There must be one NAT gateway and private subnets in both zones."
  }
}

run "a_nat_per_zone_keeps_zones_apart" {
  command = plan

  variables {
    nat   = "per_az"
    zones = ["a", "b", "d"]
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["a", "b", "d"] && length(aws_route_table.private) == 3
    error_message = "Each zone must go out by its own NAT gateway."
  }

  assert {
    condition     = aws_subnet.private["d"].cidr_block == "10.0.152.0/21"
    error_message = "A zone must keep its place in the range, whatever other zones are in use."
  }
}

run "flow_logs_are_off_by_default" {
  command = plan

  assert {
    condition     = length(aws_flow_log.this) == 0 && length(aws_iam_role.flow) == 0
    error_message = "Flow logs cost; nothing of them may exist unasked."
  }
}

run "flow_logs_write_to_an_encrypted_group" {
  command = plan

  variables {
    flow_logs = { retention_days = 30, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
  }

  assert {
    condition     = aws_flow_log.this["vpc"].traffic_type == "REJECT" && aws_flow_log.this["vpc"].log_destination == "arn:aws:logs:eu-central-1:111122223333:log-group:/vpc/shop-dev"
    error_message = "By default what was refused is logged, to the VPC's own group."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow["vpc"].kms_key_id == var.flow_logs.kms_key_arn && aws_cloudwatch_log_group.flow["vpc"].retention_in_days == 30
    error_message = "The group must be encrypted and forget."
  }
}

run "refuses_another_kind_of_nat" {
  command = plan

  variables {
    nat = "some"
  }

  expect_failures = [var.nat]
}

run "refuses_a_single_zone" {
  command = plan

  variables {
    zones = ["a"]
  }

  expect_failures = [var.zones]
}

run "refuses_the_same_zone_twice" {
  command = plan

  variables {
    zones = ["a", "a"]
  }

  expect_failures = [var.zones]
}

run "refuses_what_is_no_range" {
  command = plan

  variables {
    cidr_block = "10.0.0.0"
  }

  expect_failures = [var.cidr_block]
}

run "refuses_a_range_too_small_to_divide" {
  command = plan

  variables {
    cidr_block = "10.0.0.0/24"
  }

  expect_failures = [var.cidr_block]
}

run "refuses_a_retention_that_cloudwatch_does_not_offer" {
  command = plan

  variables {
    flow_logs = { retention_days = 31, kms_key_arn = "k" }
  }

  expect_failures = [var.flow_logs]
}

run "refuses_another_kind_of_traffic" {
  command = plan

  variables {
    flow_logs = { retention_days = 30, kms_key_arn = "k", traffic = "some" }
  }

  expect_failures = [var.flow_logs]
}
