variable "desired_count" {
  description = "Tasks to begin with; later changes are left to scaling."
  type        = number
  default     = 1

  validation {
    condition     = floor(var.desired_count) == var.desired_count && var.desired_count >= var.scaling.min_tasks && var.desired_count <= var.scaling.max_tasks
    error_message = "desired_count must be a whole number between scaling.min_tasks and scaling.max_tasks."
  }
}

variable "scaling" {
  description = "How many tasks run: bounds, the wait that is acceptable and how long a job takes, cooldowns; see the README for each setting."
  type = object({
    min_tasks                              = optional(number, 1)
    max_tasks                              = optional(number, 10)
    acceptable_wait_seconds                = optional(number, 60)
    mean_job_seconds                       = optional(number, 1)
    busy_target_percent                    = optional(number, 80)
    scale_out_cooldown_seconds             = optional(number, 240)
    scale_in_cooldown_seconds              = optional(number, 300)
    wake_cooldown_seconds                  = optional(number, 300)
    cpu_target_percent                     = optional(number)
    memory_target_percent                  = optional(number)
    utilization_scale_out_cooldown_seconds = optional(number, 60)
    utilization_scale_in_cooldown_seconds  = optional(number, 300)
  })
  default = {}

  validation {
    condition     = floor(var.scaling.min_tasks) == var.scaling.min_tasks && var.scaling.min_tasks >= 0
    error_message = "scaling.min_tasks must be a whole number of at least 0."
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: 5,000 tasks a service
  validation {
    condition     = floor(var.scaling.max_tasks) == var.scaling.max_tasks && var.scaling.max_tasks >= 1 && var.scaling.max_tasks <= 5000
    error_message = "scaling.max_tasks must be a whole number between 1 and 5000, the most that ECS runs in a service."
  }

  validation {
    condition     = var.scaling.max_tasks >= var.scaling.min_tasks
    error_message = "scaling.max_tasks must be at least scaling.min_tasks."
  }

  # SQS keeps a message in flight for 12 h at most.
  validation {
    condition     = var.scaling.mean_job_seconds > 0 && var.scaling.mean_job_seconds <= 43200
    error_message = "scaling.mean_job_seconds must be above 0 and at most 43200, the 12 hours that SQS gives a job."
  }

  # A task that is busy with `concurrency` jobs would otherwise be above the target with nothing waiting at all, and the
  # service would grow to max_tasks under any load.
  validation {
    condition     = var.scaling.acceptable_wait_seconds >= var.scaling.mean_job_seconds
    error_message = "scaling.acceptable_wait_seconds must be at least scaling.mean_job_seconds, or tasks that are merely busy would count as behind."
  }

  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html: 120,000 in flight
  validation {
    condition     = var.scaling.acceptable_wait_seconds / max(var.scaling.mean_job_seconds, 0.000001) * var.worker.concurrency <= 100000
    error_message = "scaling.acceptable_wait_seconds / scaling.mean_job_seconds * worker.concurrency must be at most 100000 messages behind one task: check the units."
  }

  validation {
    condition = alltrue([for seconds in [
      var.scaling.scale_out_cooldown_seconds, var.scaling.scale_in_cooldown_seconds, var.scaling.wake_cooldown_seconds,
      var.scaling.utilization_scale_out_cooldown_seconds, var.scaling.utilization_scale_in_cooldown_seconds,
    ] : floor(seconds) == seconds && seconds >= 0 && seconds <= 3600])
    error_message = "Each cooldown of scaling must be a whole number of seconds between 0 and 3600."
  }

  validation {
    condition     = var.scaling.busy_target_percent >= 10 && var.scaling.busy_target_percent <= 95
    error_message = "scaling.busy_target_percent must be between 10 and 95: tasks that are busier than this are not taken away."
  }

  validation {
    condition = alltrue([for percent in [var.scaling.cpu_target_percent, var.scaling.memory_target_percent] :
    percent == null ? true : percent >= 10 && percent <= 95])
    error_message = "scaling.cpu_target_percent and scaling.memory_target_percent must be between 10 and 95, or null for no such policy."
  }
}

variable "capacity" {
  description = "How tasks spread over Fargate and Fargate Spot: the first `base` tasks, then by weight; null leaves one out."
  type = object({
    fargate      = optional(object({ base = optional(number, 0), weight = number }))
    fargate_spot = optional(object({ base = optional(number, 0), weight = number }))
  })
  default = {
    fargate      = { base = 1, weight = 1 }
    fargate_spot = { weight = 3 }
  }

  validation {
    condition     = sum(concat([0], [for share in values(var.capacity) : share.weight if share != null])) > 0
    error_message = "capacity must give fargate or fargate_spot a weight above 0."
  }

  validation {
    condition     = length([for share in values(var.capacity) : share if try(share.base, 0) > 0]) <= 1
    error_message = "capacity may give a base to one provider only: ECS takes no more."
  }
}
