locals {
  ecs_arn_prefix  = "arn:${var.location.partition}:ecs:${var.location.region}:${var.location.account_id}"
  logs_arn_prefix = "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group"

  repository_arn = "arn:${var.location.partition}:ecr:${var.location.region}:${var.location.account_id}:repository/${var.image.repository}"
  repository_url = "${var.location.account_id}.dkr.ecr.${var.location.region}.${var.location.dns_suffix}/${var.image.repository}"

  scratch_volume = "tmp"
}

resource "aws_cloudwatch_log_group" "service" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is each environment's choice; a year is paid for by few.
  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.family
  requires_compatibilities = [var.on_instances ? "EC2" : "FARGATE"]
  network_mode             = var.on_instances ? "bridge" : "awsvpc"
  cpu                      = var.container_cpu
  memory                   = var.container_memory
  task_role_arn            = local.task_role_arn
  execution_role_arn       = local.execution_role_arn

  # Old revisions stay: a rollback starts tasks of the revision before this one.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  # The root file system is read-only; this is the one place to write, and it goes with the task.
  volume {
    name = local.scratch_volume
  }

  container_definitions = jsonencode([merge(local.container, local.hardening, local.container_health_check, local.container_secrets)])

  # The agent takes both roles, and writes to the group, before the container's first line runs.
  depends_on = [
    aws_cloudwatch_log_group.service,
    aws_iam_role_policy.task,
    aws_iam_role_policy.task_encryption,
    aws_iam_role_policy.task_exec,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.execution_secrets,
  ]
}
