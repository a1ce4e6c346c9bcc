module "stack" {
  source = "../../modules/stack"

  project_name  = local.project_name
  environment   = "prod"
  image_digests = var.image_digests

  # Three zones, each with a way out of its own: whichever fails, two go on.
  network = {
    cidr_block = "10.30.0.0/16"
    zones      = ["a", "b", "c"]
    nat        = "per_az"
    flow_logs  = true
  }
  existing_network = var.existing_network

  # The first two tasks, in different zones, are on demand: Spot may be taken back everywhere at once.
  # The others are on Spot three times in four.
  capacity         = { fargate = { base = 2, weight = 1 }, fargate_spot = { weight = 3 } }
  container_cpu    = var.container_cpu
  container_memory = var.container_memory

  desired_count = coalesce(var.desired_count, 2)
  min_tasks     = coalesce(var.min_tasks, 2)
  max_tasks     = coalesce(var.max_tasks, 10)

  log_retention_days     = coalesce(var.log_retention_days, 30)
  trigger_producer_arns  = var.trigger_producer_arns
  alert_email            = var.alert_email
  enable_execute_command = var.enable_execute_command
  secrets                = var.secrets
  deployed_by_github     = coalesce(var.deployed_by_github, local.product.github != null)

  # Jobs never fail on purpose, and records outlive a destroy that was not meant: docs/operations.md has the way.
  fault_injection     = "off"
  deletion_protection = true
}
