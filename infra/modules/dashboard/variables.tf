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
  description = "Name of the dashboard, and folder of the saved queries."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,200}$", var.name))
    error_message = "name may hold up to 200 letters, digits, dashes and underscores."
  }
}

variable "runbooks" {
  description = "Where the runbooks are, as the dashboard's heading says it."
  type        = string
  default     = "docs/runbooks.md"
}

variable "cluster_name" {
  description = "Cluster of the services."
  type        = string
}

variable "metrics_namespace" {
  description = "Namespace of the services' own metrics (their METRICS_NAMESPACE)."
  type        = string
}

variable "stages" {
  description = "The way of a job, in order: the queue with its dead letters, and the service that empties it; service is the service's name in its own metrics (SERVICE_NAME)."
  type = list(object({
    title            = string
    queue_name       = string
    dead_letter_name = string
    service          = string
    service_name     = string
  }))

  # Two columns for each stage and one for the dead letters, 24 units in all.
  validation {
    condition     = length(var.stages) >= 1 && length(var.stages) <= 2
    error_message = "stages must be one or two: more columns would be too narrow to read."
  }
}

variable "alarm_names" {
  description = "Alarms whose state is shown on top."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.alarm_names) <= 100
    error_message = "alarm_names may hold up to 100 names, as many as CloudWatch shows in a widget."
  }
}

variable "log_group_names" {
  description = "Log groups of the saved queries: triggers (output of what takes triggers), jobs (output of what does jobs, and job streams), custom (streams by pattern), events (of ECS)."
  type = object({
    triggers = string
    jobs     = string
    custom   = string
    events   = string
  })
}
