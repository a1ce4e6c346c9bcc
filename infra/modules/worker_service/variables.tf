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
}

variable "service_name" {
  description = "Name of the ECS service."
  type        = string
}

variable "container_name" {
  description = "Name of the container; the worker calls itself so in logs and metrics."
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
  description = "Key of the log group, of the queues and of what else `encrypted_services` names."
  type        = string
}

variable "image" {
  description = "Image: name of the ECR repository in this account and region, and the digest."
  type = object({
    repository = string
    digest     = string
  })
}

variable "queue" {
  description = "The queue that the service consumes: outputs of the queue module."
  type = object({
    arn                        = string
    url                        = string
    dead_letter_arn            = string
    dead_letter_url            = string
    visibility_timeout_seconds = number
    max_message_bytes          = number
  })
}

variable "worker" {
  description = "How the consumer runs: see the README for each setting."
  type = object({
    concurrency           = number
    max_in_flight         = number
    heartbeat_seconds     = optional(number, 10)
    wait_time_seconds     = optional(number, 20)
    drain_timeout_seconds = optional(number, 90)
    stop_timeout_seconds  = optional(number, 120)
    log_level             = optional(string, "INFO")
  })

  validation {
    condition     = var.worker.stop_timeout_seconds <= 120
    error_message = "worker.stop_timeout_seconds must be at most 120, the longest that Fargate waits before SIGKILL."
  }

  validation {
    condition     = var.worker.drain_timeout_seconds < var.worker.stop_timeout_seconds
    error_message = "worker.drain_timeout_seconds must be shorter than worker.stop_timeout_seconds, or ECS kills a worker that still hands back its messages."
  }

  # A poll that is already out when SIGTERM comes may still bring messages, which must be handed back.
  validation {
    condition     = var.worker.wait_time_seconds >= 0 && var.worker.wait_time_seconds <= 20 && var.worker.wait_time_seconds + 5 < var.worker.drain_timeout_seconds
    error_message = "worker.wait_time_seconds must be between 0 and 20, and worker.drain_timeout_seconds more than 5 seconds longer."
  }

  # Twice, so that one lost heartbeat does not yet make the message visible to others.
  validation {
    condition     = var.worker.heartbeat_seconds >= 1 && var.worker.heartbeat_seconds * 2 <= var.queue.visibility_timeout_seconds
    error_message = "worker.heartbeat_seconds must be at least 1 and at most half of the queue's visibility_timeout_seconds."
  }

  validation {
    condition     = var.worker.concurrency >= 1 && var.worker.max_in_flight >= var.worker.concurrency
    error_message = "worker.concurrency must be at least 1, and worker.max_in_flight at least as much."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.worker.log_level)
    error_message = "worker.log_level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "environment" {
  description = "Environment of the container beside what every worker is told."
  type        = map(string)
  default     = {}

  validation {
    condition = length(setintersection(keys(var.environment), [
      "AWS_REGION", "SERVICE_NAME", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "VISIBILITY_TIMEOUT_SECONDS",
      "MAX_MESSAGE_BYTES", "HEARTBEAT_SECONDS", "WAIT_TIME_SECONDS", "DRAIN_TIMEOUT_SECONDS", "CONCURRENCY",
      "MAX_IN_FLIGHT", "LOG_LEVEL",
    ])) == 0
    error_message = "environment must not name what the module sets by itself (queue, worker and region settings)."
  }
}

variable "secrets" {
  description = "Environment variables that ECS fills when a task starts: name => ARN of an SSM parameter or a Secrets Manager secret."
  type        = map(string)
  default     = {}
}

variable "secret_kms_key_arns" {
  description = "Keys that encrypt the secrets; AWS's own keys for SSM and Secrets Manager need not be named."
  type        = list(string)
  default     = []
}

variable "permissions" {
  description = "Statements of the task role beside its own queue, by sid: what the service sends to, reads and writes."
  type = map(object({
    actions   = list(string)
    resources = list(string)
  }))
  default = {}
}

variable "encrypted_services" {
  description = "AWS services beside sqs through which the task uses the key => what it does with it there: kms:Decrypt, kms:GenerateDataKey."
  type        = map(list(string))
  default     = {}
}

variable "network" {
  description = "Where tasks run; a public address only in subnets without NAT."
  type = object({
    vpc_id           = string
    subnet_ids       = list(string)
    assign_public_ip = bool
  })
}

variable "deployment" {
  description = "Tasks that stay up, and that may run at once, during a deployment, in per cent of the running count."
  type = object({
    minimum_healthy_percent = optional(number, 100)
    maximum_percent         = optional(number, 200)
  })
  default = {}
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
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the task and execution role may do, whatever their own policies say; null for none."
  type        = string
  default     = null
}
