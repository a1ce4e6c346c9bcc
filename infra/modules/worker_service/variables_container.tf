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
