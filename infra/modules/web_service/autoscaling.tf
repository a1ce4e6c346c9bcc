# How many tasks run. Tasks are added when one policy wants more, and taken away when all agree.
locals {
  tracked = local.asleep ? {} : { for name, policy in {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", target = var.scaling.cpu_target_percent, label = null }
    memory   = { metric = "ECSServiceAverageMemoryUtilization", target = var.scaling.memory_target_percent, label = null }
    requests = { metric = "ALBRequestCountPerTarget", target = var.scaling.requests_per_minute_and_task, label = local.request_label }
  } : name => policy if policy.target != null && policy.target != 0 }

  request_label = one([for key, balancer in local.behind : "${balancer.arn_suffix}/${aws_lb_target_group.tasks[key].arn_suffix}"])
}

resource "aws_appautoscaling_policy" "tracking" {
  for_each = local.tracked

  name               = "${var.family}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = module.service.scalable_target.service_namespace
  scalable_dimension = module.service.scalable_target.scalable_dimension
  resource_id        = module.service.scalable_target.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = var.scaling.scale_out_cooldown_seconds
    scale_in_cooldown  = var.scaling.scale_in_cooldown_seconds

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}
