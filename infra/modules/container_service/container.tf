locals {
  container = {
    name        = var.container_name
    image       = "${local.repository_url}@${var.image.digest}"
    essential   = true
    user        = var.user
    stopTimeout = var.stop_timeout_seconds
    environment = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]
    mountPoints = [{ sourceVolume = local.scratch_volume, containerPath = "/tmp", readOnly = false }]

    # On an instance each task gets a free port of it, so that several fit; on Fargate the task has its own address.
    portMappings   = [for port in var.ports : { containerPort = port, hostPort = var.on_instances ? 0 : port, protocol = "tcp" }]
    systemControls = []
    volumesFrom    = []

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group_name
        awslogs-region        = var.location.region
        awslogs-stream-prefix = var.log_stream_prefix
        # On purpose: in blocking mode a slow CloudWatch would stall whatever writes a line: a heartbeat, an answer.
        # The buffer is what is lost at most when CloudWatch is away for long.
        mode            = "non-blocking"
        max-buffer-size = "25m"
      }
    }
  }

  container_health_check = var.health_check == null ? {} : {
    healthCheck = {
      command     = var.health_check.command
      interval    = var.health_check.interval_seconds
      timeout     = var.health_check.timeout_seconds
      retries     = var.health_check.retries
      startPeriod = var.health_check.start_period_seconds
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
