locals {
  placeholder_digest = "sha256:${join("", [for _ in range(64) : "0"])}"
  port               = 8080

  # Two services of one name cannot follow each other without a gap: each kind of capacity has its own.
  api_service_name = "${local.prefix}-api-${var.capacity == "ec2" ? "on-instances" : "service"}"

  # Read by the API itself, again and again: a new token needs no deployment.
  token_parameter_arn = "arn:${local.location.partition}:ssm:${local.location.region}:${local.location.account_id}:parameter/${trimprefix(var.token_parameter, "/")}"
}

module "load_balancer" {
  #checkov:skip=CKV2_AWS_20:Without a certificate there is no HTTPS to redirect to; with certificate_arn plain HTTP only redirects.
  source = "../../../infra/modules/load_balancer"

  name = local.prefix
  network = {
    vpc_id         = module.network.vpc_id
    vpc_cidr_block = module.network.cidr_block
    subnet_ids     = module.network.public_subnet_ids
  }
  tls                 = var.certificate_arn == null ? null : { certificate_arn = var.certificate_arn }
  client_cidr_blocks  = var.client_cidr_blocks
  deletion_protection = var.deletion_protection
}

module "api" {
  #checkov:skip=CKV_AWS_333:A public address costs a tenth of a NAT gateway, and security groups let nothing in but the load balancer; nat = "single" takes it away.
  #checkov:skip=CKV_JOBS_7:Calls are recorded of the services behind it; this one's are three, and its tests make them.
  source = "../../../infra/modules/web_service"

  location       = local.location
  family         = "${local.prefix}-api"
  service_name   = local.api_service_name
  container_name = "api"
  cluster_name   = module.stack.ecs_cluster_name
  cluster_arn    = module.stack.ecs_cluster_arn
  kms_key_arn    = module.stack.kms_key_arn

  image            = { repository = "${var.project_name}-api", digest = lookup(var.image_digests, "api", local.placeholder_digest) }
  container_cpu    = 256
  container_memory = 512
  port             = local.port

  environment = {
    ENVIRONMENT       = var.environment
    METRICS_NAMESPACE = local.prefix
    NEXT_QUEUE_URL    = module.stack.sqs_main_job_triggers_queue_url
    AUTH_PARAMETER    = var.token_parameter
  }

  permissions = {
    ReadToken     = { actions = ["ssm:GetParameter"], resources = [local.token_parameter_arn] }
    QueueTriggers = { actions = ["sqs:SendMessage", "sqs:GetQueueAttributes"], resources = [module.stack.sqs_main_job_triggers_queue_arn] }
  }
  encrypted_services = { ssm = ["kms:Decrypt"], sqs = ["kms:Decrypt", "kms:GenerateDataKey"] }

  network = {
    vpc_id           = module.network.vpc_id
    subnet_ids       = module.network.task_subnet_ids
    assign_public_ip = module.network.assign_public_ip
  }

  load_balancer = {
    listener_arn      = module.load_balancer.listener_arn
    security_group_id = module.load_balancer.security_group_id
    arn_suffix        = module.load_balancer.arn_suffix
    path_patterns     = ["/*"]
    priority          = 100
    health_check_path = "/health"
  }

  capacity = {
    fargate      = var.capacity == "ec2" ? null : { base = 1, weight = 1 }
    fargate_spot = var.capacity == "ec2" ? null : { weight = 3 }
    ec2          = var.capacity == "ec2" ? { provider_name = module.stack.ec2_capacity_provider_name } : null
  }

  desired_count = var.desired_count
  scaling       = { min_tasks = max(var.desired_count, 1), max_tasks = 10 }

  log_group_name     = "/ecs/${local.prefix}/api"
  log_retention_days = var.log_retention_days

  enable_alarms = true
  alarm_actions = [module.stack.sns_alerts_topic_arn]
}
