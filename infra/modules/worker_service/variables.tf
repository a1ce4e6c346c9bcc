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

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image.digest))
    error_message = "image.digest must be sha256: and 64 hexadecimal digits: a tag could mean another image tomorrow."
  }
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

  # Whoever may describe a task definition or read the state reads the environment.
  validation {
    condition     = alltrue([for name in keys(var.environment) : !can(regex("(?i)passw(or)?d|secret|token|credential|(api|access|private)_?key", name))])
    error_message = "environment is plain text for everybody who may describe the task: what has PASSWORD, SECRET, TOKEN, CREDENTIAL, API_KEY, ACCESS_KEY or PRIVATE_KEY in its name belongs in secrets."
  }
}

variable "secrets" {
  description = "Environment variables that ECS fills when a task starts: name => ARN of an SSM parameter or a Secrets Manager secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[a-zA-Z_][a-zA-Z0-9_]*$", name))])
    error_message = "Each key of secrets becomes an environment variable: letters, digits and underscores, not beginning with a digit."
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
  validation {
    condition = alltrue([for arn in values(var.secrets) : can(regex(join("|", [
      "^arn:[a-z-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[a-zA-Z0-9_./-]+$",
      "^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[a-zA-Z0-9/_+=.@-]+-[a-zA-Z0-9]{6}(:[^:*]*:[^:*]*:[^:*]*)?$",
    ]), arn))])
    error_message = "Each of secrets must be an ARN, never the value: arn:aws:ssm:<region>:<account>:parameter/<name>, or arn:aws:secretsmanager:<region>:<account>:secret:<name>-<6 characters>, which may go on with :<json key>:<version stage>:<version id>, such as :password::"
  }

  validation {
    condition     = length(setintersection(keys(var.secrets), keys(local.environment))) == 0
    error_message = "secrets must not name what environment or the module itself sets."
  }
}

variable "secret_kms_key_arns" {
  description = "Keys that encrypt the secrets; AWS's own keys for SSM and Secrets Manager need not be named."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secret_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "Each of secret_kms_key_arns must be the ARN of a key, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab; not of an alias, which IAM does not match."
  }
}

variable "permissions" {
  description = "Statements of the task role beside its own queue, by sid: what the service sends to, reads and writes."
  type = map(object({
    actions   = list(string)
    resources = list(string)
  }))
  default = {}

  validation {
    condition     = alltrue([for sid in keys(var.permissions) : can(regex("^[A-Z][a-zA-Z0-9]+$", sid))])
    error_message = "Each key of permissions becomes the statement's sid: letters and digits, beginning with a capital."
  }

  validation {
    condition     = alltrue(flatten([for statement in values(var.permissions) : [for action in statement.actions : !strcontains(action, "*")]]))
    error_message = "permissions must name each action in full: no *."
  }

  validation {
    condition     = alltrue(flatten([for statement in values(var.permissions) : [for resource in statement.resources : resource != "*"]]))
    error_message = "permissions must name resources by ARN: no bare *."
  }
}

variable "encrypted_services" {
  description = "AWS services beside sqs through which the task uses the key => what it does with it there: kms:Decrypt, kms:GenerateDataKey."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue(flatten([for actions in values(var.encrypted_services) : [for action in actions : contains(["kms:Decrypt", "kms:GenerateDataKey"], action)]]))
    error_message = "encrypted_services may name kms:Decrypt and kms:GenerateDataKey only."
  }
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

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the task and execution role may do, whatever their own policies say; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/shop-dev-boundary, or null."
  }
}
