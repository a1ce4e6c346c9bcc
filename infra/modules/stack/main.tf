data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

# Everything is named after the environment, so that ARNs and URLs are known before anything exists.
locals {
  prefix = "${var.project_name}-${var.environment}"

  location = {
    account_id = data.aws_caller_identity.current.account_id
    region     = data.aws_region.current.name
    partition  = data.aws_partition.current.partition
    dns_suffix = data.aws_partition.current.dns_suffix
  }

  # The repositories are made by the root `shared`; their addresses follow from their names.
  repository_names = { for job, suffix in { main_job = "main-job", background_job = "background-job" } : job => "${var.project_name}-${suffix}" }
  repository_urls = {
    for job, name in local.repository_names :
    job => "${local.location.account_id}.dkr.ecr.${local.location.region}.${local.location.dns_suffix}/${name}"
  }

  # Made by the root `shared` too, so by name.
  iam_prefix               = "arn:${local.location.partition}:iam::${local.location.account_id}"
  permissions_boundary_arn = var.deployed_by_github ? "${local.iam_prefix}:policy/${local.prefix}-boundary" : null

  # Whoever deploys sends a synthetic trigger afterwards, and sees its job succeed; a load test sends many.
  github_role_arns = var.deployed_by_github ? [for purpose in ["apply", "load"] : "${local.iam_prefix}:role/${var.project_name}-github-${purpose}-${var.environment}"] : []
  trigger_senders  = concat(var.trigger_producer_arns, local.github_role_arns)

  log_groups = {
    ecs               = "/ecs/${local.prefix}"
    main_job          = "/ecs/${local.prefix}/main-job"
    background_job    = "/ecs/${local.prefix}/background-job"
    custom_processing = "/ecs/${local.prefix}/custom-processing"
  }
}

module "encryption" {
  source = "../encryption"

  location    = local.location
  name        = local.prefix
  description = "Queues, logs, ledger, results and alerts of ${local.prefix}"
  # Not <prefix>*: that would be the groups of an environment `dev2` too.
  log_group_patterns = ["/ecs/${local.prefix}", "/ecs/${local.prefix}/*", "/vpc/${local.prefix}"]
  queue_sender_arns  = local.trigger_senders
  alarms_publish     = true
  events_publish     = var.scaling_notices
}

# Created here only where no network is given.
module "network" {
  source   = "../network"
  for_each = var.existing_network == null ? { own = var.network } : {}

  location   = local.location
  name       = local.prefix
  cidr_block = each.value.cidr_block
  zones      = each.value.zones
  nat        = each.value.nat
  flow_logs  = each.value.flow_logs ? { retention_days = var.log_retention_days, kms_key_arn = module.encryption.key_arn } : null

  permissions_boundary_arn = local.permissions_boundary_arn

  interface_endpoints = each.value.interface_endpoints ? local.called_services : []
}

locals {
  # What tasks call, and what Fargate calls for them from their subnets: image, logs, secrets, a shell where Exec is on.
  # Keys and roles are not among it: AWS's services ask KMS themselves, and credentials come from the task's own host.
  called_services = concat(
    ["ecr.api", "ecr.dkr", "logs", "sqs"],
    distinct([for arn in flatten([values(var.secrets.main_job), values(var.secrets.background_job)]) : split(":", arn)[2]]),
    var.enable_execute_command ? ["ssmmessages"] : [],
  )

  task_network = one(concat(
    [for network in module.network : {
      vpc_id           = network.vpc_id
      subnet_ids       = network.task_subnet_ids
      assign_public_ip = network.assign_public_ip
    }],
    var.existing_network == null ? [] : [var.existing_network],
  ))
}

module "cluster" {
  source = "../cluster"

  location           = local.location
  name               = "${local.prefix}-cluster"
  kms_key_arn        = module.encryption.key_arn
  log_group_name     = local.log_groups.ecs
  log_retention_days = var.log_retention_days

  ec2_capacity = var.ec2_capacity == null ? null : merge(var.ec2_capacity, {
    vpc_id                   = local.task_network.vpc_id
    subnet_ids               = local.task_network.subnet_ids
    assign_public_ip         = local.task_network.assign_public_ip
    permissions_boundary_arn = local.permissions_boundary_arn
  })
}

module "alerting" {
  source = "../alerting"

  location    = local.location
  name        = "${local.prefix}-alerts"
  kms_key_arn = module.encryption.key_arn
  email       = var.alert_email

  scaling_of_cluster = var.scaling_notices ? "${local.prefix}-cluster" : null
}
