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

variable "container_cpu" {
  description = "CPU units of a task; 1024 are one vCPU."
  type        = number
  default     = 256
}

variable "container_memory" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 512

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
  validation {
    condition = var.on_instances || contains(lookup({
      256   = [512, 1024, 2048]
      512   = range(1024, 4096 + 1, 1024)
      1024  = range(2048, 8192 + 1, 1024)
      2048  = range(4096, 16384 + 1, 1024)
      4096  = range(8192, 30720 + 1, 1024)
      8192  = range(16384, 61440 + 1, 4096)
      16384 = range(32768, 122880 + 1, 8192)
    }, var.container_cpu, []), var.container_memory)
    error_message = "container_cpu and container_memory must be a pair that Fargate offers: 256 with 512, 1024 or 2048; 512 with 1024 to 4096; 1024 with 2048 to 8192; 2048 with 4096 to 16384; 4096 with 8192 to 30720; 8192 with 16384 to 61440; 16384 with 32768 to 122880."
  }
}

variable "user" {
  description = "User and group that the container runs as, by number."
  type        = string
  default     = "10001:10001"

  validation {
    condition     = can(regex("^[1-9][0-9]*:[1-9][0-9]*$", var.user))
    error_message = "user must be <uid>:<gid> in numbers, neither of them 0: containers do not run as root."
  }
}

variable "ports" {
  description = "Ports that the container listens on; none for one that fetches its work."
  type        = list(number)
  default     = []

  # A container without capabilities cannot listen below 1024.
  validation {
    condition     = alltrue([for port in var.ports : floor(port) == port && port >= 1024 && port <= 65535])
    error_message = "Each of ports must be a whole number between 1024 and 65535: the container has no capability to listen below."
  }
}

variable "stop_timeout_seconds" {
  description = "Time between SIGTERM and SIGKILL."
  type        = number
  default     = 120

  validation {
    condition     = floor(var.stop_timeout_seconds) == var.stop_timeout_seconds && var.stop_timeout_seconds >= 2 && var.stop_timeout_seconds <= 120
    error_message = "stop_timeout_seconds must be a whole number between 2 and 120, the longest that Fargate waits before SIGKILL."
  }
}

variable "environment" {
  description = "Environment of the container, all of it."
  type        = map(string)
  default     = {}

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
    condition     = length(setintersection(keys(var.secrets), keys(var.environment))) == 0
    error_message = "secrets must not name what the environment sets."
  }
}

variable "health_check" {
  description = "Command that exits 0 while the container is well, and how often it is asked; null where only the load balancer asks."
  type = object({
    command              = list(string)
    interval_seconds     = optional(number, 30)
    timeout_seconds      = optional(number, 10)
    retries              = optional(number, 3)
    start_period_seconds = optional(number, 30)
  })
  default = null

  validation {
    condition     = var.health_check == null || try(contains(["CMD", "CMD-SHELL"], var.health_check.command[0]) && length(var.health_check.command) >= 2, false)
    error_message = "health_check.command must begin with CMD or CMD-SHELL, and go on with the command."
  }
}
