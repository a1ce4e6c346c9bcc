# The fleet. A row is a service: its port, its size, the secrets that it gets, and its paths behind the load balancer
# where they are not /<name>/*. A new service is a new row and an image in its repository.
locals {
  services = {
    gateway      = { port = 8000, cpu = 256, memory = 512, secrets = [], paths = ["/*"] }
    order        = { port = 8001, cpu = 512, memory = 1024, secrets = ["DATABASE_URL"] }
    customer     = { port = 8002, cpu = 512, memory = 1024, secrets = ["DATABASE_URL"] }
    inventory    = { port = 8003, cpu = 512, memory = 1024, secrets = ["DATABASE_URL"] }
    returns      = { port = 8004, cpu = 512, memory = 1024, secrets = ["DATABASE_URL"] }
    chatbot      = { port = 8005, cpu = 1024, memory = 2048, secrets = ["DATABASE_URL", "OPENAI_API_KEY"] }
    notification = { port = 8006, cpu = 256, memory = 512, secrets = ["DATABASE_URL"] }
    analytics    = { port = 8007, cpu = 512, memory = 1024, secrets = ["DATABASE_URL"] }
    salesforce   = { port = 8008, cpu = 256, memory = 512, secrets = ["DATABASE_URL"] }
  }

  placeholder_digest = "sha256:${join("", [for _ in range(64) : "0"])}"
}

module "repository" {
  source   = "../../../infra/modules/image_repository"
  for_each = local.services

  location     = local.location
  name         = "${var.repository_prefix}/${each.key}"
  kms_key_arn  = module.encryption.key_arn
  keep_images  = 10
  force_delete = !var.deletion_protection
}

module "service" {
  source   = "../../../infra/modules/web_service"
  for_each = local.services

  location       = local.location
  family         = "${local.prefix}-${each.key}"
  service_name   = "${local.prefix}-${each.key}"
  container_name = each.key
  cluster_name   = module.cluster.name
  cluster_arn    = module.cluster.arn
  kms_key_arn    = module.encryption.key_arn

  image = {
    repository = module.repository[each.key].name
    digest     = lookup(var.image_digests, each.key, local.placeholder_digest)
  }
  container_cpu    = each.value.cpu
  container_memory = each.value.memory
  port             = each.value.port

  # Plain text is for what anybody may read; what nobody may read comes by ARN.
  environment = {
    ENVIRONMENT       = var.environment
    SERVICE_NAMESPACE = aws_service_discovery_private_dns_namespace.services.name
  }
  secrets             = { for name in each.value.secrets : name => var.secret_arns[name] if contains(keys(var.secret_arns), name) }
  secret_kms_key_arns = var.secret_kms_key_arns

  network = {
    vpc_id           = module.network.vpc_id
    subnet_ids       = module.network.task_subnet_ids
    assign_public_ip = false
  }
  security_group_ids = [local.task_groups[each.key == "gateway" ? "gateway" : "services"]]

  load_balancer = {
    listener_arn      = module.load_balancer.listener_arn
    security_group_id = module.load_balancer.security_group_id
    arn_suffix        = module.load_balancer.arn_suffix
    path_patterns     = try(each.value.paths, ["/${each.key}/*"])
    # The gateway takes what no other row takes, so it is asked last.
    priority          = each.key == "gateway" ? 9000 : each.value.port
    health_check_path = "/health"
  }

  discovery = { namespace_id = aws_service_discovery_private_dns_namespace.services.id }

  capacity      = { fargate = { base = 1, weight = 1 }, fargate_spot = { weight = 3 } }
  desired_count = var.services_desired_count
  scaling       = { min_tasks = var.min_capacity, max_tasks = var.max_capacity }

  log_group_name     = "/ecs/${local.prefix}/${each.key}"
  log_retention_days = 7

  enable_alarms = var.enable_alarms
  alarm_actions = var.alarm_actions

  # Tasks shall find their ways open and their database there.
  depends_on = [module.database, aws_vpc_security_group_egress_rule.https, aws_vpc_security_group_egress_rule.database]
}
