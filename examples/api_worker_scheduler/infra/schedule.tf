# The schedule sends a trigger, the worker takes it: nothing is lost while no task runs.
module "triggers" {
  source = "../../../infra/modules/queue"

  location           = local.location
  name               = "triggers-${var.environment_suffix}"
  kms_key_arn        = module.encryption.key_arn
  consumer_role_arns = [module.service["worker"].task_role_arn]
  sender_arns        = [module.service["api"].task_role_arn, module.schedule.role_arn]
}

module "schedule" {
  source = "../../../infra/modules/schedule"

  location    = local.location
  name        = "scheduler-${var.environment_suffix}"
  queue       = { arn = module.triggers.arn, kms_key_arn = module.encryption.key_arn }
  kms_key_arn = module.encryption.key_arn

  # A trigger as the product's services take it, too; the Scheduler fills in which minute it is for.
  schedules = {
    work = {
      expression  = var.schedule_expression
      description = "Starts the work of ${var.environment_suffix}."
      message = jsonencode({
        trigger   = "schedule"
        timestamp = "<aws.scheduler.scheduled-time>"
      })
    }
  }
}
