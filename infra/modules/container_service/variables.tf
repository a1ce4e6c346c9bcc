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

variable "family" {
  description = "Family of the task definition, and prefix of the names of roles and security group."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,54}$", var.family))
    error_message = "family may hold up to 54 letters, digits, dashes and underscores, so that <family>-execution fits the 64 of IAM."
  }
}

variable "service_name" {
  description = "Name of the ECS service."
  type        = string
}

variable "container_name" {
  description = "Name of the container."
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the log group and of what `encrypted_services` names."
  type        = string
}

variable "network" {
  description = "Where tasks run; a public address only in subnets without NAT. Null on instances, whose network tasks share."
  type = object({
    subnet_ids       = list(string)
    assign_public_ip = bool
  })
  default = null

  validation {
    condition     = var.on_instances == (var.network == null)
    error_message = "network must be given for Fargate, and be null on instances: there a task has no network of its own."
  }
}

variable "security_group_ids" {
  description = "Security groups of the tasks; none on instances."
  type        = list(string)
  default     = []
}

variable "after" {
  description = "What must be there before the first task starts, by anything that refers to it: ids of rules of its security groups, the ARN of its listener rule."
  type        = list(string)
  default     = []
}

variable "load_balancer" {
  description = "Target group that the tasks join by this port, and how long its verdict on a new task is ignored; null for none."
  type = object({
    target_group_arn = string
    port             = number
    grace_seconds    = number
  })
  default = null

  validation {
    condition     = var.load_balancer == null || try(contains(var.ports, var.load_balancer.port), false)
    error_message = "load_balancer.port must be one of ports: nothing else is open."
  }
}

variable "registry" {
  description = "Service of Cloud Map where the tasks' addresses are kept; null for none."
  type        = object({ arn = string })
  default     = null

  validation {
    condition     = var.registry == null || !var.on_instances
    error_message = "registry must be null on instances: a task there has no address of its own, which is what is kept."
  }
}

variable "deployment" {
  description = "Tasks that stay up, and that may run at once, during a deployment, in per cent of the running count."
  type = object({
    minimum_healthy_percent = optional(number, 100)
    maximum_percent         = optional(number, 200)
  })
  default = {}

  validation {
    condition     = var.deployment.minimum_healthy_percent >= 0 && var.deployment.minimum_healthy_percent <= 100 && var.deployment.maximum_percent >= 100 && var.deployment.maximum_percent <= 200
    error_message = "deployment.minimum_healthy_percent must be 0 to 100, deployment.maximum_percent 100 to 200."
  }

  validation {
    condition     = var.deployment.maximum_percent > var.deployment.minimum_healthy_percent
    error_message = "deployment.maximum_percent must exceed deployment.minimum_healthy_percent, or no task could ever be replaced."
  }
}

variable "log_group_name" {
  description = "Log group for the container's output."
  type        = string
}

variable "log_stream_prefix" {
  description = "First part of the names of the container's log streams."
  type        = string
}

variable "log_retention_days" {
  description = "Days that the container's output is kept."
  type        = number
  default     = 14

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's values: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "enable_task_protection" {
  description = "Whether the worker may protect its own task from scale-in while a long job runs."
  type        = bool
  default     = false
}

variable "enable_execute_command" {
  description = "Whether people may open a shell in the container; takes the read-only root file system away."
  type        = bool
  default     = false
}

variable "exec_log_group_name" {
  description = "Log group of Exec sessions; needed when enable_execute_command is on."
  type        = string
  default     = null

  validation {
    condition     = !var.enable_execute_command || var.exec_log_group_name != null
    error_message = "exec_log_group_name must be given when enable_execute_command is on: sessions are logged."
  }
}
