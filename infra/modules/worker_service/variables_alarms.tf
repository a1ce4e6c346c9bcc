variable "alarms" {
  description = "Alarms on the service: topic, runbook (a document with the alarms' common part of an anchor), log group of ECS events, thresholds; dropped_log_lines for a service that writes job logs. Null for no alarms."
  type = object({
    topic_arn             = string
    runbook               = string
    events_log_group_name = string
    errors                = optional(number, 5)
    cpu_percent           = optional(number, 80)
    memory_percent        = optional(number, 80)
    failing = optional(object({
      percent      = optional(number, 25)
      min_attempts = optional(number, 20)
    }), {})
    dropped_log_lines = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.alarms == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.alarms.topic_arn))
    error_message = "alarms.topic_arn must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111122223333:alerts."
  }

  validation {
    condition     = var.alarms == null || can(regex("^[^#]+#[a-z0-9-]+$", var.alarms.runbook))
    error_message = "alarms.runbook must be a document and the beginning of an anchor, such as docs/runbooks.md#worker: each alarm adds its own name."
  }

  validation {
    condition     = var.alarms == null || contains(keys(var.environment), "METRICS_NAMESPACE")
    error_message = "environment must hold METRICS_NAMESPACE where alarms are given: without it alarms and worker would not mean the same metrics."
  }

  validation {
    condition     = var.alarms == null || try(var.alarms.errors >= 0, false)
    error_message = "alarms.errors must be at least 0."
  }

  validation {
    condition     = var.alarms == null || try(min(var.alarms.cpu_percent, var.alarms.memory_percent, var.alarms.failing.percent) >= 1 && max(var.alarms.cpu_percent, var.alarms.memory_percent, var.alarms.failing.percent) < 100, false)
    error_message = "alarms.cpu_percent, memory_percent and failing.percent must be at least 1 and less than 100: nothing is above 100 %."
  }

  validation {
    condition     = var.alarms == null || try(var.alarms.failing.min_attempts >= 1, false)
    error_message = "alarms.failing.min_attempts must be at least 1: there is no share of nothing."
  }
}
