# Who is told, from when on, and where to read on: for each queue and each service. Their modules make the alarms.
locals {
  runbooks = "docs/runbooks.md"

  service_alarms = {
    for service in ["main-job", "background-job"] : service => {
      topic_arn             = module.alerting.topic_arn
      runbook               = "${local.runbooks}#${service}"
      events_log_group_name = module.cluster.log_group_name
      errors                = var.alarm_thresholds.errors
      cpu_percent           = var.alarm_thresholds.cpu_percent
      memory_percent        = var.alarm_thresholds.memory_percent
      failing = {
        percent      = var.alarm_thresholds.failing_percent
        min_attempts = var.alarm_thresholds.failing_min_attempts
      }
      # Only the background job writes job logs.
      dropped_log_lines = service == "background-job"
    }
  }

  queue_alarms = {
    triggers = {
      topic_arn              = module.alerting.topic_arn
      runbook                = "${local.runbooks}#main-job-triggers"
      oldest_message_seconds = var.alarm_thresholds.trigger_age_seconds
    }
    jobs = {
      topic_arn = module.alerting.topic_arn
      runbook   = "${local.runbooks}#background-jobs"
      depth = {
        messages = var.alarm_thresholds.background_queue_messages
        minutes  = var.alarm_thresholds.background_queue_minutes
      }
      oldest_message_seconds = var.alarm_thresholds.background_job_age_seconds
    }
  }
}

module "dashboard" {
  source = "../dashboard"

  location          = local.location
  name              = local.prefix
  runbooks          = local.runbooks
  cluster_name      = module.cluster.name
  metrics_namespace = local.prefix

  stages = [
    {
      title            = "main job"
      queue_name       = module.trigger_queue.name
      dead_letter_name = module.trigger_queue.dead_letter_name
      service          = "main-job"
      service_name     = module.main_job.service_name
    },
    {
      title            = "background job"
      queue_name       = module.background_queue.name
      dead_letter_name = module.background_queue.dead_letter_name
      service          = "background-job"
      service_name     = module.background_job.service_name
    },
  ]

  alarm_names = concat(
    module.trigger_queue.alarm_names, module.main_job.alarm_names,
    module.background_queue.alarm_names, module.background_job.alarm_names,
  )

  log_group_names = {
    triggers = module.main_job.log_group_name
    jobs     = module.background_job.log_group_name
    custom   = aws_cloudwatch_log_group.custom_processing.name
    events   = module.cluster.log_group_name
  }
}
