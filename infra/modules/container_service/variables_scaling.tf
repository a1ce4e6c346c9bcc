variable "desired_count" {
  description = "Tasks to begin with; later changes are left to scaling."
  type        = number

  validation {
    condition     = floor(var.desired_count) == var.desired_count && var.desired_count >= var.scaling.min_tasks && var.desired_count <= var.scaling.max_tasks
    error_message = "desired_count must be a whole number between scaling.min_tasks and scaling.max_tasks."
  }
}

variable "scaling" {
  description = "Bounds of the running count; 0 and 0 for a service that is to sleep."
  type = object({
    min_tasks = number
    max_tasks = number
  })

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: 5,000 tasks a service
  validation {
    condition     = floor(var.scaling.min_tasks) == var.scaling.min_tasks && floor(var.scaling.max_tasks) == var.scaling.max_tasks && 0 <= var.scaling.min_tasks && var.scaling.min_tasks <= var.scaling.max_tasks && var.scaling.max_tasks <= 5000
    error_message = "scaling.min_tasks and scaling.max_tasks must be whole numbers, the first at least 0 and at most the second, which is at most 5000, the most that ECS runs in a service."
  }
}

variable "on_instances" {
  description = "Whether tasks run on EC2 instances of the cluster, in bridge mode, in place of Fargate."
  type        = bool
  default     = false
}

variable "capacity" {
  description = "Capacity providers that tasks are spread over: the first `base` tasks, then by weight."
  type = map(object({
    base   = optional(number, 0)
    weight = number
  }))

  validation {
    condition     = sum(concat([0], [for share in values(var.capacity) : share.weight])) > 0
    error_message = "capacity must give one provider at least a weight above 0."
  }

  validation {
    condition     = length([for share in values(var.capacity) : share if share.base > 0]) <= 1
    error_message = "capacity may give a base to one provider only: ECS takes no more."
  }

  validation {
    condition     = var.on_instances == (length(setintersection(keys(var.capacity), ["FARGATE", "FARGATE_SPOT"])) == 0)
    error_message = "capacity must name FARGATE and FARGATE_SPOT only where tasks run on Fargate, and neither where on_instances is set: ECS takes no mixture."
  }
}
