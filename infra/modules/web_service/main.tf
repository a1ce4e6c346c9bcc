locals {
  # What every web service is told; a service adds its own.
  environment = merge(var.environment, {
    AWS_REGION   = var.location.region
    SERVICE_NAME = var.container_name
    PORT         = var.port
  })

  on_instances = var.capacity.ec2 != null

  # Without an instance provider the strategy is spread over the two kinds of Fargate.
  capacity = local.on_instances ? { (var.capacity.ec2.provider_name) = { base = 0, weight = 1 } } : {
    for provider, share in { FARGATE = var.capacity.fargate, FARGATE_SPOT = var.capacity.fargate_spot } : provider => share if share != null
  }

  # One variable puts a service to sleep: bounds that scaling keeps would wake it again.
  asleep = var.desired_count == 0
  bounds = {
    min_tasks = local.asleep ? 0 : var.scaling.min_tasks
    max_tasks = local.asleep ? 0 : var.scaling.max_tasks
  }
}

# Task, roles, output, service and what is watched of them: as for everything that runs in a container here.
module "service" {
  source = "../container_service"

  location       = var.location
  family         = var.family
  service_name   = var.service_name
  container_name = var.container_name
  cluster_name   = var.cluster_name
  cluster_arn    = var.cluster_arn
  kms_key_arn    = var.kms_key_arn

  image                = var.image
  container_cpu        = var.container_cpu
  container_memory     = var.container_memory
  user                 = var.user
  environment          = local.environment
  secrets              = var.secrets
  ports                = [var.port]
  health_check         = var.health_check
  stop_timeout_seconds = var.stop_timeout_seconds

  permissions              = var.permissions
  encrypted_services       = var.encrypted_services
  secret_kms_key_arns      = var.secret_kms_key_arns
  permissions_boundary_arn = var.permissions_boundary_arn
  enable_execute_command   = var.enable_execute_command
  exec_log_group_name      = var.exec_log_group_name

  on_instances       = local.on_instances
  network            = local.on_instances ? null : { subnet_ids = var.network.subnet_ids, assign_public_ip = var.network.assign_public_ip }
  security_group_ids = local.on_instances ? [] : var.security_group_ids == null ? values(aws_security_group.tasks)[*].id : var.security_group_ids
  after              = local.ways

  load_balancer = var.load_balancer == null ? null : {
    target_group_arn = aws_lb_target_group.tasks["on"].arn
    port             = var.port
    grace_seconds    = var.load_balancer.grace_seconds
  }
  registry = var.discovery == null ? null : { arn = aws_service_discovery_service.tasks["on"].arn }

  desired_count = var.desired_count
  scaling       = local.bounds
  capacity      = local.capacity
  deployment    = var.deployment

  log_group_name     = var.log_group_name
  log_stream_prefix  = coalesce(var.log_stream_prefix, var.container_name)
  log_retention_days = var.log_retention_days

  alarms = !var.enable_alarms ? null : {
    actions                 = var.alarm_actions
    runbook                 = var.alarms.runbook
    cpu_percent             = var.alarms.cpu_percent
    memory_percent          = var.alarms.memory_percent
    too_few_running_minutes = local.bounds.min_tasks == 0 ? null : var.alarms.too_few_running_minutes
    deployment_events       = var.alarms.deployment_events
    texts = {
      unit_of_work = "request"
      cpu = {
        harm    = "answers come late, and health checks may."
        look_at = "the number of requests (load), or whether a few of them compute without end."
      }
      memory = { harm = "and the requests in it get no answer.", to_do = "let a task serve fewer at once" }
    }
  }
}
