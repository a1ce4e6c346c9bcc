variable "image" {
  description = "Image: name of the ECR repository in this account and region, and the digest."
  type = object({
    repository = string
    digest     = string
  })
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
}

variable "user" {
  description = "User and group that the container runs as, by number."
  type        = string
  default     = "10001:10001"
}

variable "port" {
  description = "Port that the container listens on, which it is told as PORT."
  type        = number

  validation {
    condition     = floor(var.port) == var.port && var.port >= 1024 && var.port <= 65535
    error_message = "port must be a whole number between 1024 and 65535: the container has no capability to listen below."
  }
}

variable "environment" {
  description = "Environment of the container beside AWS_REGION, SERVICE_NAME and PORT."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.environment), ["AWS_REGION", "SERVICE_NAME", "PORT"])) == 0
    error_message = "environment must not name AWS_REGION, SERVICE_NAME or PORT, which the module sets by itself."
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
  description = "Statements of the task role, by sid: what the service sends to, reads and writes."
  type = map(object({
    actions   = list(string)
    resources = list(string)
  }))
  default = {}
}

variable "encrypted_services" {
  description = "AWS services through which the task uses the key => what it does with it there: kms:Decrypt, kms:GenerateDataKey. Empty for a task that does not use it."
  type        = map(list(string))
  default     = {}
}

variable "health_check" {
  description = "Command that exits 0 while the container is well, and how often it is asked; null where the load balancer alone asks."
  type = object({
    command              = list(string)
    interval_seconds     = optional(number, 30)
    timeout_seconds      = optional(number, 10)
    retries              = optional(number, 3)
    start_period_seconds = optional(number, 30)
  })
  default = null
}

variable "stop_timeout_seconds" {
  description = "Time between SIGTERM, which comes after the load balancer has let go of the task, and SIGKILL."
  type        = number
  default     = 60
}
