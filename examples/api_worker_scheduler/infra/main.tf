module "encryption" {
  source = "../../../infra/modules/encryption"

  location           = local.location
  name               = "api-worker-scheduler-${var.environment_suffix}"
  description        = "Logs, images, queue and secrets of api-worker-scheduler-${var.environment_suffix}"
  log_group_patterns = [for name in ["cluster", "api-service", "worker-service", "scheduler-service"] : "/ecs/${name}-${var.environment_suffix}"]
}

# One NAT gateway a zone: a zone that fails takes only itself along.
module "network" {
  #checkov:skip=CKV2_AWS_11:Flow logs are paid for by volume; the module has them as one variable, flow_logs.
  source = "../../../infra/modules/network"

  location   = local.location
  name       = "vpc-${var.environment_suffix}"
  cidr_block = "10.0.0.0/16"
  zones      = ["a", "b"]
  nat        = "per_az"

  subnet_cidr_blocks = {
    public  = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
    private = { a = "10.0.11.0/24", b = "10.0.12.0/24" }
  }
}

module "cluster" {
  source = "../../../infra/modules/cluster"

  location           = local.location
  name               = "cluster-${var.environment_suffix}"
  kms_key_arn        = module.encryption.key_arn
  log_group_name     = "/ecs/cluster-${var.environment_suffix}"
  log_retention_days = 7
}
