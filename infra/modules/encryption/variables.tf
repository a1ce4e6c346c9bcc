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
  description = "Alias of the key, without `alias/`."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,250}$", var.name))
    error_message = "name may hold letters, digits, dashes and underscores only: it becomes alias/<name>."
  }
}

variable "description" {
  description = "What the key is for, as the console shows it."
  type        = string
}

variable "log_group_patterns" {
  description = "Names of the log groups that are encrypted with the key; a trailing * is allowed."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for pattern in var.log_group_patterns : can(regex("^/[a-zA-Z0-9_/.-]+[*]?$", pattern))])
    error_message = "Each log_group_patterns entry must be a log group name that starts with / and may end in *."
  }
}

variable "queue_sender_arns" {
  description = "IAM principals (ARNs), also of other accounts, that may use the key to send to queues."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.queue_sender_arns : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:.+$", arn))])
    error_message = "Each queue_sender_arns entry must be the ARN of an IAM principal, such as arn:aws:iam::111122223333:role/producer; a * would open the key to everybody."
  }
}

variable "alarms_publish" {
  description = "Whether CloudWatch alarms of this account may publish to topics encrypted with the key."
  type        = bool
  default     = false
}

variable "events_publish" {
  description = "Whether EventBridge rules of this account may publish to topics encrypted with the key."
  type        = bool
  default     = false
}

variable "deletion_window_days" {
  description = "Days between the deletion of the key and the loss of what it encrypts."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "deletion_window_days must be between 7 and 30, the range that KMS allows."
  }
}
