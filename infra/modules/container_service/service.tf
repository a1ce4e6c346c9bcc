# Two resources, for the one thing that differs: a task of its own address is given subnets and groups, and one on an
# instance shares those of the instance. A block that comes and goes would not be in a plan's code, where a policy
# follows the service's groups to their rules.
locals {
  kind = var.on_instances ? "instances" : "fargate"
}

resource "aws_ecs_service" "fargate" {
  for_each = local.kind == "fargate" ? toset(["on"]) : toset([])

  name            = var.service_name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn

  # Only the number to begin with: scaling, by hand or by policy, owns it from then on.
  desired_count = var.desired_count

  platform_version        = "LATEST"
  enable_execute_command  = var.enable_execute_command
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # Makes a change of the strategy below a deployment; without it the service would be deleted and made anew.
  force_new_deployment = true

  health_check_grace_period_seconds = local.grace_seconds

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  deployment_minimum_healthy_percent = var.deployment.minimum_healthy_percent
  deployment_maximum_percent         = var.deployment.maximum_percent

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = var.security_group_ids
    assign_public_ip = var.network.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = local.load_balancers

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.container_name
      container_port   = load_balancer.value.port
    }
  }

  dynamic "service_registries" {
    for_each = local.registries

    content {
      registry_arn = service_registries.value.arn
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [var.after]
}

resource "aws_ecs_service" "instances" {
  for_each = local.kind == "instances" ? toset(["on"]) : toset([])

  name            = var.service_name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.desired_count # as above: to begin with

  enable_execute_command  = var.enable_execute_command
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  force_new_deployment    = true

  health_check_grace_period_seconds = local.grace_seconds

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  # One zone may fail; within a zone, tasks fill an instance before they take another, so that the group can shrink.
  ordered_placement_strategy {
    type  = "spread"
    field = "attribute:ecs.availability-zone"
  }

  ordered_placement_strategy {
    type  = "binpack"
    field = "memory"
  }

  deployment_minimum_healthy_percent = var.deployment.minimum_healthy_percent
  deployment_maximum_percent         = var.deployment.maximum_percent

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "load_balancer" {
    for_each = local.load_balancers

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.container_name
      container_port   = load_balancer.value.port
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [var.after]
}

locals {
  load_balancers = { for target in [var.load_balancer] : "on" => target if target != null }
  registries     = { for registry in [var.registry] : "on" => registry if registry != null }

  # How long a load balancer's verdict on a new task is ignored; ECS takes it only where there is a load balancer.
  grace_seconds = var.load_balancer == null ? null : var.load_balancer.grace_seconds

  service_name = one(concat(values(aws_ecs_service.fargate), values(aws_ecs_service.instances))).name
}

# The bounds of the running count. What moves it within them is each kind of service's own.
resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster_name}/${local.service_name}"
  min_capacity       = var.scaling.min_tasks
  max_capacity       = var.scaling.max_tasks
}
