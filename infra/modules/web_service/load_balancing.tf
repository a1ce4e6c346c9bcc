# How requests reach the tasks: the load balancer's listener picks the target group by path or host.
locals {
  behind = { for balancer in [var.load_balancer] : "on" => balancer if balancer != null }

  # 32 characters at most, and another name for whatever cannot be changed in place: the new group is there before the
  # listener's rule lets go of the old one.
  target_type       = local.on_instances ? "instance" : "ip"
  target_group_mark = substr(sha1("${var.family} ${var.port} ${local.target_type}"), 0, 8)
  target_group_name = "${trimsuffix(substr(replace(var.family, "_", "-"), 0, 23), "-")}-${local.target_group_mark}"
}

resource "aws_lb_target_group" "tasks" {
  for_each = local.behind

  name        = local.target_group_name
  vpc_id      = var.network.vpc_id
  target_type = local.target_type
  port        = var.port
  # Inside the network; the listener ends TLS.
  #checkov:skip=CKV_AWS_378:The listener ends TLS; between it and the tasks only their security groups' members talk.
  protocol = "HTTP"

  # A task that leaves gets no new requests and this long to answer those it has; then comes SIGTERM.
  deregistration_delay = each.value.deregistration_delay_seconds

  health_check {
    path                = each.value.health_check_path
    matcher             = each.value.health_check_codes
    interval            = each.value.health_check_interval_seconds
    timeout             = each.value.health_check_timeout_seconds
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  tags = { Name = var.family }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener_rule" "tasks" {
  for_each = local.behind

  listener_arn = each.value.listener_arn
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tasks[each.key].arn
  }

  dynamic "condition" {
    for_each = length(each.value.path_patterns) > 0 ? [each.value.path_patterns] : []

    content {
      path_pattern {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.hosts) > 0 ? [each.value.hosts] : []

    content {
      host_header {
        values = condition.value
      }
    }
  }

  tags = { Name = var.family }
}

# How other services find the tasks: by name, in a namespace of Cloud Map, without a load balancer between.
resource "aws_service_discovery_service" "tasks" {
  for_each = { for discovery in [var.discovery] : "on" => discovery if discovery != null }

  name        = coalesce(each.value.name, var.container_name)
  description = "Addresses of the tasks of ${var.service_name}."

  dns_config {
    namespace_id   = each.value.namespace_id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      # Whoever calls asks again this soon; until then it may call a task that is gone.
      ttl = 10
    }
  }

  # ECS says which tasks are well. Without this block Cloud Map would take each for well until it is gone.
  health_check_custom_config {
    failure_threshold = 1
  }
}
