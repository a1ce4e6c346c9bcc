locals {
  ecs_arn_prefix = "arn:${var.location.partition}:ecs:${var.location.region}:${var.location.account_id}"
  cluster_arn    = "${local.ecs_arn_prefix}:cluster/${var.name}"
  log_group_arn  = "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group:${var.log_group_name}"
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  # Always, though Exec is switched on for a service only: whoever opens a session cannot do so unseen.
  configuration {
    execute_command_configuration {
      kms_key_id = var.kms_key_arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.events.name
      }
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], values(aws_ecs_capacity_provider.instances)[*].name)

  # Services name their own strategy; this one serves a task that somebody runs by hand.
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}
