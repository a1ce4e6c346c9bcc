variable "location" {
  description = "Where the resources live; ARNs and URLs are built from it and from names, so that a first plan knows them."
  type = object({
    account_id = string
    region     = string
    partition  = optional(string, "aws")
    dns_suffix = optional(string, "amazonaws.com")
  })

  validation {
    condition     = can(regex("^[0-9]{12}$", var.location.account_id))
    error_message = "location.account_id must be the 12 digits of an AWS account."
  }
}

variable "name" {
  description = "Name of the group of schedules; the role is <name>-schedule, the queue of what could not be sent <name>-schedule-dlq."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,55}$", var.name))
    error_message = "name may hold up to 55 letters, digits, dashes and underscores, so that <name>-schedule fits the 64 of IAM."
  }
}

variable "queue" {
  description = "Queue that the messages go to, and its key. Its own policy must admit role_arn as a sender."
  type = object({
    arn         = string
    kms_key_arn = string
  })

  validation {
    condition     = can(regex("^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]+$", var.queue.arn))
    error_message = "queue.arn must be the ARN of a standard queue, such as arn:aws:sqs:us-east-1:111122223333:shop-dev-triggers."
  }
}

variable "schedules" {
  description = "Schedules by name: expression and message, and what differs from the usual."
  type = map(object({
    expression            = string
    message               = string
    description           = optional(string)
    timezone              = optional(string, "UTC")
    enabled               = optional(bool, true)
    flexible_minutes      = optional(number, 0)
    give_up_after_seconds = optional(number, 3600)
  }))

  validation {
    condition     = length(var.schedules) > 0 && alltrue([for name in keys(var.schedules) : can(regex("^[a-zA-Z0-9_.-]{1,64}$", name))])
    error_message = "schedules must hold at least one, each under a name of up to 64 letters, digits and _ . -."
  }

  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
  validation {
    condition     = alltrue([for schedule in var.schedules : can(regex("^(rate\\([1-9][0-9]* (minute|hour|day)s?\\)|cron\\([^()]+( [^() ]+){5}\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\))$", schedule.expression))])
    error_message = "Each expression in schedules must be rate(5 minutes), cron(0 6 * * ? *) with six fields, or at(2026-12-31T06:00:00)."
  }

  validation {
    condition     = alltrue([for schedule in var.schedules : can(jsondecode(schedule.message)) && length(schedule.message) <= 65536])
    error_message = "Each message in schedules must be JSON of up to 65536 characters, as jsonencode makes it."
  }

  validation {
    condition     = alltrue([for schedule in var.schedules : schedule.flexible_minutes >= 0 && schedule.flexible_minutes <= 1440 && floor(schedule.flexible_minutes) == schedule.flexible_minutes])
    error_message = "flexible_minutes in schedules must be a whole number from 0 (on the minute) to 1440."
  }

  validation {
    condition     = alltrue([for schedule in var.schedules : schedule.give_up_after_seconds >= 60 && schedule.give_up_after_seconds <= 86400])
    error_message = "give_up_after_seconds in schedules must be between 60 and 86400 (a day)."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the schedules and what could not be sent."
  type        = string
}

variable "alarms" {
  description = "Topic and runbook of the alarm on messages that could not be sent; null for none."
  type = object({
    topic_arn = string
    runbook   = string
  })
  default = null
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the role may do, whatever its own policy says; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/shop-dev-boundary, or null."
  }
}
