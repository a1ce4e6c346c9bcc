# A row is a service: what it answers for behind the load balancer, its secrets, and what it may do beside them.
locals {
  services = {
    api = {
      paths       = ["/api/*"]
      priority    = 10
      secrets     = merge(local.database_secrets, local.api_secrets)
      permissions = { SendTriggers = { actions = ["sqs:SendMessage"], resources = [module.triggers.arn] } }
      keys        = { sqs = ["kms:Decrypt", "kms:GenerateDataKey"] }
    }
    worker = {
      paths    = ["/worker/*"]
      priority = 20
      secrets  = local.database_secrets
      permissions = {
        ConsumeTriggers = {
          actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
          resources = [module.triggers.arn]
        }
        # What cannot be done goes there with its reason, before SQS gives it up without one.
        GiveUp = { actions = ["sqs:SendMessage"], resources = [module.triggers.dead_letter_arn] }
      }
      keys = { sqs = ["kms:Decrypt", "kms:GenerateDataKey"] }
    }
    scheduler = {
      paths       = ["/scheduler/*"]
      priority    = 30
      secrets     = local.database_secrets
      permissions = {}
      keys        = {}
    }
  }

  port               = 8080
  placeholder_digest = "sha256:${join("", [for _ in range(64) : "0"])}"
}

module "repository" {
  source   = "../../../infra/modules/image_repository"
  for_each = toset(["api", "worker", "scheduler"])

  location     = local.location
  name         = "${each.key}-service-${var.environment_suffix}"
  kms_key_arn  = module.encryption.key_arn
  keep_images  = 10
  force_delete = !var.deletion_protection
}

module "load_balancer" {
  #checkov:skip=CKV2_AWS_20:Without a certificate there is no HTTPS to redirect to; with certificate_arn plain HTTP only redirects.
  source = "../../../infra/modules/load_balancer"

  name = "alb-${var.environment_suffix}"
  network = {
    vpc_id         = module.network.vpc_id
    vpc_cidr_block = module.network.cidr_block
    subnet_ids     = module.network.public_subnet_ids
  }
  tls                 = var.certificate_arn == null ? null : { certificate_arn = var.certificate_arn }
  deletion_protection = var.deletion_protection
}

module "service" {
  #checkov:skip=CKV_JOBS_7:The code of these services is not here, so nobody has recorded what it calls.
  source   = "../../../infra/modules/web_service"
  for_each = local.services

  location       = local.location
  family         = "${each.key}-service-${var.environment_suffix}"
  service_name   = "${each.key}-service-${var.environment_suffix}"
  container_name = each.key
  cluster_name   = module.cluster.name
  cluster_arn    = module.cluster.arn
  kms_key_arn    = module.encryption.key_arn

  image = {
    repository = module.repository[each.key].name
    digest     = lookup(var.image_digests, each.key, local.placeholder_digest)
  }
  container_cpu    = 512
  container_memory = 1024
  port             = local.port

  environment = {
    ENVIRONMENT       = var.environment_suffix
    TRIGGER_QUEUE_URL = module.triggers.url
    GIVEN_UP_URL      = module.triggers.dead_letter_url
  }
  secrets             = each.value.secrets
  secret_kms_key_arns = [module.encryption.key_arn]
  permissions         = each.value.permissions
  encrypted_services  = each.value.keys

  network = {
    vpc_id           = module.network.vpc_id
    subnet_ids       = module.network.task_subnet_ids
    assign_public_ip = false
  }

  load_balancer = {
    listener_arn      = module.load_balancer.listener_arn
    security_group_id = module.load_balancer.security_group_id
    arn_suffix        = module.load_balancer.arn_suffix
    path_patterns     = each.value.paths
    priority          = each.value.priority
    health_check_path = "/health"
  }

  desired_count = var.desired_count
  scaling       = { min_tasks = max(var.desired_count, 1), max_tasks = 10 }

  log_group_name     = "/ecs/${each.key}-service-${var.environment_suffix}"
  log_retention_days = 7
}
