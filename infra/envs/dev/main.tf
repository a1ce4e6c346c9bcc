module "stack" {
  source = "../../modules/stack"

  project_name  = var.project_name
  environment   = "dev"
  image_digests = var.image_digests

  # Cheap and quick to apply: tasks with public addresses instead of NAT gateways, and Spot alone.
  network          = { cidr_block = "10.10.0.0/16", nat = "none" }
  existing_network = var.existing_network
  capacity         = { fargate_spot = { weight = 1 } }

  container_cpu    = var.container_cpu
  container_memory = var.container_memory
  desired_count    = var.desired_count

  trigger_producer_arns  = var.trigger_producer_arns
  alert_email            = var.alert_email
  log_retention_days     = var.log_retention_days
  enable_execute_command = var.enable_execute_command

  # For experiments: jobs may fail on purpose, and destroy takes their records with it.
  fault_injection     = "on"
  deletion_protection = false
}
