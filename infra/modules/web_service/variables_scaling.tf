variable "desired_count" {
  description = "Tasks to begin with; later changes are left to scaling. 0 puts the service to sleep, whatever the bounds of scaling."
  type        = number
  default     = 1

  validation {
    condition     = floor(var.desired_count) == var.desired_count && (var.desired_count == 0 || (var.desired_count >= var.scaling.min_tasks && var.desired_count <= var.scaling.max_tasks))
    error_message = "desired_count must be a whole number between scaling.min_tasks and scaling.max_tasks, or 0 for a service that sleeps."
  }
}

variable "scaling" {
  description = "How many tasks run: bounds, targets and cooldowns; see the README for each setting."
  type = object({
    min_tasks                    = optional(number, 1)
    max_tasks                    = optional(number, 10)
    cpu_target_percent           = optional(number, 70)
    memory_target_percent        = optional(number, 70)
    requests_per_minute_and_task = optional(number)
    scale_out_cooldown_seconds   = optional(number, 60)
    scale_in_cooldown_seconds    = optional(number, 300)
  })
  default = {}

  # Nothing measures what a service at zero is asked: it would never wake.
  validation {
    condition     = floor(var.scaling.min_tasks) == var.scaling.min_tasks && floor(var.scaling.max_tasks) == var.scaling.max_tasks && 1 <= var.scaling.min_tasks && var.scaling.min_tasks <= var.scaling.max_tasks && var.scaling.max_tasks <= 5000
    error_message = "scaling.min_tasks and scaling.max_tasks must be whole numbers, the first at least 1 (a service that sleeps has desired_count = 0) and at most the second, which is at most 5000."
  }

  validation {
    condition = alltrue([for percent in [var.scaling.cpu_target_percent, var.scaling.memory_target_percent] :
    percent == 0 || (percent >= 10 && percent <= 95)])
    error_message = "scaling.cpu_target_percent and scaling.memory_target_percent must be between 10 and 95, or 0 for no such policy."
  }

  validation {
    condition     = var.scaling.requests_per_minute_and_task == null ? true : var.load_balancer != null && var.scaling.requests_per_minute_and_task >= 1
    error_message = "scaling.requests_per_minute_and_task must be at least 1, and is counted by a load balancer: null where there is none."
  }

  validation {
    condition = alltrue([for seconds in [var.scaling.scale_out_cooldown_seconds, var.scaling.scale_in_cooldown_seconds] :
    floor(seconds) == seconds && seconds >= 0 && seconds <= 3600])
    error_message = "Each cooldown of scaling must be a whole number of seconds between 0 and 3600."
  }
}

variable "capacity" {
  description = "How tasks spread over Fargate and Fargate Spot: the first `base` tasks, then by weight; or ec2 with the cluster's provider, alone, for tasks on instances."
  type = object({
    fargate      = optional(object({ base = optional(number, 0), weight = number }))
    fargate_spot = optional(object({ base = optional(number, 0), weight = number }))
    ec2          = optional(object({ provider_name = string }))
  })
  default = {
    fargate      = { base = 1, weight = 1 }
    fargate_spot = { weight = 3 }
  }

  validation {
    condition     = var.capacity.ec2 == null || (var.capacity.fargate == null && var.capacity.fargate_spot == null)
    error_message = "capacity must give ec2 alone, or fargate and fargate_spot: ECS takes no mixture."
  }

  validation {
    condition     = var.capacity.ec2 != null || sum(concat([0], [for share in [var.capacity.fargate, var.capacity.fargate_spot] : share.weight if share != null])) > 0
    error_message = "capacity must give fargate or fargate_spot a weight above 0, or name the provider of ec2."
  }

  validation {
    condition     = length([for share in [var.capacity.fargate, var.capacity.fargate_spot] : share if try(share.base, 0) > 0]) <= 1
    error_message = "capacity may give a base to one provider only: ECS takes no more."
  }
}
