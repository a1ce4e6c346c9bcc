# Instances for tasks in bridge mode. They belong to the capacity provider: it adds one where tasks do not fit, and
# takes one away once it is empty.
locals {
  ec2 = { for capacity in [var.ec2_capacity] : "on" => capacity if capacity != null }

  ec2_name = "${var.name}-instances"

  # Docker takes a port from here for each task; the kernel's own range begins at the first.
  task_ports = { from = 32768, to = 65535 }

  # Resolved at each start, so that a new instance has AWS's latest patches and no plan changes because of them.
  machine_image = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
}

resource "aws_launch_template" "instances" {
  for_each = local.ec2

  name                   = local.ec2_name
  description            = "Instances of ${var.name} for tasks."
  image_id               = local.machine_image
  instance_type          = each.value.instance_type
  update_default_version = true

  network_interfaces {
    security_groups             = [aws_security_group.instances[each.key].id]
    associate_public_ip_address = each.value.assign_public_ip
    delete_on_termination       = true
  }

  iam_instance_profile {
    arn = aws_iam_instance_profile.instances[each.key].arn
  }

  # A token by PUT, and answers that travel no further than the instance itself: a container behind its bridge gets the
  # credentials of its task and never those of the instance.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = each.value.disk_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  user_data = base64encode(join("\n", [
    "#!/bin/sh",
    "cat >>/etc/ecs/ecs.config <<'END'",
    "ECS_CLUSTER=${var.name}",
    # As long as the longest stopTimeout that is allowed here: a container may finish what it holds.
    "ECS_CONTAINER_STOP_TIMEOUT=120s",
    "ECS_ENABLE_CONTAINER_METADATA=true",
    "END",
    "",
  ]))

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = { Name = local.ec2_name }
    }
  }
}

resource "aws_autoscaling_group" "instances" {
  for_each = local.ec2

  name                = local.ec2_name
  min_size            = each.value.min_instances
  max_size            = each.value.max_instances
  vpc_zone_identifier = each.value.subnet_ids
  health_check_type   = "EC2"

  launch_template {
    id      = aws_launch_template.instances[each.key].id
    version = aws_launch_template.instances[each.key].latest_version
  }

  # Only the capacity provider lifts it, from an instance that runs no task any more.
  protect_from_scale_in = true
  # When the group itself goes, its services are gone already, and protected instances would hold it back for ever.
  force_delete = true

  # A new template replaces the instances one by one; ECS drains each before it ends.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 200
      scale_in_protected_instances = "Refresh"
    }
  }

  # ECS sets it on the group that it manages.
  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }

  depends_on = [aws_iam_role_policy.instances, aws_vpc_security_group_egress_rule.instances_https]
}

resource "aws_ecs_capacity_provider" "instances" {
  for_each = local.ec2

  name = local.ec2_name

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.instances[each.key].arn
    managed_termination_protection = "ENABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = each.value.target_capacity_percent
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = each.value.max_instances
      instance_warmup_period    = 180
    }
  }
}
