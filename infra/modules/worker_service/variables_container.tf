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
    condition = contains(lookup({
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

variable "health_check" {
  description = "Command that exits 0 while the worker is alive, and how often it is asked."
  type = object({
    command              = optional(list(string), ["CMD", "python", "-m", "queue_worker.health"])
    interval_seconds     = optional(number, 30)
    timeout_seconds      = optional(number, 10)
    retries              = optional(number, 3)
    start_period_seconds = optional(number, 30)
  })
  default = {}
}
