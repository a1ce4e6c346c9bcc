module "encryption" {
  source = "../../../infra/modules/encryption"

  location           = local.location
  name               = local.prefix
  description        = "Logs, images, database and secrets of ${local.prefix}"
  log_group_patterns = ["/ecs/${local.prefix}", "/ecs/${local.prefix}/*", "/aws/rds/instance/${local.prefix}/*"]
}

# Two public subnets for the load balancer and the NAT gateway, two for tasks, two for data that have no way out.
module "network" {
  #checkov:skip=CKV2_AWS_11:Flow logs are paid for by volume; the module has them as one variable, flow_logs.
  source = "../../../infra/modules/network"

  location   = local.location
  name       = local.prefix
  cidr_block = var.cidr_block
  zones      = ["a", "b"]
  nat        = "single"

  data_subnets = true
}

module "cluster" {
  source = "../../../infra/modules/cluster"

  location           = local.location
  name               = "${local.prefix}-cluster"
  kms_key_arn        = module.encryption.key_arn
  log_group_name     = "/ecs/${local.prefix}"
  log_retention_days = 7
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
  deletion_protection = var.deletion_protection
}

module "database" {
  source = "../../../infra/modules/database"

  name                      = local.prefix
  network                   = { vpc_id = module.network.vpc_id, subnet_ids = module.network.data_subnet_ids }
  client_security_group_ids = { services = aws_security_group.services.id }
  kms_key_arn               = module.encryption.key_arn
  database_name             = "portal"
  multi_az                  = var.database_multi_az
  log_retention_days        = 7
  deletion_protection       = var.deletion_protection
}

module "site" {
  source = "../../../infra/modules/static_site"

  location            = local.location
  name                = local.prefix
  bucket_name         = "${local.prefix}-site-${local.location.account_id}"
  single_page         = true
  deletion_protection = var.deletion_protection
}

# Services find each other as <name>.<prefix>.internal, at the ports of services.tf.
resource "aws_service_discovery_private_dns_namespace" "services" {
  name        = "${local.prefix}.internal"
  description = "Services of ${local.prefix}"
  vpc         = module.network.vpc_id
}
