# Behind the API is the product itself: trigger queue, main job, background queue, background job, its results.
module "stack" {
  #checkov:skip=CKV_AWS_333:A public address costs a tenth of a NAT gateway, and security groups let nothing in but the load balancer; nat = "single" takes it away.
  source = "../../../infra/modules/stack"

  project_name = var.project_name
  environment  = var.environment
  image_digests = {
    main_job       = lookup(var.image_digests, "main_job", local.placeholder_digest)
    background_job = lookup(var.image_digests, "background_job", local.placeholder_digest)
  }

  existing_network = {
    vpc_id           = module.network.vpc_id
    subnet_ids       = module.network.task_subnet_ids
    assign_public_ip = module.network.assign_public_ip
  }

  # The API sends what it accepts, and nobody else does.
  trigger_producer_arns = [module.api.task_role_arn]

  desired_count       = var.desired_count
  min_tasks           = var.desired_count
  max_tasks           = 10
  log_retention_days  = var.log_retention_days
  alert_email         = var.alert_email
  scaling_notices     = true
  ec2_capacity        = var.capacity == "ec2" ? { caller_security_group_ids = { load_balancer = module.load_balancer.security_group_id } } : null
  deletion_protection = var.deletion_protection
}

module "network" {
  #checkov:skip=CKV2_AWS_11:Flow logs are paid for by volume; the module has them as one variable, flow_logs.
  source = "../../../infra/modules/network"

  location   = local.location
  name       = local.prefix
  cidr_block = var.cidr_block
  zones      = ["a", "b"]
  nat        = var.nat
}

module "repository" {
  source   = "../../../infra/modules/image_repository"
  for_each = var.create_repositories ? toset(["api", "main-job", "background-job"]) : toset([])

  location     = local.location
  name         = "${var.project_name}-${each.key}"
  kms_key_arn  = module.stack.kms_key_arn
  force_delete = !var.deletion_protection
}
