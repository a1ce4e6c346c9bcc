locals {
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

  # A batch call needs the permission of its single action.
  permissions = merge(var.permissions, {
    ConsumeOwnQueue      = { actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], resources = [var.queue.arn] }
    DeadLetterWithReason = { actions = ["sqs:SendMessage"], resources = [var.queue.dead_letter_arn] }
  })

  # The queue takes both: receiving decrypts; sending makes a data key and verifies it.
  encrypted_services = merge(var.encrypted_services, { sqs = ["kms:Decrypt", "kms:GenerateDataKey"] })

  provider_names = { fargate = "FARGATE", fargate_spot = "FARGATE_SPOT" }
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
  health_check         = var.health_check
  stop_timeout_seconds = var.worker.stop_timeout_seconds

  permissions              = local.permissions
  encrypted_services       = local.encrypted_services
  secret_kms_key_arns      = var.secret_kms_key_arns
  permissions_boundary_arn = var.permissions_boundary_arn
  enable_task_protection   = var.enable_task_protection
  enable_execute_command   = var.enable_execute_command
  exec_log_group_name      = var.exec_log_group_name

  network            = { subnet_ids = var.network.subnet_ids, assign_public_ip = var.network.assign_public_ip }
  security_group_ids = [aws_security_group.egress_only.id]
  after              = [aws_vpc_security_group_egress_rule.https.id]

  desired_count = var.desired_count
  scaling       = { min_tasks = var.scaling.min_tasks, max_tasks = var.scaling.max_tasks }
  capacity      = { for provider, share in var.capacity : local.provider_names[provider] => share if share != null }
  deployment    = var.deployment

  log_group_name     = var.log_group_name
  log_stream_prefix  = var.log_stream_prefix
  log_retention_days = var.log_retention_days

  alarms = var.alarms == null ? null : {
    actions           = [var.alarms.topic_arn]
    runbook           = var.alarms.runbook
    cpu_percent       = var.alarms.cpu_percent
    memory_percent    = var.alarms.memory_percent
    deployment_events = { log_group_name = var.alarms.events_log_group_name, metrics_namespace = local.metrics_namespace }
    texts = {
      unit_of_work = "job"
      cpu = {
        harm    = "work slows down, and heartbeats may come late."
        look_at = "the dashboard, whether the queue is deep (load) or not (a job that computes without end)."
      }
      memory = { harm = "and its messages start again elsewhere.", to_do = "lower the worker's concurrency" }
    }
  }
}
