# One service with two secrets, one in each store. test_secrets.py copies this beside the environments and applies the
# task definition and what it needs: a service would want a network and a cluster, and would prove no more.
provider "aws" {
  region = "us-east-1"
}

data "aws_caller_identity" "current" {}

variable "token" {
  type      = string
  ephemeral = true
}

variable "database" {
  type      = string
  ephemeral = true
}

variable "value_version" {
  type    = number
  default = 1
}

locals {
  prefix   = "shop-dev"
  location = { account_id = data.aws_caller_identity.current.account_id, region = "us-east-1" }
}

module "encryption" {
  source = "../../modules/encryption"

  location    = local.location
  name        = local.prefix
  description = "Secrets of ${local.prefix}"
}

module "token" {
  source = "../../modules/secret"

  location      = local.location
  name          = "${local.prefix}/token"
  description   = "Token of an API"
  store         = "parameter_store"
  kms_key_arn   = module.encryption.key_arn
  value         = var.token
  value_version = var.value_version
}

module "database" {
  source = "../../modules/secret"

  location             = local.location
  name                 = "${local.prefix}/database"
  description          = "Account of a database"
  kms_key_arn          = module.encryption.key_arn
  value                = var.database
  value_version        = var.value_version
  recovery_window_days = 0
}

module "worker" {
  source = "../../modules/worker_service"

  location       = local.location
  family         = "${local.prefix}-worker"
  service_name   = "${local.prefix}-worker-service"
  container_name = "worker"
  cluster_name   = "${local.prefix}-cluster"
  cluster_arn    = "arn:aws:ecs:us-east-1:111122223333:cluster/${local.prefix}-cluster"
  kms_key_arn    = module.encryption.key_arn
  image          = { repository = "shop-worker", digest = "sha256:${join("", [for _ in range(64) : "0"])}" }
  queue = {
    arn                        = "arn:aws:sqs:us-east-1:111122223333:${local.prefix}-orders"
    url                        = "https://sqs.us-east-1.amazonaws.com/111122223333/${local.prefix}-orders"
    dead_letter_arn            = "arn:aws:sqs:us-east-1:111122223333:${local.prefix}-orders-dlq"
    dead_letter_url            = "https://sqs.us-east-1.amazonaws.com/111122223333/${local.prefix}-orders-dlq"
    visibility_timeout_seconds = 30
    max_message_bytes          = 262144
  }
  worker            = { concurrency = 1, max_in_flight = 1 }
  desired_count     = 0
  network           = { vpc_id = "vpc-0abc", subnet_ids = ["subnet-0abc"], assign_public_ip = true }
  log_group_name    = "/ecs/${local.prefix}/worker"
  log_stream_prefix = "worker"

  secrets = {
    API_TOKEN         = module.token.arn
    DATABASE_PASSWORD = "${module.database.arn}:password::"
  }
  secret_kms_key_arns = [module.encryption.key_arn]
}
