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

run "there_are_no_data_subnets_unasked" {
  command = plan

  assert {
    condition     = length(aws_subnet.data) == 0 && length(aws_route_table.data) == 0 && output.data_subnet_ids == []
    error_message = "Networks that are there must stay as they are."
  }
}

run "data_subnets_lead_nowhere" {
  command = apply

  variables {
    nat          = "single"
    data_subnets = true
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.data : zone => subnet.cidr_block } == { a = "10.0.192.0/21", b = "10.0.200.0/21" }
    error_message = "Each zone must have its data subnet, in the last quarter of the range."
  }

  assert {
    condition     = alltrue([for association in aws_route_table_association.data : association.route_table_id == aws_route_table.data["data"].id])
    error_message = "Data subnets must have the table without a route."
  }

  assert {
    condition     = !contains(concat([aws_route.public_internet.route_table_id], [for route in aws_route.private_internet : route.route_table_id], flatten([for endpoint in aws_vpc_endpoint.gateway : endpoint.route_table_ids])), aws_route_table.data["data"].id)
    error_message = "No route and no endpoint may lead out of the data subnets."
  }

  assert {
    condition     = output.data_subnet_ids == [aws_subnet.data["a"].id, aws_subnet.data["b"].id] && !contains(output.task_subnet_ids, aws_subnet.data["a"].id)
    error_message = "Tasks must not be where data is."
  }
}

run "given_ranges_are_taken_as_they_are" {
  command = plan

  variables {
    nat          = "per_az"
    data_subnets = true
    subnet_cidr_blocks = {
      public  = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
      private = { a = "10.0.11.0/24", b = "10.0.12.0/24" }
    }
  }

  assert {
    condition     = [for subnets in [aws_subnet.public, aws_subnet.private] : [for zone in ["a", "b"] : subnets[zone].cidr_block]] == [["10.0.1.0/24", "10.0.2.0/24"], ["10.0.11.0/24", "10.0.12.0/24"]]
    error_message = "Subnets must have the ranges that are given."
  }

  assert {
    condition     = aws_subnet.data["a"].cidr_block == "10.0.192.0/21"
    error_message = "A kind that is left out must keep its own ranges."
  }
}

run "refuses_ranges_for_other_zones" {
  command = plan

  variables {
    subnet_cidr_blocks = { public = { a = "10.0.1.0/24", c = "10.0.2.0/24" } }
  }

  expect_failures = [var.subnet_cidr_blocks]
}

run "refuses_a_range_that_another_subnet_has" {
  command = plan

  variables {
    nat                = "single"
    subnet_cidr_blocks = { public = { a = "10.0.1.0/24", b = "10.0.130.0/24" } }
  }

  expect_failures = [aws_vpc.this]
}

run "refuses_a_range_outside_the_vpc" {
  command = plan

  variables {
    subnet_cidr_blocks = { public = { a = "10.0.1.0/24", b = "10.1.2.0/24" } }
  }

  expect_failures = [var.subnet_cidr_blocks]
}

run "refuses_a_range_larger_than_the_vpc" {
  command = plan

  variables {
    subnet_cidr_blocks = { public = { a = "10.0.1.0/24", b = "10.0.0.0/8" } }
  }

  expect_failures = [var.subnet_cidr_blocks]
}

run "refuses_a_range_that_begins_in_its_middle" {
  command = plan

  variables {
    subnet_cidr_blocks = { public = { a = "10.0.1.0/24", b = "10.0.2.7/24" } }
  }

  expect_failures = [var.subnet_cidr_blocks]
}

run "refuses_what_is_no_range_for_a_subnet" {
  command = plan

  variables {
    subnet_cidr_blocks = { public = { a = "10.0.1.0/24", b = "second" } }
  }

  expect_failures = [var.subnet_cidr_blocks]
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

run "interface_endpoints_are_off_by_default" {
  command = plan

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0
    error_message = "Interface endpoints cost by the hour; nothing of them may exist unasked."
  }
}

run "interface_endpoints_take_over_aws_names_and_admit_https_from_the_vpc_alone" {
  command = apply

  variables {
    nat                 = "single"
    interface_endpoints = ["sqs", "ecr.api"]
  }

  assert {
    condition     = { for name, endpoint in aws_vpc_endpoint.interface : name => endpoint.service_name } == { sqs = "com.amazonaws.eu-central-1.sqs", "ecr.api" = "com.amazonaws.eu-central-1.ecr.api" }
    error_message = "Each service must have its endpoint of the region."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled])
    error_message = "AWS's usual names must lead to the endpoints."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.subnet_ids == toset(values(aws_subnet.private)[*].id) && endpoint.security_group_ids == toset([aws_security_group.endpoints["interface"].id])])
    error_message = "Endpoints must be where tasks are, in a group of their own."
  }

  assert {
    condition     = one([for rule in aws_vpc_security_group_ingress_rule.endpoints : [rule.cidr_ipv4, rule.ip_protocol, rule.from_port, rule.to_port]]) == ["10.0.0.0/16", "tcp", 443, 443]
    error_message = "HTTPS from inside the VPC must be all that is let in."
  }
}

run "interface_endpoints_are_in_public_subnets_where_tasks_are_there" {
  command = apply

  variables {
    interface_endpoints = ["sqs"]
  }

  assert {
    condition     = aws_vpc_endpoint.interface["sqs"].subnet_ids == toset(values(aws_subnet.public)[*].id)
    error_message = "Endpoints must be where tasks are."
  }
}

run "refuses_a_whole_name_of_an_endpoint" {
  command = plan

  variables {
    interface_endpoints = ["com.amazonaws.eu-central-1.sqs"]
  }

  expect_failures = [var.interface_endpoints]
}

run "refuses_to_pay_for_what_is_free" {
  command = plan

  variables {
    interface_endpoints = ["sqs", "s3"]
  }

  expect_failures = [var.interface_endpoints]
}

run "refuses_the_same_endpoint_twice" {
  command = plan

  variables {
    interface_endpoints = ["sqs", "sqs"]
  }

  expect_failures = [var.interface_endpoints]
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

run "every_role_carries_the_boundary" {
  command = plan

  variables {
    flow_logs                = { retention_days = 14, kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
    permissions_boundary_arn = "arn:aws:iam::111122223333:policy/shop-dev-boundary"
  }

  assert {
    condition     = aws_iam_role.flow["vpc"].permissions_boundary == var.permissions_boundary_arn
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
