variable "alarm_thresholds" {
  description = "When alarms go off: failed attempts of a service in 5 minutes, CPU and memory for 10 minutes, share of failing attempts (and how many there must be), messages waiting on the background queue (and for how long), age of the oldest trigger and job."
  type = object({
    errors                     = optional(number, 5)
    cpu_percent                = optional(number, 80)
    memory_percent             = optional(number, 80)
    failing_percent            = optional(number, 25)
    failing_min_attempts       = optional(number, 20)
    background_queue_messages  = optional(number, 50)
    background_queue_minutes   = optional(number, 15)
    trigger_age_seconds        = optional(number, 900)
    background_job_age_seconds = optional(number, 1800)
  })
  default = {}

  # A message counts for as long as its job runs, and the longest job type that is meant for work may take 900 s.
  validation {
    condition     = var.alarm_thresholds.background_job_age_seconds > 900
    error_message = "alarm_thresholds.background_job_age_seconds must be more than 900, which the longest job may take."
  }
}
