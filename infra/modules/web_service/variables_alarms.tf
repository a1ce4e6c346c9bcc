variable "enable_alarms" {
  description = "Whether the service is watched by alarms."
  type        = bool
  default     = false

  validation {
    condition     = !var.enable_alarms || length(var.alarm_actions) > 0
    error_message = "alarm_actions must name somebody to tell where enable_alarms is on: an alarm that calls nobody is none."
  }
}

variable "alarm_actions" {
  description = "What alarms call when they begin and end: ARNs of SNS topics."
  type        = list(string)
  default     = []
}

variable "alarms" {
  description = "Thresholds of the alarms, the runbook (a document with the alarms' common part of an anchor), and where failed deployments are told (the cluster's log group, and a namespace for the count); see the README."
  type = object({
    runbook                 = optional(string)
    cpu_percent             = optional(number, 80)
    memory_percent          = optional(number, 80)
    too_few_running_minutes = optional(number, 5)
    server_errors_percent   = optional(number, 5)
    min_requests            = optional(number, 20)
    unhealthy_minutes       = optional(number, 5)
    slow_seconds            = optional(number, 2)
    deployment_events       = optional(object({ log_group_name = string, metrics_namespace = string }))
  })
  default = {}

  validation {
    condition     = var.alarms.server_errors_percent >= 0 && var.alarms.server_errors_percent < 100 && var.alarms.min_requests >= 1 && var.alarms.slow_seconds > 0
    error_message = "alarms.server_errors_percent must be at least 0 and less than 100, min_requests at least 1 and slow_seconds above 0."
  }

  validation {
    condition     = floor(var.alarms.unhealthy_minutes) == var.alarms.unhealthy_minutes && var.alarms.unhealthy_minutes >= 1 && var.alarms.unhealthy_minutes <= 60
    error_message = "alarms.unhealthy_minutes must be a whole number between 1 and 60."
  }
}
