# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location       = { account_id = "111122223333", region = "us-east-1" }
  family         = "shop-dev-api"
  service_name   = "shop-dev-api-service"
  container_name = "api"
  cluster_name   = "shop-dev-cluster"
  cluster_arn    = "arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"
  kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  image          = { repository = "shop-api", digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" }
  environment    = { ENVIRONMENT = "dev" }
  port           = 8080
  network        = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0abc"], assign_public_ip = false }
  load_balancer = {
    listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shop-dev/0123456789abcdef/0123456789abcdef"
    security_group_id = "sg-0balancer"
    arn_suffix        = "app/shop-dev/0123456789abcdef"
    path_patterns     = ["/orders", "/orders/*"]
    priority          = 10
  }
  log_group_name = "/ecs/shop-dev/api"
}

run "the_container_is_told_its_port_and_listens_there" {
  command = plan

  assert {
    condition     = { for pair in module.service.container.environment : pair.name => pair.value } == { AWS_REGION = "us-east-1", ENVIRONMENT = "dev", PORT = "8080", SERVICE_NAME = "api" }
    error_message = "The environment must be exactly this."
  }

  assert {
    condition     = module.service.container.portMappings[0].containerPort == 8080 && module.service.network_mode == "awsvpc"
    error_message = "On Fargate the task's address is its own."
  }

  assert {
    condition     = module.service.container.stopTimeout == 60
    error_message = "A task must have time to answer what it has."
  }
}

run "requests_reach_the_tasks_by_path" {
  command = plan

  assert {
    condition     = aws_lb_target_group.tasks["on"].target_type == "ip" && aws_lb_target_group.tasks["on"].port == 8080 && aws_lb_target_group.tasks["on"].vpc_id == "vpc-0abc"
    error_message = "The group must hold addresses of tasks."
  }

  assert {
    condition     = aws_lb_listener_rule.tasks["on"].priority == 10 && one(one(aws_lb_listener_rule.tasks["on"].condition).path_pattern).values == toset(["/orders", "/orders/*"])
    error_message = "The rule must send these paths here, and no others."
  }

  assert {
    condition     = one(aws_lb_target_group.tasks["on"].health_check).path == "/health" && one(aws_lb_target_group.tasks["on"].health_check).matcher == "200"
    error_message = "A task is well when it says so."
  }

  assert {
    condition     = tonumber(aws_lb_target_group.tasks["on"].deregistration_delay) == 30
    error_message = "A task that leaves must have time to answer."
  }
}

run "only_the_load_balancer_and_named_callers_reach_the_port" {
  command = plan

  variables {
    caller_security_group_ids = { gateway = "sg-0gateway" }
    egress                    = { database = { port = 5432, security_group_id = "sg-0database" } }
  }

  assert {
    condition = [for rule in [aws_vpc_security_group_ingress_rule.load_balancer["own"], aws_vpc_security_group_ingress_rule.callers["gateway"]] :
      "${rule.ip_protocol} ${rule.from_port}-${rule.to_port} of ${rule.referenced_security_group_id}"
    ] == ["tcp 8080-8080 of sg-0balancer", "tcp 8080-8080 of sg-0gateway"]
    error_message = "The port is open for two groups, and for no address."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.https["own"].to_port == 443 && aws_vpc_security_group_egress_rule.other["database"].to_port == 5432 && aws_vpc_security_group_egress_rule.other["database"].referenced_security_group_id == "sg-0database"
    error_message = "The ways out are AWS and what is named."
  }
}

run "shared_groups_are_taken_as_they_are" {
  command = plan

  variables {
    security_group_ids = ["sg-0shared"]
  }

  assert {
    condition     = length(aws_security_group.tasks) + length(aws_vpc_security_group_egress_rule.https) + length(aws_vpc_security_group_ingress_rule.load_balancer) == 0 && output.security_group_id == null
    error_message = "No group and no rule is made."
  }
}

