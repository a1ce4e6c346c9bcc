module "stack" {
  source = "../../modules/stack"

  project_name  = local.project_name
  environment   = "dev"
  image_digests = var.image_digests

  # Cheap and quick to apply: tasks have public addresses in place of NAT gateways. Nothing may come in all the same.
  #checkov:skip=CKV_AWS_333:A public address costs a tenth of a NAT gateway, and the security group lets nothing in.
  #checkov:skip=CKV2_AWS_11:Flow logs are not worth their price where everything is an experiment.
  network = {
    cidr_block = "10.10.0.0/16"
    zones      = ["a", "b"]
    nat        = "none"
    flow_logs  = false
  }
  existing_network = var.existing_network

  # Spot alone: when AWS takes a task back, its messages return to the queue.
  capacity         = { fargate_spot = { weight = 1 } }
  container_cpu    = var.container_cpu
  container_memory = var.container_memory

  # Asleep while nothing is to do; the first message wakes it.
  desired_count = coalesce(var.desired_count, 1)
  min_tasks     = coalesce(var.min_tasks, 0)
  max_tasks     = coalesce(var.max_tasks, 5)

  log_retention_days     = coalesce(var.log_retention_days, 7)
  trigger_producer_arns  = var.trigger_producer_arns
  alert_email            = var.alert_email
  enable_execute_command = var.enable_execute_command
  secrets                = var.secrets
  deployed_by_github     = coalesce(var.deployed_by_github, local.product.github != null)

  # For experiments: jobs may fail on purpose, and destroy takes their records with it.
  fault_injection     = "on"
  deletion_protection = false
}
