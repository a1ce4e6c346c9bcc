module "stack" {
  source = "../../modules/stack"

  project_name  = local.project_name
  environment   = "staging"
  image_digests = var.image_digests

  # As in prod tasks are in private subnets, but over two zones and with one way out.
  network = {
    cidr_block = "10.20.0.0/16"
    zones      = ["a", "b"]
    nat        = "single"
    flow_logs  = true
  }
  existing_network = var.existing_network

  # The first task is on demand: Spot may be taken back everywhere at once. The others are on Spot three times in four.
  capacity         = { fargate = { base = 1, weight = 1 }, fargate_spot = { weight = 3 } }
  container_cpu    = var.container_cpu
  container_memory = var.container_memory

  desired_count = coalesce(var.desired_count, 1)
  min_tasks     = coalesce(var.min_tasks, 1)
  max_tasks     = coalesce(var.max_tasks, 3)

  log_retention_days     = coalesce(var.log_retention_days, 14)
  trigger_producer_arns  = var.trigger_producer_arns
  alert_email            = var.alert_email
  enable_execute_command = var.enable_execute_command
  secrets                = var.secrets
  deployed_by_github     = coalesce(var.deployed_by_github, local.product.github != null)

  # As in prod, so that what prod would refuse is refused here first.
  fault_injection     = "off"
  deletion_protection = true
}