run "a_host_may_decide_in_place_of_a_path" {
  command = plan

  variables {
    load_balancer = {
      listener_arn      = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shop-dev/0123456789abcdef/0123456789abcdef"
      security_group_id = "sg-0balancer"
      arn_suffix        = "app/shop-dev/0123456789abcdef"
      hosts             = ["api.example.com"]
      priority          = 20
    }
  }

  assert {
    condition     = one(one(aws_lb_listener_rule.tasks["on"].condition).host_header).values == toset(["api.example.com"])
    error_message = "The rule must hold the host alone."
  }
}

run "without_a_load_balancer_there_is_none_of_it" {
  command = plan

  variables {
    load_balancer             = null
    caller_security_group_ids = { gateway = "sg-0gateway" }
    discovery                 = { namespace_id = "ns-0123456789abcdef", name = "orders" }
  }

  assert {
    condition     = output.target_group_arn == null && length(aws_lb_listener_rule.tasks) + length(aws_vpc_security_group_ingress_rule.load_balancer) == 0
    error_message = "Only what is asked for is made."
  }

  assert {
    condition     = aws_service_discovery_service.tasks["on"].name == "orders" && one(aws_service_discovery_service.tasks["on"].dns_config).namespace_id == "ns-0123456789abcdef" && one(one(aws_service_discovery_service.tasks["on"].dns_config).dns_records).type == "A"
    error_message = "Other services must find the tasks by name."
  }
}

run "one_to_ten_tasks_follow_cpu_and_memory" {
  command = plan

  assert {
    condition     = [module.service.scalable_target.min_capacity, module.service.scalable_target.max_capacity] == [1, 10]
    error_message = "The bounds must be 1 and 10."
  }

  assert {
    condition = { for name, policy in aws_appautoscaling_policy.tracking : name => [
      for tracking in policy.target_tracking_scaling_policy_configuration :
      "${one(tracking.predefined_metric_specification).predefined_metric_type} ${tracking.target_value} ${tracking.scale_out_cooldown} ${tracking.scale_in_cooldown}"
      ][0] } == {
      cpu    = "ECSServiceAverageCPUUtilization 70 60 300"
      memory = "ECSServiceAverageMemoryUtilization 70 60 300"
    }
    error_message = "70 %, out after 60 s, in after 300 s: by CPU and by memory."
  }
}

run "requests_per_task_may_count_too" {
  command = plan

  variables {
    scaling = { memory_target_percent = 0, requests_per_minute_and_task = 600 }
  }

  assert {
    condition     = sort(keys(aws_appautoscaling_policy.tracking)) == tolist(["cpu", "requests"]) && one(aws_appautoscaling_policy.tracking["requests"].target_tracking_scaling_policy_configuration).target_value == 600
    error_message = "A policy for each target, and none for what has none."
  }
}

run "one_variable_puts_the_service_to_sleep" {
  command = plan

  variables {
    desired_count = 0
    enable_alarms = true
    alarm_actions = ["arn:aws:sns:us-east-1:111122223333:shop-dev-alerts"]
  }

  assert {
    condition     = output.scaling == { min_tasks = 0, max_tasks = 0 } && length(aws_appautoscaling_policy.tracking) == 0
    error_message = "Scaling must not wake it."
  }

  assert {
    condition     = sort(output.alarm_names) == tolist(["shop-dev-api-cpu", "shop-dev-api-memory"])
    error_message = "No alarm must call for what sleeps on purpose."
  }
}

run "on_instances_the_group_holds_instances_and_the_task_no_group" {
  command = plan

  variables {
    capacity         = { ec2 = { provider_name = "shop-dev-instances" } }
    container_memory = 384
  }

  assert {
    condition     = aws_lb_target_group.tasks["on"].target_type == "instance" && module.service.container.portMappings[0].hostPort == 0 && module.service.network_mode == "bridge"
    error_message = "Tasks must be reached by free ports of their instances."
  }

  assert {
    condition     = module.service.capacity == { shop-dev-instances = "0 1" } && length(aws_security_group.tasks) == 0
    error_message = "The service must run on the provider, in the instances' group."
  }
}

