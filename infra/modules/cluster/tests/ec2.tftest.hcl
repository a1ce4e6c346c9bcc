# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::111122223333:instance-profile/shop-dev-cluster-instances" }
  }

  mock_resource "aws_autoscaling_group" {
    defaults = { arn = "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:11111111-2222-3333-4444-555555555555:autoScalingGroupName/shop-dev-cluster-instances" }
  }
}

variables {
  location       = { account_id = "111122223333", region = "us-east-1" }
  kms_key_arn    = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name           = "shop-dev-cluster"
  log_group_name = "/ecs/shop-dev"
  ec2_capacity = {
    vpc_id                    = "vpc-0abc"
    subnet_ids                = ["subnet-0a", "subnet-0b"]
    caller_security_group_ids = { load_balancer = "sg-0balancer" }
    egress                    = { database = { port = 5432, security_group_id = "sg-0database" } }
  }
}

run "without_ec2_capacity_there_are_no_instances" {
  command = plan

  variables {
    ec2_capacity = null
  }

  assert {
    condition     = length(aws_autoscaling_group.instances) + length(aws_launch_template.instances) + length(aws_iam_role.instances) + length(aws_security_group.instances) == 0 && output.ec2_capacity_provider_name == null
    error_message = "Instances must be asked for."
  }

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT"]) && length(aws_cloudwatch_event_rule.ecs) == 3
    error_message = "The cluster must be as it was."
  }
}

run "instances_answer_for_metadata_with_a_token_and_to_themselves_alone" {
  command = plan

  assert {
    condition     = one(aws_launch_template.instances["on"].metadata_options).http_tokens == "required" && one(aws_launch_template.instances["on"].metadata_options).http_put_response_hop_limit == 1
    error_message = "A container must not get the instance's credentials."
  }

  assert {
    condition     = one(one(aws_launch_template.instances["on"].block_device_mappings).ebs).encrypted == "true" && one(one(aws_launch_template.instances["on"].block_device_mappings).ebs).volume_type == "gp3"
    error_message = "The disk must be encrypted."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.instances["on"].user_data), "\nECS_CLUSTER=shop-dev-cluster\n") && strcontains(base64decode(aws_launch_template.instances["on"].user_data), "\nECS_CONTAINER_STOP_TIMEOUT=120s\n")
    error_message = "The agent must join this cluster, and give containers the time to stop."
  }

  assert {
    condition     = one(aws_launch_template.instances["on"].network_interfaces).associate_public_ip_address == "false"
    error_message = "A public address must be asked for."
  }

  assert {
    condition     = startswith(aws_launch_template.instances["on"].image_id, "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/")
    error_message = "An instance must start from AWS's latest image."
  }
}

run "the_group_grows_and_shrinks_by_the_capacity_provider_alone" {
  command = plan

  assert {
    condition     = [aws_autoscaling_group.instances["on"].min_size, aws_autoscaling_group.instances["on"].max_size] == [1, 4] && aws_autoscaling_group.instances["on"].protect_from_scale_in && aws_autoscaling_group.instances["on"].vpc_zone_identifier == toset(["subnet-0a", "subnet-0b"])
    error_message = "1 to 4 instances, protected, in the given subnets."
  }

  assert {
    condition = [for provider in aws_ecs_capacity_provider.instances["on"].auto_scaling_group_provider :
      "${provider.managed_termination_protection} ${provider.managed_draining} ${one(provider.managed_scaling).status} ${one(provider.managed_scaling).target_capacity}"
    ] == ["ENABLED ENABLED ENABLED 100"]
    error_message = "ECS must scale the group, and end no instance that runs tasks."
  }

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT", "shop-dev-cluster-instances"]) && output.ec2_capacity_provider_name == "shop-dev-cluster-instances"
    error_message = "Services must be able to name it, before the first apply."
  }

  assert {
    condition     = { for tag in aws_autoscaling_group.instances["on"].tag : tag.key => tag.value } == { AmazonECSManaged = "true" }
    error_message = "ECS sets this tag, so the code must."
  }
}

run "instances_may_serve_this_cluster_and_nothing_else" {
  command = plan

  assert {
    condition = { for s in data.aws_iam_policy_document.instances["on"].statement : s.sid => join(" ", s.resources) } == {
      FindEndpoint        = "*"
      JoinAndLeaveCluster = "arn:aws:ecs:us-east-1:111122223333:cluster/shop-dev-cluster"
      ServeAsInstance     = "arn:aws:ecs:us-east-1:111122223333:container-instance/shop-dev-cluster/*"
    }
    error_message = "The role must be bound to the cluster."
  }
}

run "tasks_are_reached_by_the_ports_that_docker_draws" {
  command = plan

  assert {
    condition = [for rule in [aws_vpc_security_group_ingress_rule.instances_callers["load_balancer"]] :
      "${rule.ip_protocol} ${rule.from_port}-${rule.to_port} of ${rule.referenced_security_group_id}"
    ] == ["tcp 32768-65535 of sg-0balancer"]
    error_message = "Only who is named may connect, and only to tasks."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.instances_https["on"].to_port == 443 && aws_vpc_security_group_egress_rule.instances_other["database"].to_port == 5432
    error_message = "The ways out are AWS and what is named."
  }
}

run "each_instance_that_comes_goes_or_fails_is_written_down" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.ecs["instances"].event_pattern).detail.AutoScalingGroupName == ["shop-dev-cluster-instances"] && length(aws_cloudwatch_event_target.log_group) == 4
    error_message = "The log group must get the events of this group."
  }
}

run "refuses_arm_instances" {
  command = plan

  variables {
    ec2_capacity = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0a"], instance_type = "m7gd.large" }
  }

  expect_failures = [var.ec2_capacity]
}

run "refuses_what_is_no_type_of_an_instance" {
  command = plan

  variables {
    ec2_capacity = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0a"], instance_type = "small" }
  }

  expect_failures = [var.ec2_capacity]
}

run "refuses_more_instances_at_least_than_at_most" {
  command = plan

  variables {
    ec2_capacity = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0a"], min_instances = 5 }
  }

  expect_failures = [var.ec2_capacity]
}

run "refuses_a_disk_that_is_smaller_than_the_image" {
  command = plan

  variables {
    ec2_capacity = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0a"], disk_gib = 8 }
  }

  expect_failures = [var.ec2_capacity]
}

run "refuses_instances_that_are_fuller_than_full" {
  command = plan

  variables {
    ec2_capacity = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0a"], target_capacity_percent = 101 }
  }

  expect_failures = [var.ec2_capacity]
}

run "refuses_instances_without_a_subnet" {
  command = plan

  variables {
    ec2_capacity = { vpc_id = "vpc-0abc", subnet_ids = [] }
  }

  expect_failures = [var.ec2_capacity]
}
