resource "aws_ecs_service" "this" {
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

  dynamic "capacity_provider_strategy" {
    for_each = { for provider, share in var.capacity : provider => share if share != null }

    content {
      capacity_provider = { fargate = "FARGATE", fargate_spot = "FARGATE_SPOT" }[capacity_provider_strategy.key]
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
    security_groups  = [aws_security_group.egress_only.id]
    assign_public_ip = var.network.assign_public_ip
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_vpc_security_group_egress_rule.https]
}

# A worker fetches its work: nothing ever connects to it.
resource "aws_security_group" "egress_only" {
  name        = var.family
  description = "Tasks of ${var.service_name}: out to AWS, nothing in."
  vpc_id      = var.network.vpc_id

  tags = { Name = var.family }
}

# Names are resolved by the VPC's own resolver, which security groups do not filter: HTTPS is all there is.
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.egress_only.id
  description       = "AWS endpoints"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