run "another_kind_of_target_is_another_group" {
  command = plan

  variables {
    family = "shop-dev-a-name-that-is-longer-than-32-characters"
  }

  assert {
    condition     = length(aws_lb_target_group.tasks["on"].name) <= 32 && startswith(aws_lb_target_group.tasks["on"].name, "shop-dev-a-name-that-is-") && aws_lb_target_group.tasks["on"].name != "${substr(var.family, 0, 23)}-${substr(sha1("${var.family} 8080 instance"), 0, 8)}"
    error_message = "The name must fit, and differ where the group is replaced: both are there for a moment."
  }
}

run "refuses_a_priority_beyond_those_of_listeners" {
  command = plan

  variables {
    load_balancer = { listener_arn = "a", security_group_id = "sg-0", arn_suffix = "app/a/b", path_patterns = ["/*"], priority = 0 }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_rule_for_nothing" {
  command = plan

  variables {
    load_balancer = { listener_arn = "a", security_group_id = "sg-0", arn_suffix = "app/a/b", priority = 1 }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_path_that_begins_nowhere" {
  command = plan

  variables {
    load_balancer = { listener_arn = "a", security_group_id = "sg-0", arn_suffix = "app/a/b", path_patterns = ["orders"], priority = 1 }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_health_check_that_waits_past_the_next" {
  command = plan

  variables {
    load_balancer = { listener_arn = "a", security_group_id = "sg-0", arn_suffix = "app/a/b", path_patterns = ["/*"], priority = 1, health_check_timeout_seconds = 15 }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_to_drop_the_requests_of_a_task_that_leaves" {
  command = plan

  variables {
    load_balancer = { listener_arn = "a", security_group_id = "sg-0", arn_suffix = "app/a/b", path_patterns = ["/*"], priority = 1, deregistration_delay_seconds = 0 }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_discovery_of_tasks_without_addresses" {
  command = plan

  variables {
    capacity  = { ec2 = { provider_name = "shop-dev-instances" } }
    discovery = { namespace_id = "ns-0123456789abcdef" }
  }

  expect_failures = [var.discovery]
}

run "refuses_rules_of_a_group_that_is_not_made" {
  command = plan

  variables {
    security_group_ids = ["sg-0shared"]
    egress             = { database = { port = 5432, security_group_id = "sg-0database" } }
  }

  expect_failures = [var.security_group_ids]
}

run "refuses_a_port_below_1024" {
  command = plan

  variables {
    port = 443
  }

  expect_failures = [var.port]
}

run "refuses_another_port_by_the_environment" {
  command = plan

  variables {
    environment = { PORT = "9000" }
  }

  expect_failures = [var.environment]
}

run "refuses_a_count_outside_its_bounds" {
  command = plan

  variables {
    desired_count = 11
  }

  expect_failures = [var.desired_count]
}

run "refuses_bounds_that_let_the_service_sleep_and_never_wake" {
  command = plan

  variables {
    scaling = { min_tasks = 0 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_target_that_is_never_reached" {
  command = plan

  variables {
    scaling = { cpu_target_percent = 100 }
  }

  expect_failures = [var.scaling]
}

run "refuses_a_cooldown_of_two_hours" {
  command = plan

  variables {
    scaling = { scale_in_cooldown_seconds = 7200 }
  }

  expect_failures = [var.scaling]
}

run "refuses_to_count_requests_without_a_load_balancer" {
  command = plan

  variables {
    load_balancer = null
    scaling       = { requests_per_minute_and_task = 600 }
  }

  expect_failures = [var.scaling]
}

run "refuses_instances_beside_fargate" {
  command = plan

  variables {
    capacity = { ec2 = { provider_name = "shop-dev-instances" }, fargate = { weight = 1 } }
  }

  expect_failures = [var.capacity]
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
