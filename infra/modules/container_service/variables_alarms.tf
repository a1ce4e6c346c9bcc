variable "alarms" {
  description = "Alarms on the service: what they call, thresholds, the runbook (a document with the alarms' common part of an anchor), where failed deployments are told, and what each means for the work. too_few_running_minutes null: no alarm on the running count. Null for no alarms."
  type = object({
    actions                 = list(string)
    runbook                 = optional(string)
    cpu_percent             = optional(number, 80)
    memory_percent          = optional(number, 80)
    too_few_running_minutes = optional(number)
    deployment_events       = optional(object({ log_group_name = string, metrics_namespace = string }))
    texts = object({
      unit_of_work = string
      cpu          = object({ harm = string, look_at = string })
      memory       = object({ harm = string, to_do = string })
    })
  })
  default = null

  validation {
    condition     = var.alarms == null || try(alltrue([for arn in var.alarms.actions : can(regex("^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$", arn))]), false)
    error_message = "Each of alarms.actions must be an ARN, such as arn:aws:sns:us-east-1:111122223333:alerts."
  }

  validation {
    condition     = var.alarms == null || try(var.alarms.runbook == null || can(regex("^[^#]+#[a-z0-9-]+$", var.alarms.runbook)), false)
    error_message = "alarms.runbook must be a document and the beginning of an anchor, such as docs/runbooks.md#worker: each alarm adds its own name."
  }

  validation {
    condition     = var.alarms == null || try(min(var.alarms.cpu_percent, var.alarms.memory_percent) >= 1 && max(var.alarms.cpu_percent, var.alarms.memory_percent) < 100, false)
    error_message = "alarms.cpu_percent and memory_percent must be at least 1 and less than 100: nothing is above 100 %."
  }

  validation {
    condition = var.alarms == null ? true : var.alarms.too_few_running_minutes == null ? true : (
      floor(var.alarms.too_few_running_minutes) == var.alarms.too_few_running_minutes
      && var.alarms.too_few_running_minutes >= 1 && var.alarms.too_few_running_minutes <= 60 && var.scaling.min_tasks >= 1
    )
    error_message = "alarms.too_few_running_minutes must be a whole number between 1 and 60, for a service that scaling.min_tasks keeps at one task at least; null for a service that may sleep."
  }
}
