locals {
  ecs_arn_prefix  = "arn:${var.location.partition}:ecs:${var.location.region}:${var.location.account_id}"
  logs_arn_prefix = "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group"

  repository_arn = "arn:${var.location.partition}:ecr:${var.location.region}:${var.location.account_id}:repository/${var.image.repository}"
  repository_url = "${var.location.account_id}.dkr.ecr.${var.location.region}.${var.location.dns_suffix}/${var.image.repository}"

  # What every worker is told; a service adds its own.
  environment = merge(var.environment, {
    AWS_REGION                 = var.location.region
    SERVICE_NAME               = var.container_name
    QUEUE_URL                  = var.queue.url
    DEAD_LETTER_QUEUE_URL      = var.queue.dead_letter_url
    VISIBILITY_TIMEOUT_SECONDS = var.queue.visibility_timeout_seconds
    MAX_MESSAGE_BYTES          = var.queue.max_message_bytes
    HEARTBEAT_SECONDS          = var.worker.heartbeat_seconds
    WAIT_TIME_SECONDS          = var.worker.wait_time_seconds
    DRAIN_TIMEOUT_SECONDS      = var.worker.drain_timeout_seconds
    CONCURRENCY                = var.worker.concurrency
    MAX_IN_FLIGHT              = var.worker.max_in_flight
    LOG_LEVEL                  = var.worker.log_level
  })

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
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
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

  container_definitions = jsonencode([merge(local.container, local.hardening, local.container_secrets)])

  # The agent takes both roles, and writes to the group, before the container's first line runs.
  depends_on = [
    aws_cloudwatch_log_group.service,
    aws_iam_role_policy.task,
    aws_iam_role_policy.task_encryption,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.execution_secrets,
  ]
}

locals {
  container = {
    name        = var.container_name
    image       = "${local.repository_url}@${var.image.digest}"
    essential   = true
    user        = var.user
    stopTimeout = var.worker.stop_timeout_seconds
    environment = [for name in sort(keys(local.environment)) : { name = name, value = tostring(local.environment[name]) }]
    mountPoints = [{ sourceVolume = local.scratch_volume, containerPath = "/tmp", readOnly = false }]

    portMappings   = []
    systemControls = []
    volumesFrom    = []

    healthCheck = {
      command     = var.health_check.command
      interval    = var.health_check.interval_seconds
      timeout     = var.health_check.timeout_seconds
      retries     = var.health_check.retries
      startPeriod = var.health_check.start_period_seconds
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group_name
        awslogs-region        = var.location.region
        awslogs-stream-prefix = var.log_stream_prefix
        # On purpose: in blocking mode a slow CloudWatch would stall the heartbeat, and with it every job in flight.
        # The buffer is what is lost at most when CloudWatch is away for long.
        mode            = "non-blocking"
        max-buffer-size = "25m"
      }
    }
  }

  # Names and ARNs only: the values reach the process, and neither the task definition nor the state.
  container_secrets = length(var.secrets) == 0 ? {} : {
    secrets = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
  }

  # ECS Exec starts an agent as root inside the container, which writes below /var/lib/amazon and needs an init
  # process to reap it. So the hardening goes while Exec is on.
  hardening = {
    readonlyRootFilesystem = !var.enable_execute_command
    linuxParameters = merge(
      { initProcessEnabled = var.enable_execute_command },
      var.enable_execute_command ? {} : { capabilities = { add = [], drop = ["ALL"] } },
    )
  }
}
